"""The shape of rows, to distinguish a stray quote from one around a cell of several lines."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise

from sentiment.tables.text_files.quoted_row import QuotedRow, closing_quote
from sentiment.tables.text_files.records import split_line_end

_FEWEST_ROWS = 10
_MANY_LINES = 8
"""A cell with more consecutive lines like rows is not a text."""

_ENDS_A_THOUSAND = re.compile(r"(?<!\d)\d{1,3}$")
_BEGINS_HUNDREDS = re.compile(r"\d{3}(?!\d)")


@dataclass(frozen=True)
class RowShape:
    """The number of fields in the rows of a table, and the known values of some of them.

    Attributes:
        delimiter: Between fields.
        width: Number of fields of the header.
        known_cells: By column, the few values that repeat; None if all are numbers or dates.
        is_like_prose: Whether most rows have a delimiter beside a text as sentences have their commas: with a space
            after it, or in a number such as `2,000`.
    """

    delimiter: str
    width: int
    known_cells: Mapping[int, frozenset[str] | None] = field(default_factory=dict)
    is_like_prose: bool = False

    @classmethod
    def of(cls, delimiter: str, width: int, lines: Iterable[str]) -> "RowShape":
        """Detect it from the first lines below the header, ignoring those with a quote."""
        rows = [split_line_end(line)[0].split(delimiter) for line in lines if '"' not in line]
        rows = [cells for cells in rows if len(cells) == width]
        known: dict[int, frozenset[str] | None] = {}
        for column, cells in enumerate(zip(*rows, strict=True)):
            if all(map(_is_number, cells)):
                known[column] = None
            elif len(rows) >= _FEWEST_ROWS and 5 * len(set(cells)) <= len(rows):
                known[column] = frozenset(cells)
        num_like_prose = sum(_has_prose_comma(cells, known) for cells in rows)
        return cls(delimiter, width, known, 2 * num_like_prose > len(rows))

    def fits(self, line: str) -> bool:
        """Return whether a line has as many fields as the header, with quotes as ordinary characters."""
        return line.count(self.delimiter) == self.width - 1

    def is_swallowed(self, lines: Sequence[str], num_fields: int | None) -> bool:
        """Return whether a quote that is open at the end of the first line spans whole rows below it.

        A cell with a tab is rare, so two lines of the right width are two rows. Prose has commas: a line must also
        match the known values of the columns, at least before the quote closes. Some lines of a text do, such as
        `2,000 won` in a table of numbers and texts: if the row is complete and has the width of the header, every line
        must match. Many consecutive lines are enough at any time.

        Args:
            lines: The lines collected so far; the field may have closed in the last. Called after each.
            num_fields: Of the complete row; None if it continues on the next line.
        """
        if lines[0].count(self.delimiter) < self.width - 1:
            return False  # the row has to continue
        if self.delimiter == "\t":
            return len(lines) == 2 and self.fits(lines[1])
        if self.width == 1:
            return False
        if not self.known_cells:
            return len(lines) == 1 + _MANY_LINES and self.fits(lines[0]) and self._are_rows(lines)
        if num_fields is None:
            return len(lines) > _MANY_LINES and self._are_rows(lines)
        return self._is_row(lines[1]) and (num_fields != self.width or self._are_rows_up_to_quote(lines))

    def _are_rows(self, lines: Sequence[str]) -> bool:
        """Return whether the last lines look like rows, none of which closes the quote."""
        return closing_quote(lines[-1], 0) < 0 and all(map(self._is_row, reversed(lines[-_MANY_LINES:])))

    def _are_rows_up_to_quote(self, lines: Sequence[str]) -> bool:
        """Return whether the last line closes the quote, and all lines look like rows without it."""
        below = islice(lines, 1, len(lines) - 1)
        return self._may_end_in_row(lines[-1]) and all(map(self._is_row, below)) and self._ends_as_row(lines[0])

    def _is_row(self, line: str) -> bool:
        """Return whether a line has the width and the known cells of a row, at least before the quote closes."""
        if not self.fits(line):
            return False
        cells, num_before = self._cells_before_quote(line)
        known = [(cells[column], seen) for column, seen in self.known_cells.items() if column < num_before]
        if not all(_is_known(cell, seen) for cell, seen in known) or bool(known) != bool(self.known_cells):
            return False
        return self.is_like_prose or not _has_prose_comma(cells[: num_before + 1], self.known_cells)

    def _may_end_in_row(self, line: str) -> bool:
        """Return whether the line that closes the quote looks like a row, or closes it before all known columns."""
        num_before = self._cells_before_quote(line)[1]
        return self._is_row(line) or (self.fits(line) and all(column >= num_before for column in self.known_cells))

    def _cells_before_quote(self, line: str) -> tuple[list[str], int]:
        """Return the cells, and how many are complete before the closing quote, behind which any row ends."""
        closing = closing_quote(line, 0)
        num_before = self.width if closing < 0 else line.count(self.delimiter, 0, closing)
        return split_line_end(line)[0].split(self.delimiter), num_before

    def _ends_as_row(self, line: str) -> bool:
        """Return whether the line with the open quote has the known cells to the right of it."""
        opened = QuotedRow(self.delimiter, line).num_fields
        cells = split_line_end(line)[0].split(self.delimiter)[-self.width :]
        return all(_is_known(cells[column], seen) for column, seen in self.known_cells.items() if column > opened)


def _has_prose_comma(cells: Sequence[str], known: Mapping[int, frozenset[str] | None]) -> bool:
    """Return whether a delimiter beside a column of unknown texts is written as in a sentence or a number."""
    return any(
        right.startswith(" ") or bool(_ENDS_A_THOUSAND.search(left) and _BEGINS_HUNDREDS.match(right))
        for column, (left, right) in enumerate(pairwise(cells))
        if not (column in known and column + 1 in known)
    )


def _is_known(cell: str, seen: frozenset[str] | None) -> bool:
    return _is_number(cell) if seen is None else cell in seen


def _is_number(cell: str) -> bool:
    """Return whether a cell is a number, a date or the like."""
    return any(map(str.isdecimal, cell)) and not any(map(str.isalpha, cell))
