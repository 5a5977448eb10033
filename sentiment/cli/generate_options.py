"""The options of generate, and which of them can be combined."""

from collections.abc import Mapping
from typing import Annotated

import typer

from sentiment.cli.command import expand_home, finite
from sentiment.cli.models import complete_model, complete_model_or_encoder

PromptOption = Annotated[
    str | None, typer.Option(metavar="TEXT", help="How the texts begin; a space at its end starts a new word.")
]
FillOption = Annotated[str | None, typer.Option(metavar="TEXT", help="Fill the gaps of this text, each marked by _.")]
LabelOption = Annotated[
    str | None,
    typer.Option(
        metavar="L",
        help="Keep the sampled texts that probably have this label: a grade, negative or positive (the "
        "lowest or highest third of the grades) by the encoder's ratings, or a class of --classifier.",
    ),
]
EncoderOption = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|NAME",
        parser=expand_home,
        help="An encoder directory, or the name of one.",
        show_default="the last finished encoder, else korean-reviews",
        autocompletion=complete_model_or_encoder,
    ),
]
ClassifierOption = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|NAME",
        parser=expand_home,
        help="The model that supplies the probabilities for --label.",
        show_default="the encoder's ratings",
        autocompletion=complete_model,
    ),
]
NumberOption = Annotated[int, typer.Option("--n", min=1, metavar="N", help="Number of texts.")]
SeedOption = Annotated[int, typer.Option(min=0, metavar="N", help="Random seed: the same seed gives the same texts.")]
TemperatureOption = Annotated[
    float,
    typer.Option(
        min=0.01, callback=finite, metavar="T", help="Below 1 prefers likely words; 1 leaves probabilities as they are."
    ),
]
TopKOption = Annotated[
    int | None, typer.Option(min=1, metavar="K", help="Sample from the K most likely words.", show_default="all")
]
TopPOption = Annotated[
    float,
    typer.Option(
        min=0.0,
        max=1.0,
        callback=finite,
        metavar="P",
        help="Sample from the most likely words that together have this probability.",
    ),
]
BeamOption = Annotated[
    int | None,
    typer.Option(min=1, metavar="WIDTH", help="Search for the most likely texts instead of sampling; WIDTH >= --n."),
]
CandidatesOption = Annotated[
    int, typer.Option(min=1, metavar="M", help="Texts sampled for each one that --label keeps.")
]
MaxTokensOption = Annotated[int, typer.Option(min=1, metavar="N", help="Tokens per text, at most.")]
GapTokensOption = Annotated[int, typer.Option(min=1, max=8, metavar="K", help="Tokens per gap, at most.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object per text.")]

_ALWAYS = {"model", "n", "as_json"}
_SAMPLING = {"prompt", "max_tokens", "seed", "temperature", "top_k", "top_p"}
_TAKEN = {
    "--fill": {"fill", "gap_tokens"},
    "--beam": {"beam", "prompt", "max_tokens"},
    "--label": {"label", "classifier", "candidates"} | _SAMPLING,
    "sampling": _SAMPLING,
}


def check_options(given: Mapping[str, str], *, fill: str | None, beam: int | None, n: int) -> None:
    """Refuse options that have no effect with the others, or contradict them.

    Args:
        given: Name of each option on the command line, and its spelling there.
        fill: Of `--fill`.
        beam: Of `--beam`.
        n: Of `--n`.

    Raises:
        typer.BadParameter: Naming the options.
    """
    mode = next((option for option in ("--fill", "--beam", "--label") if option[2:] in given), "sampling")
    others = {name: shown for name, shown in given.items() if name not in _TAKEN[mode] | _ALWAYS}
    if others and mode == "sampling":
        name, shown = next(iter(others.items()))
        needed = next(option for option, taken in _TAKEN.items() if name in taken)
        raise typer.BadParameter(f"has no effect without {needed}; add it", param_hint=shown)
    if others:
        raise typer.BadParameter(f"cannot be combined with {', '.join(others.values())}", param_hint=mode)
    if fill is not None and "_" not in fill:
        raise typer.BadParameter("has no gap; mark one with _", param_hint="--fill")
    if beam is not None and n > beam:
        raise typer.BadParameter(
            f"finds at most as many texts as its width; pass {n}, or a lower --n", param_hint="--beam"
        )
