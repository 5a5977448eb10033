"""CSV and TSV, row by row, with every character kept.

The standard library's reader stops at 131,072 characters a field, forgets how a cell was quoted, and takes the rest of
a file for one field after a quote that is never closed.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sentiment.tables.records import MAX_RECORD_CHARACTERS, Line, Record, shown, split_line_end
from sentiment.tables.stored import Cell

UNCLOSED_QUOTE = "a quote opens a field here and is never closed"
MISPLACED_QUOTE = "a quote opens a field here and closes in the middle of another"

_SEPARATOR_LINE = re.compile('"?sep=([^"])"?', re.IGNORECASE)
_QUOTED = re.compile('"[^"]*(?:"|$)')


@dataclass(frozen=True)
class Delimited:
    """A format whose rows are fields with a delimiter between.

    A quote opens a quoted field at its beginning only; elsewhere it is a character (RFC 4180 says nothing of it). A row
    whose quote is never closed, or closes in the middle of a field, is broken as far as its first line goes; reading
    goes on with the next line.

    Attributes:
        name: `csv` or `tsv`.
        delimiter: One character.
        quoting: Whether quotes mean anything.
    """

    name: str
    delimiter: str
    quoting: bool = True

    def records(self, lines: Iterator[Line]) -> Iterator[Record | None]:
        """Yield every row, blank lines among them; None where `lines` has None."""
        again: deque[str] = deque()
        number = 1
        while True:
            line = again.popleft() if again else next(lines, "")
            if line is None:
                yield None
            elif not line:
                return
            elif self.quoting and '"' in line:
                quoted = _QuotedRow(self.delimiter, line)
                while quoted.is_open and quoted.size <= MAX_RECORD_CHARACTERS:
                    line = again.popleft() if again else next(lines, "")
                    if line is None:
                        yield None
                    elif not line:
                        break
                    else:
                        quoted.feed(line)
                again.extendleft(reversed(quoted.lines_after()))
                yield quoted.record(number)
                number += quoted.num_lines()
            else:
                raw, line_end = split_line_end(line)
                yield Record(raw, line_end, raw.split(self.delimiter) if raw else None, None, number)
                number += 1

    def answered(self, record: Record, names: Sequence[str], cells: Sequence[Cell]) -> str:  # noqa: ARG002
        """Return a row with more fields at its right end, its line end included."""
        added = [_quoted(cell, self.delimiter) if isinstance(cell, str) else shown(cell) for cell in cells]
        return self.delimiter.join([record.raw, *added]) + record.line_end

    def can_hold(self, cell: str) -> bool:
        """Whether a cell can be written: without quoting, none with a quote, a delimiter or a line end can."""
        return self.quoting or _quoted(cell, self.delimiter) == cell


class _QuotedRow:
    """A row with quotes in it, taken up line by line until it is whole."""

    def __init__(self, delimiter: str, line: str) -> None:
        self.size = 0
        self._delimiter = delimiter
        self._lines: list[str] = []
        self._fields: list[str] = []
        self._open_field: list[str] | None = None
        self._is_misplaced = False
        self.feed(line)

    @property
    def is_open(self) -> bool:
        """Whether the row goes on in the next line."""
        return self._open_field is not None and not self._is_misplaced

    def feed(self, line: str) -> None:
        """Take up the next line."""
        self._lines.append(line)
        self.size += len(line)
        end = len(split_line_end(line)[0])
        position = 0
        while True:
            if self._open_field is not None:
                closing = _closing_quote(line, position)
                if closing < 0:
                    self._open_field.append(line[position:])
                    return
                self._open_field.append(line[position:closing])
                self._fields.append("".join(self._open_field).replace('""', '"'))
                position = closing + 1
                if position < end and not line.startswith(self._delimiter, position):
                    self._is_misplaced = True
                    return
                self._open_field = None
            elif line.startswith('"', position):
                self._open_field = []
                position += 1
                continue
            else:
                stop = line.find(self._delimiter, position, end)
                stop = end if stop < 0 else stop
                self._fields.append(line[position:stop])
                position = stop
            if position >= end:
                return
            position += 1

    def record(self, number: int) -> Record:
        """Return the row, or its first line where it is broken."""
        if self._open_field is None:
            raw, line_end = split_line_end("".join(self._lines))
            return Record(raw, line_end, self._fields, None, number)
        raw, line_end = split_line_end(self._lines[0])
        return Record(raw, line_end, None, MISPLACED_QUOTE if self._is_misplaced else UNCLOSED_QUOTE, number)

    def lines_after(self) -> Sequence[str]:
        """Return the lines that were taken up and are not of the row."""
        return () if self._open_field is None else self._lines[1:]

    def num_lines(self) -> int:
        """Return how many lines the row has."""
        return len(self._lines) if self._open_field is None else 1


@lru_cache(maxsize=1024)
def _quoted(cell: str, delimiter: str) -> str:
    if any(character in cell for character in (delimiter, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _closing_quote(line: str, position: int) -> int:
    """Return where the next lone quote stands, or -1."""
    while True:
        position = line.find('"', position)
        if position < 0 or not line.startswith('"', position + 1):
            return position
        position += 2


def tsv_format(lines: Sequence[str], *, is_whole: bool) -> Delimited:
    """Find out what quotes mean in tab-separated values, about which their writers do not agree.

    A field that begins with a quote is read as in CSV if the first lines read cleanly so: every quote closes right
    before a tab or a line end, and every row has as many fields as the first. Where they also read cleanly without
    quoting, no quoted field may go over a line end. Otherwise quotes are characters like any other, as in NSMC.

    Args:
        lines: How the file begins, each line with its end.
        is_whole: Whether that is all of it; else a row that is still open at the end of the lines does not count.
    """
    quoted, plain = Delimited("tsv", "\t"), Delimited("tsv", "\t", quoting=False)
    if not any(line.startswith('"') or '\t"' in line for line in lines):
        return quoted  # both ways give the same
    rows = [record for record in quoted.records(iter(lines)) if record is not None and not record.is_blank]
    if not is_whole and rows and rows[-1].fault == UNCLOSED_QUOTE:
        rows.pop()
    widths = {None if row.cells is None else len(row.cells) for row in rows}
    if len(widths) > 1 or None in widths:
        return plain
    plain_widths = [len(line.split("\t")) for line in lines if split_line_end(line)[0]]
    return quoted if len(plain_widths) == len(rows) or len(set(plain_widths)) > 1 else plain


def csv_format(header: str) -> Delimited:
    """Find the delimiter of a CSV file: a comma, unless its first line has none and has a semicolon, a tab or a bar.

    What stands in quotes does not count. A line as `sep=;` above the header names it.
    """
    if named := named_separator(header):
        return Delimited("csv", named)
    bare = _QUOTED.sub("", header)
    return Delimited("csv", next((mark for mark in ",;\t|" if mark in bare), ","))


def named_separator(line: str) -> str | None:
    """Return the delimiter that a line as `sep=;` names, which spreadsheet programs write and read above the header."""
    named = _SEPARATOR_LINE.fullmatch(line.strip("\r\n "))
    return named[1] if named else None
