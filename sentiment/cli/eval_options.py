"""The options of commands that measure models on labelled rows."""

from typing import Annotated, Literal

import typer

from sentiment.cli.command import expand_home
from sentiment.cli.given import given_parameters

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
