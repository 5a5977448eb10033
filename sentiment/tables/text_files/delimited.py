"""CSV and TSV, row by row, with every character kept.

The standard library's reader stops at 131,072 characters per field, does not keep how a cell was quoted, and reads the
rest of a file as one field after a quote that is never closed.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sentiment.tables.table import Cell
from sentiment.tables.text_files.quoted_row import OVERLONG_QUOTE, UNCLOSED_QUOTE, QuotedRow
from sentiment.tables.text_files.records import (
    MAX_RECORD_CHARACTERS,
    Line,
    Record,
    is_blank_line,
    shown,
    split_line_end,
)
from sentiment.tables.text_files.row_shape import RowShape

MAX_FIELDS = 1 << 16
"""No real table has rows with more fields, and they would fill the memory."""


@dataclass(frozen=True)
class Delimited:
    """A format whose rows are fields separated by a delimiter.

    A quote opens a quoted field only at its start; elsewhere it is a character (RFC 4180 does not cover this). If a
    row's quote is never closed, closes in the middle of a field, or would swallow rows, its first line is a broken
    row, and reading continues with the next line. In TSV, which is often written without quoting, such a line is a row
    with literal quotes if it has as many fields as the header.

    Attributes:
        name: `csv` or `tsv`.
        delimiter: One character.
        quoting: Whether quotes have a meaning.
        shape: The shape of rows; None if unknown.
        max_characters: A longer quoted field is treated as one that is never closed.
    """

    name: str
    delimiter: str
    quoting: bool = True
    shape: RowShape | None = None
    max_characters: int = MAX_RECORD_CHARACTERS

    def records(self, lines: Iterator[Line]) -> Iterator[Record | None]:
        """Yield every row, including blank lines; None where `lines` has None."""
        again: deque[str] = deque()
        number = 1
        delimiter, quoting, most_fields = self.delimiter, self.quoting, MAX_FIELDS
        while True:
            line = again.popleft() if again else next(lines, "")
            if line is None:
                yield None
            elif not line:
                return
            elif len(line) > most_fields and line.count(delimiter) >= most_fields:
                yield Record(*split_line_end(line), None, f"has more than {most_fields:,} fields", number)
                number += 1
            elif quoting and '"' in line:
                quoted = QuotedRow(delimiter, line)
                while quoted.is_open:
                    line = again.popleft() if again else next(lines, "")
                    if line is None:
                        yield None
                    elif not line:
                        break
                    else:
                        quoted.feed(line)
                        self._check_reach(quoted)
                if quoted.is_whole:
                    yield quoted.record(number)
                    number += len(quoted.lines)
                else:
                    again.extendleft(reversed(quoted.lines[1:]))
                    yield self._broken(quoted, number)
                    number += 1
            else:
                raw, line_end = split_line_end(line)
                cells = raw.split(delimiter)
                yield Record(raw, line_end, None if len(cells) == 1 and is_blank_line(raw) else cells, None, number)
                number += 1

    def _check_reach(self, quoted: QuotedRow) -> None:
        """Mark the row as broken if its quote runs too far."""
        num_fields = None if quoted.is_open else quoted.num_fields
        if quoted.fault is None and self.shape is not None and self.shape.is_swallowed(quoted.lines, num_fields):
            quoted.fault = UNCLOSED_QUOTE
        elif quoted.is_open and quoted.size > self.max_characters:
            quoted.fault = OVERLONG_QUOTE

    def _broken(self, quoted: QuotedRow, number: int) -> Record:
        """Return the first line of a row with wrong quotes: as a TSV row with literal quotes, if it can be one."""
        record = quoted.broken_record(number)
        if self.name == "tsv" and self.shape is not None and self.shape.fits(record.raw):
            return record._replace(cells=record.raw.split(self.delimiter), fault=None)
        return record

    def answered(self, record: Record, names: Sequence[str], cells: Sequence[Cell]) -> str:  # noqa: ARG002
        """Return a row with fields appended, including its line end."""
        added = [_quoted(cell, self.delimiter) if isinstance(cell, str) else shown(cell) for cell in cells]
        return self.delimiter.join([record.raw, *added]) + record.line_end

    def can_hold(self, cell: str) -> bool:
        """Return whether a cell can be written: without quoting, not with a quote, a delimiter or a line end."""
        return self.quoting or _quoted(cell, self.delimiter) == cell


@lru_cache(maxsize=1024)
def _quoted(cell: str, delimiter: str) -> str:
    if any(character in cell for character in (delimiter, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell
