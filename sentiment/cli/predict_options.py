"""The arguments of predict, the options for tables, and which of them can be combined."""

import sys
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from sentiment.cli.abstaining import Abstaining, MaxErrorOption, UnsureBelowOption
from sentiment.cli.command import expand_home, expanded_file
from sentiment.cli.engine_options import EngineOption, MasterOption, check_engine_options
from sentiment.cli.given import given_parameters
from sentiment.cli.inside_options import (
    PICTURES,
    AllUnitsOption,
    ExplainOption,
    GatesOption,
    HtmlOption,
    SvgOption,
    TraceOption,
    check_inside_options,
)
from sentiment.cli.summarizing import (
    ByOption,
    ReportOption,
    ReviewOption,
    ReviewRowsOption,
    Summarizing,
    SummaryOption,
)

__all__ = [
    "STANDARD_OUTPUT",
    "Abstaining",
    "AllUnitsOption",
    "ByOption",
    "ColumnPrefixOption",
    "EngineOption",
    "ExplainOption",
    "FileOption",
    "ForceOption",
    "GatesOption",
    "HtmlOption",
    "InPlaceOption",
    "MasterOption",
    "MaxErrorOption",
    "OutputOption",
    "RejectsOption",
    "ReportOption",
    "ResumeOption",
    "ReviewOption",
    "ReviewRowsOption",
    "Summarizing",
    "SummaryOption",
    "SvgOption",
    "TextsArgument",
    "TraceOption",
    "UnsureBelowOption",
    "check_predict_options",
]

TextsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TEXT]...", help="Texts to classify; without any, one text per line is read from a pipe."),
]
FileOption = Annotated[
    str | None,
    typer.Option(
        "--file", metavar="PATH", parser=expand_home, help="A table to classify row by row; - reads standard input."
    ),
]
OutputOption = Annotated[
    str | None,
    typer.Option(
        "--output",
        metavar="PATH",
        parser=expand_home,
        help="Where to write the table with answers; - is standard output.",
        show_default="standard output",
    ),
]
ColumnPrefixOption = Annotated[str, typer.Option("--column-prefix", metavar="P", help="Prefix of the added columns.")]
RejectsOption = Annotated[
    Path | None,
    typer.Option(
        "--rejects",
        metavar="PATH",
        parser=expanded_file,
        help="Where to write broken rows, as JSONL.",
        show_default="stop at the first",
    ),
]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Continue an interrupted run with the same output.")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Replace existing files once the new ones are complete; drop an unfinished run.")
]
InPlaceOption = Annotated[bool, typer.Option("--in-place", help="Replace --file itself, once all rows are answered.")]

STANDARD_OUTPUT = "-"
_LONGEST_NAME, _LONGEST_SUFFIX = 4096, len(".parquet.gz")
_ONLY_WITH_FILE = (
    *("output", "text_column", "sheet", "header_row", "format_name", "max_record_characters"),
    *("column_prefix", "rejects", "resume", "force", "in_place"),
    *("summary", "by", "report", "review", "review_rows"),
)


def check_predict_options(context: typer.Context) -> None:
    """Refuse options that would have no effect, and a call with nothing to classify.

    Raises:
        typer.BadParameter: There are such options, or there is nothing to classify.
        OutputError: A folder is given in place of a file.
    """
    given = given_parameters(context)
    check_inside_options(given, len(context.params["texts"] or []))
    check_engine_options(given, context.params)
    if "file" not in given:
        for name in _ONLY_WITH_FILE:
            if name in given and not (name == "force" and given.keys() & set(PICTURES)):
                raise typer.BadParameter("needs --file; --file - reads standard input", param_hint=given[name])
        if "encoding" in given and "texts" in given:
            raise typer.BadParameter(
                "cannot be combined with TEXT: only a file or a pipe has an encoding", param_hint=given["encoding"]
            )
        if "texts" not in given and sys.stdin.isatty():
            raise typer.BadParameter(
                'nothing to classify; try: sentiment predict "이 영화 정말 최고예요"', param_hint="TEXT"
            )
        _refuse_places(list(context.params["texts"] or []))
    elif "texts" in given:
        raise typer.BadParameter("cannot be combined with TEXT: pass texts or a file", param_hint=given["file"])
    elif context.params["engine"] == "local":
        _check_targets(context, given)


def _check_targets(context: typer.Context, given: dict[str, str]) -> None:
    """Refuse folders, and options for output files if there are none."""
    to_standard_output = "output" not in given or context.params["output"] == STANDARD_OUTPUT
    if not to_standard_output:
        expanded_file(context.params["output"])
    if "review_rows" in given and "review" not in given:
        raise typer.BadParameter("needs --review", param_hint=given["review_rows"])
    if "in_place" in given:
        if "output" in given and to_standard_output:
            raise typer.BadParameter("cannot be combined with --output -", param_hint=given["in_place"])
    elif "resume" in given and to_standard_output:
        raise typer.BadParameter(
            "needs --output or --in-place: only a run that writes a file can be resumed", param_hint=given["resume"]
        )
    elif "force" in given and to_standard_output and not {"rejects", "review"} & given.keys():
        raise typer.BadParameter(
            "needs --output, --rejects, --review or --in-place: nothing else can be replaced", param_hint=given["force"]
        )


def _refuse_places(texts: list[str]) -> None:
    """Refuse a text that names an input: classifying the name itself would look like a result."""
    if texts == ["-"]:
        raise typer.BadParameter(
            "- is not a text; a pipe is read when no TEXT is given, or as a table with --file -", param_hint="TEXT"
        )
    for text in texts:
        if _is_table(text):
            raise typer.BadParameter(f"{text} is a file; to classify its rows: --file {quote(text)}", param_hint="TEXT")


def _is_table(text: str) -> bool:
    if "." not in text[-_LONGEST_SUFFIX:] or len(text) > _LONGEST_NAME:
        return False
    from sentiment.tables import format_of_suffix

    try:
        return format_of_suffix(text) is not None and Path(text).is_file()
    except ValueError:  # not a file name: it contains a NUL character, or a lone surrogate
        return False
