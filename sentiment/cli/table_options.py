"""The options for reading a file, the same in every command that reads one."""

from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.formats import FileFormat

if TYPE_CHECKING:
    from sentiment.tables import TableOptions

TextColumnOption = Annotated[
    str | None,
    typer.Option("--text-column", metavar="C", help="The column with the texts.", show_default="auto-detected"),
]
LabelColumnOption = Annotated[
    str | None,
    typer.Option("--label-column", metavar="C", help="The column with the labels.", show_default="auto-detected"),
]
SheetOption = Annotated[
    str | None,
    typer.Option("--sheet", metavar="TITLE", help="The sheet of a workbook.", show_default="the first visible one"),
]
HeaderRowOption = Annotated[
    int | None,
    typer.Option(
        "--header-row",
        min=1,
        metavar="N",
        help="The line (in a workbook, the row) with the column names, counted from 1.",
        show_default="auto-detected",
    ),
]
FormatOption = Annotated[
    FileFormat | None, typer.Option("--format", help="Format of the file.", show_default="by its name")
]
EncodingOption = Annotated[
    str | None,
    typer.Option(
        "--encoding", metavar="E", help="Encoding of a text file, such as cp949.", show_default="auto-detected"
    ),
]
MaxRecordCharactersOption = Annotated[
    int | None,
    typer.Option(
        "--max-record-characters",
        min=1,
        metavar="N",
        help="Longest row accepted in a text file.",
        show_default="67,108,864",
    ),
]


def table_options(
    format_name: str | None,
    encoding: str | None,
    sheet: str | None,
    header_row: int | None,
    max_record_characters: int | None,
) -> "TableOptions":
    """Return the options for reading a file."""
    from sentiment.tables import TableOptions

    return TableOptions(format_name, encoding, sheet, header_row, max_record_characters)


def table_flags(options: "TableOptions") -> dict[str, tuple[str, object]]:
    """Return the keys of an experiment that the options set, and their values, by the option's name."""
    from dataclasses import asdict

    return {f"--{key.replace('_', '-')}": (f"data.{key}", value) for key, value in asdict(options).items()}
