"""Split blocks of characters into lines, and represent each row as a record."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from sentiment.errors import DataError
from sentiment.tables.table import Cell

MAX_RECORD_CHARACTERS = 1 << 26
"""A longer row is usually a file without line ends, or malicious: it would fill the memory."""

BYTE_ORDER_MARK = "\ufeff"
"""Occurs before the first row of each file in concatenated files."""

DOS_END_OF_FILE = "\x1a"

Line = str | None
"""A line with its end; None if a stream has nothing more for the moment."""


class Record(NamedTuple):
    r"""A row as in its file, and its cells.

    Attributes:
        raw: Every character of it, without the line end.
        line_end: `\n`, `\r\n`, `\r\r\n` or `\r`; empty if the file ends without one.
        cells: By position, or by key if rows are objects; None if the row is broken or a blank line.
        fault: Why the row is broken; None if it is not.
        line: Number of its first line, from 1.
    """

    raw: str
    line_end: str
    cells: Sequence[str] | dict[str, object] | None
    fault: str | None
    line: int

    @property
    def whole(self) -> str:
        """The row as in its file, including the line end."""
        return self.raw + self.line_end

    @property
    def is_blank(self) -> bool:
        """Whether this is an empty line between rows."""
        return self.cells is None and self.fault is None


def lines_of(blocks: Iterable[str], newline: str, name: str, most: int = MAX_RECORD_CHARACTERS) -> Iterator[Line]:
    r"""Split blocks of characters into lines, each with its end; an empty block becomes None.

    Args:
        blocks: The characters of a file, in order.
        newline: `\n`, which ends `\r\n` as well, or `\r`.
        name: Of the file, for messages.
        most: Limit on the characters of a line; up to one more block may be read before it is refused.

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
    """Yield a record per line; None where `lines` has None.

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
    """Format a cell as text: a probability with six decimals, empty for None."""
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
    """Return whether a line contains only white space, or the DOS end-of-file mark."""
    return not raw or raw.isspace() or raw == DOS_END_OF_FILE
