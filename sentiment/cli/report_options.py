"""The option --report, the same in every command that makes one."""

from pathlib import Path
from typing import Annotated

import typer

from sentiment.callbacks import Notify
from sentiment.cli.command import expanded_file
from sentiment.cli.console import notify

ReportOption = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.html",
        parser=expanded_file,
        help="Also write a report with charts: one HTML file, in English and Korean (needs the extra eval).",
    ),
]


def write_html(path: Path, html: str, say: Notify = notify) -> None:
    """Write a report, and say so."""
    from sentiment.writing import write_text

    write_text(path, html)
    say(f"{path}: report written; open it in a browser")


def command_line() -> list[str]:
    """Return the words of this command, to repeat it."""
    import sys

    return ["sentiment", *sys.argv[1:]]
