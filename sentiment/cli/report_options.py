"""The option --report, the same in every command that makes one."""

from pathlib import Path
from typing import Annotated

import typer

from sentiment.cli.command import expanded_path
from sentiment.cli.console import notify

ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.html",
        parser=expanded_path,
        help="Also write a report with charts: one HTML file, in English and Korean (needs the extra eval).",
    ),
]


def write_html(path: Path, html: str) -> None:
    """Write a report, and notify of it."""
    from sentiment.evaluation.reports import write_report

    write_report(path, html)
    notify(f"{path}: report written; open it in a browser")


def command_line() -> list[str]:
    """Return the words of this command, to repeat it."""
    import sys

    return ["sentiment", *sys.argv[1:]]
