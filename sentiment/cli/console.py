"""What commands say to people: notes, tables and bars; colour and motion only on a terminal."""

import json
import re
import sys
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from rich.console import Console

Notify = Callable[[str], None]
"""Takes one line for people."""

# Control codes of C0 and C1, line separators, codes that turn the direction of writing, halves of surrogate pairs.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def on_one_line(text: str) -> str:
    r"""Escape what would break a line, move the cursor or fail to be encoded: a tab becomes `\t`, ESC `\x1b`."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


@cache
def stdout_console() -> "Console":
    """Return the console of standard output: no colour where `NO_COLOR` is set, no markup in what users wrote."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False)


@cache
def stderr_console() -> "Console":
    """Return the console of standard error, the one that bars are drawn on."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False)


def notify(text: str) -> None:
    """Say one line on standard error, above the bar if one is shown."""
    line = on_one_line(text)
    if stderr_console.cache_info().currsize:
        stderr_console().print(line, soft_wrap=True)
    else:  # rich takes longer to import than many a command to run
        print(line, file=sys.stderr, flush=True)


def print_table(header: list[str], rows: list[list[str]], numeric: Container[int] = ()) -> None:
    """Print a table to a person, and its rows with tabs to a program; `numeric` columns are aligned to the right."""
    if not sys.stdout.isatty():
        sys.stdout.write("".join("\t".join(row) + "\n" for row in rows))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(header))
    for position, title in enumerate(header):
        # What is to be copied, the name in the first column above all, must not be cut on a narrow terminal.
        justify: Literal["left", "right"] = "right" if position in numeric else "left"
        table.add_column(title, justify=justify, no_wrap=not position, overflow="fold")
    for row in rows:
        table.add_row(*row)
    stdout_console().print(table)


def json_line(content: object) -> str:
    """Write JSON on one line: as people read it, or in ASCII where standard output can't hold a character of it."""
    line = json.dumps(content, ensure_ascii=False, allow_nan=False)
    try:
        line.encode(sys.stdout.encoding)
    except UnicodeEncodeError:  # a lone surrogate, or an encoding that lacks a character
        return json.dumps(content, allow_nan=False)
    return line


class ProgressBar(Protocol):
    """How far a command has come."""

    def update(self, completed: float, *, total: float | None = None, description: str | None = None) -> None:
        """Show the amount done so far, and a new total or description where one is given."""


class _NoBar:
    """Stands in where nobody watches."""

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
