"""Output for people: notes, tables and bars; colour and animation only on a terminal."""

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


# Names of columns and files are quoted, or part of a path.
_FIELD = re.compile(r"(?<![\w'\"/.])`([a-z]+(?:_[a-z]+)*)`(?![\w'\"/.])")

LEAST_COLUMNS = 20
"""Smallest terminal width for layout; a narrower terminal wraps the lines itself."""


def with_options(text: str) -> str:
    """Replace the names of the library's settings with options: `text_column` becomes --text-column."""
    return _FIELD.sub(lambda match: "--" + match[1].replace("_", "-"), text)


@cache
def stdout_console() -> "Console":
    """Return the console of standard output: no colour if `NO_COLOR` is set, no markup in user input."""
    return _console(stderr=False)


@cache
def stderr_console() -> "Console":
    """Return the console of standard error, which bars are drawn on."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    class PipedConsole(Console):
        def on_broken_pipe(self) -> None:
            # rich would exit with 1; each command ends in the same way when its reader has gone.
            raise BrokenPipeError

    console = PipedConsole(stderr=stderr, markup=False, highlight=False, emoji=False)
    # A fixed width would stay when the terminal is resized.
    if console.width < LEAST_COLUMNS:  # noqa: PLR1730
        console.width = LEAST_COLUMNS
    return console


def model_line(path: "Path", reason: str) -> str:
    """Say which model is used, and why."""
    from sentiment.model_dir import called

    return f"model: {called(path)} ({reason})"


def notify(text: str) -> None:
    """Print one line on standard error, above the bar if one is shown."""
    line = on_one_line(with_options(text))
    if stderr_console.cache_info().currsize:
        stderr_console().print(line, soft_wrap=True)
    else:  # rich takes longer to import than many commands to run
        print(f"{line}\n", end="", file=sys.stderr, flush=True)  # one write, which other processes do not split


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Container[int] = ()) -> None:
    """Print a table for people, and tab-separated rows for programs; `numeric` columns are right-aligned."""
    lines = [[on_one_line(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        sys.stdout.write("".join("\t".join(line) + "\n" for line in lines))
        return
    from sentiment.cli.grid import print_grid

    print_grid(stdout_console(), [on_one_line(title) for title in header], lines, numeric)


def print_path(path: "Path") -> None:
    """Print a path: unchanged for programs, without control characters for people."""
    print(on_one_line(str(path)) if sys.stdout.isatty() else path)


def json_line(content: object, stream: TextIO | None = None) -> str:
    """Write JSON on one line: readable, or in ASCII if the stream cannot encode a character.

    Characters that are unsafe on a terminal are always escaped; the value is the same.

    Args:
        content: The value.
        stream: To write to; None for standard output.
    """
    line = json.dumps(content, ensure_ascii=False, allow_nan=False)
    line = UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1], line)
    try:
        line.encode((stream or sys.stdout).encoding)
    except UnicodeEncodeError:
        return json.dumps(content, allow_nan=False)
    return line


def notify_json(fields: Mapping[str, object]) -> None:
    """Print a note for programs on standard error, as a line of JSON."""
    print(json_line(fields, sys.stderr), file=sys.stderr, flush=True)


def note_as_json(text: str) -> None:
    """Print what `notify` would, for programs."""
    notify_json({"event": "note", "message": text})


class ProgressBar(Protocol):
    """The progress of a command."""

    def update(self, completed: float, *, total: float | None = None, description: str | None = None) -> None:
        """Show the amount done so far, and a new total or description if given."""


class _NoBar:
    """A progress bar that shows nothing."""

    def update(self, completed: float, *, total: float | None = None, description: str | None = None) -> None:
        """Show nothing."""


@contextmanager
def progress_bar(description: str, unit: str, total: float | None = None) -> Iterator[ProgressBar]:
    """Show a bar on standard error within the block, with speed and time left; only on a terminal.

    Args:
        description: Of the work, in front of the bar.
        unit: What is counted, as in `reviews` for 12,345 reviews/s.
        total: The total amount; None while unknown.
    """
    if not sys.stderr.isatty():
        yield _NoBar()
        return
    from sentiment.cli.bar import RichBar

    with RichBar(stderr_console(), description, unit, total) as bar:
        yield bar
