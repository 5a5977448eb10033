"""The options of predict that show what is inside a prediction, and which of them can be combined."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from sentiment.cli.command import expanded_file

TraceOption = Annotated[
    bool, typer.Option("--trace", help="Show the probability of the label after every word, and for the whole text.")
]
ExplainOption = Annotated[
    bool,
    typer.Option("--explain", help="Show what each word did for the answer; with --file, in a column of its own."),
]
GatesOption = Annotated[bool, typer.Option("--gates", help="Show the network's gates and states at every token.")]
AllUnitsOption = Annotated[bool, typer.Option("--all-units", help="With --gates --json: print every unit.")]
SvgOption = Annotated[
    Path | None,
    typer.Option("--svg", metavar="PATH", parser=expanded_file, help="Write the picture of one TEXT as SVG."),
]
HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", metavar="PATH", parser=expanded_file, help="Write the picture of one TEXT as a web page."),
]

VIEWS = ("trace", "explain", "gates")
PICTURES = ("svg", "html")
_OF_LABELS = ("all_probabilities", "max_error", "unsure_below")
"""What predictions are printed with, which a view of them is not."""


def check_inside_options(given: Mapping[str, str], num_texts: int) -> None:
    """Refuse views that cannot be combined, and options that would have no effect.

    Args:
        given: The options on the command line, by name.
        num_texts: Texts on the command line.

    Raises:
        typer.BadParameter: There are such options.
    """
    views = [view for view in VIEWS if view in given]
    if len(views) > 1:
        raise typer.BadParameter(
            f"cannot be combined with --{views[0]}; run one after the other", param_hint=given[views[1]]
        )
    if "file" in given and views and views != ["explain"]:
        raise typer.BadParameter("cannot be combined with --file; pass TEXT", param_hint=given[views[0]])
    for name in PICTURES:
        if name in given and not views:
            raise typer.BadParameter("needs --trace, --explain or --gates", param_hint=given[name])
        if name in given and num_texts != 1:
            raise typer.BadParameter("needs exactly one TEXT", param_hint=given[name])
    if "all_units" in given and not {"gates", "as_json"} <= given.keys():
        raise typer.BadParameter("needs --gates and --json", param_hint=given["all_units"])
    for name in _OF_LABELS:
        if name in given and views and "file" not in given:
            raise typer.BadParameter(f"cannot be combined with --{views[0]}", param_hint=given[name])
