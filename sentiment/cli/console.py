"""What commands say to people: notes, tables and bars; colour and motion only on a terminal."""

import json
import re
import sys
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Protocol, TextIO

from sentiment.wording import UNSAFE, on_one_line

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console


# Names of columns and files are quoted, or stand in a path.
_FIELD = re.compile(r"(?<![\w'\"/.])`([a-z]+(?:_[a-z]+)*)`(?![\w'\"/.])")

LEAST_COLUMNS = 20
"""Of a terminal that is laid out for; a narrower one wraps the lines itself."""


def with_options(text: str) -> str:
    """Name options where the library names what they set: `text_column` becomes --text-column."""
    return _FIELD.sub(lambda match: "--" + match[1].replace("_", "-"), text)


@cache
def stdout_console() -> "Console":
    """Return the console of standard output: no colour where `NO_COLOR` is set, no markup in what users wrote."""
    return _console(stderr=False)


@cache
def stderr_console() -> "Console":
    """Return the console of standard error, the one that bars are drawn on."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    console = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    # A width that is set stays when the terminal becomes another one.
    if console.width < LEAST_COLUMNS:  # noqa: PLR1730
        console.width = LEAST_COLUMNS
    return console


def notify(text: str) -> None:
    """Say one line on standard error, above the bar if one is shown."""
    line = on_one_line(with_options(text))
    if stderr_console.cache_info().currsize:
        stderr_console().print(line, soft_wrap=True)
    else:  # rich takes longer to import than many a command to run
        print(line, file=sys.stderr, flush=True)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Container[int] = ()) -> None:
    """Print a table to a person, and its rows with tabs to a program; `numeric` columns are aligned to the right."""
    lines = [[on_one_line(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        sys.stdout.write("".join("\t".join(line) + "\n" for line in lines))
        return
    from sentiment.cli.grid import print_grid

    print_grid(stdout_console(), [on_one_line(title) for title in header], lines, numeric)


def print_path(path: "Path") -> None:
    """Print where something stands: to a program as it is, to a person without what would move the cursor."""
    print(on_one_line(str(path)) if sys.stdout.isatty() else path)


def json_line(content: object, stream: TextIO | None = None) -> str:
    """Write JSON on one line: as people read it, or in ASCII where the stream can't hold a character of it.

    What is not safe on a terminal is escaped in either case; the value is the same.

    Args:
        content: The value.
        stream: Where the line goes; None for standard output.
    """
    line = json.dumps(content, ensure_ascii=False, allow_nan=False)
    line = UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1], line)
    try:
        line.encode((stream or sys.stdout).encoding)
    except UnicodeEncodeError:
        return json.dumps(content, allow_nan=False)
    return line


def notify_json(fields: Mapping[str, object]) -> None:
    """Say one thing on standard error to a program, as a line of JSON."""
    print(json_line(fields, sys.stderr), file=sys.stderr, flush=True)


class ProgressBar(Protocol):
    """How far a command has come."""

    def update(self, completed: float, *, total: float | None = None, description: str | None = None) -> None:
        """Show the amount done so far, and a new total or description where one is given."""


class _NoBar:
    """A progress bar that shows nothing."""

    def update(self, completed: float, *, total: float | None = None, description: str | None = None) -> None:
        """Show nothing."""


@contextmanager
def progress_bar(description: str, unit: str, total: float | None = None) -> Iterator[ProgressBar]:
    """Show a bar on standard error while the block runs, with the speed and the time left; only on a terminal.

    Args:
        description: What is being done, in front of the bar.
        unit: What is counted, as in `reviews` for 12,345 reviews/s.
        total: The amount to come to; None while it isn't known.
    """
    if not sys.stderr.isatty():
        yield _NoBar()
        return
    from sentiment.cli.bar import RichBar

    with RichBar(stderr_console(), description, unit, total) as bar:
        yield bar
