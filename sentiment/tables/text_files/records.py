"""Lines out of blocks of characters, and what a reader makes of them: one record a row."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from sentiment.errors import DataError
from sentiment.tables.table import Cell

MAX_RECORD_CHARACTERS = 1 << 26
"""A longer row is mostly no row, but a file without line ends or a trick: it would fill the memory."""

BYTE_ORDER_MARK = "\ufeff"
"""Stands before the first row of each file where files were joined."""

DOS_END_OF_FILE = "\x1a"

Line = str | None
"""A line with its end; None where a stream has nothing more for the moment."""


class Record(NamedTuple):
    r"""A row as it stands in its file, and its cells.

    Attributes:
        raw: Every character of it, without the line end.
        line_end: `\n`, `\r\n`, `\r\r\n` or `\r`; empty where the file ends without one.
        cells: By position, or by key where rows are objects; None where the row is broken or a blank line.
        fault: Why the row is broken; None if it isn't.
        line: Number of its first line, from 1.
    """

    raw: str
    line_end: str
    cells: Sequence[str] | dict[str, object] | None
    fault: str | None
    line: int

    @property
    def whole(self) -> str:
        """The row as it stands in its file, line end included."""
        return self.raw + self.line_end

    @property
    def is_blank(self) -> bool:
        """Whether this is an empty line between rows and no row."""
        return self.cells is None and self.fault is None


def lines_of(blocks: Iterable[str], newline: str, name: str, most: int = MAX_RECORD_CHARACTERS) -> Iterator[Line]:
    r"""Cut blocks of characters into lines, each with its end; an empty block becomes None.

    Args:
        blocks: The characters of a file, in order.
        newline: `\n`, which ends `\r\n` as well, or `\r`.
        name: Of the file, for messages.
        most: Characters that a line may have; one more block may be taken up before it is refused.

    Raises:
        DataError: A line is too long for any row.
    """
    begun: list[str] = []
    size = 0
    for block in blocks:
        if not block:
            yield None
            continue
        first, *others = block.split(newline)
        begun.append(first)
        size += len(first)
        if others:
            yield "".join(begun) + newline
            yield from (line + newline for line in others[:-1])
            begun, size = [others[-1]], len(others[-1])
        if size > most:
            raise DataError(
                f"{name}: a line has more than {most:,} characters; is this a file of text? `max_record_characters` "
                "allows more"
            )
    if last := "".join(begun):
        yield last


def records_of(lines: Iterable[Line], parse: Callable[[str, str, int], Record]) -> Iterator[Record | None]:
    """Yield a record a line; None where `lines` has None.

    Args:
        lines: Each with its end.
        parse: Takes a line without its end, the end, and its number.
    """
    number = 0
    for line in lines:
        if line is None:
            yield None
        else:
            number += 1
            yield parse(*split_line_end(line), number)


def shown(cell: Cell) -> str:
    """Return an answer as text has it: a probability with six decimals, nothing for none."""
    if isinstance(cell, str):
        return cell
    return "" if cell is None else f"{cell:.6f}"


def split_line_end(line: str) -> tuple[str, str]:
    r"""Return a line without its end, and the end: all of `\r\r\n`, which Python on Windows makes of `\r\n`."""
    if line.endswith("\n"):
        if not line.endswith("\r\n"):
            return line[:-1], "\n"
        raw = line[:-2].rstrip("\r")
        return raw, line[len(raw) :]
    return (line[:-1], "\r") if line.endswith("\r") else (line, "")


def is_blank_line(raw: str) -> bool:
    """Whether a line holds nothing but white space, or the mark that DOS puts at the end of a text."""
    return not raw or raw.isspace() or raw == DOS_END_OF_FILE
