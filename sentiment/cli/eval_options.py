"""The options of commands that measure models on labelled rows."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from sentiment.cli.command import expand_home, expanded_file
from sentiment.cli.given import given_parameters
from sentiment.cli.models import complete_model

DataOption = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="NAME|FILE",
        parser=expand_home,
        help="A named data set, a CSV, TSV, JSONL, XLSX or Parquet file, or hub:NAME.",
        show_default="what the model was trained on",
    ),
]
SplitOption = Annotated[
    Literal["train", "validation", "test"] | None,
    typer.Option(
        "--split",
        help="Part of the data.",
        show_default="test; all rows of a file that the model was not trained on",
    ),
]
AgainstOption = Annotated[
    list[str] | None,
    typer.Option(
        "--against",
        metavar="DIR|NAME",
        parser=expand_home,
        help="Another model to compare with on the same rows; may be repeated.",
        autocompletion=complete_model,
    ),
]
ByOption = Annotated[
    list[str] | None,
    typer.Option("--by", metavar="COLUMN", help="Also the accuracy for each value of a column; may be repeated."),
]
ErrorsOption = Annotated[
    Path | None,
    typer.Option(
        "--errors",
        metavar="FILE",
        parser=expanded_file,
        help="Also write the rows that are predicted wrong, .csv or .jsonl, the most certain first.",
    ),
]
_ONLY_WITH_DATA = (
    *("text_column", "label_column"),
    *("sheet", "header_row", "format_name", "encoding", "max_record_characters"),
)


def refuse_without_data(context: typer.Context, data: str | None) -> None:
    """Refuse options for reading a file if none is given.

    Raises:
        typer.BadParameter: There is such an option.
    """
    given = given_parameters(context)
    if data is None and (of_data := [given[name] for name in _ONLY_WITH_DATA if name in given]):
        raise typer.BadParameter("has no effect on the model's own data; add --data", param_hint=of_data[0])
