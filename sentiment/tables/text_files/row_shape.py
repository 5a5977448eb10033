"""The shape of rows, to distinguish a stray quote from one around a cell of several lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sentiment.tables.text_files.quoted_row import closing_quote
from sentiment.tables.text_files.records import split_line_end

_FEWEST_ROWS = 10
_LINES_WITHOUT_KNOWN_CELLS = 8


@dataclass(frozen=True)
class RowShape:
    """The number of fields in the rows of a table, and the known values of some of them.

    Attributes:
        delimiter: Between fields.
        width: Number of fields of the header.
        known_cells: By column, the few values that repeat; None if all are numbers or dates.
    """

    delimiter: str
    width: int
    known_cells: Mapping[int, frozenset[str] | None] = field(default_factory=dict)

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
        return cls(delimiter, width, known)

    def fits(self, line: str) -> bool:
        """Return whether a line has as many fields as the header, with quotes as ordinary characters."""
        return line.count(self.delimiter) == self.width - 1

    def is_swallowed(self, lines: Sequence[str]) -> bool:
        """Return whether a quote that is open at the end of the first line spans whole rows below it.

        A cell with a tab is rare, so two lines of the right width are two rows. Prose has commas: a line must also
        match the known values of the columns, at least before the quote closes; if none are known, many consecutive
        lines must have the width.

        Args:
            lines: The lines collected so far; the field may have closed in the last. Called after each.
        """
        if lines[0].count(self.delimiter) < self.width - 1:
            return False  # the row has to continue
        if self.delimiter == "\t":
            return len(lines) == 2 and self.fits(lines[1])
        if self.width == 1:
            return False
        if self.known_cells:
            return len(lines) == 2 and self._holds_known_cells(lines[1])
        return (
            len(lines) == 1 + _LINES_WITHOUT_KNOWN_CELLS
            and all(map(self.fits, lines))
            and closing_quote(lines[-1], 0) < 0
        )

    def _holds_known_cells(self, line: str) -> bool:
        if not self.fits(line):
            return False
        closing = closing_quote(line, 0)
        # The part after the closing quote is the end of a row in any case.
        num_known = self.width if closing < 0 else line.count(self.delimiter, 0, closing)
        cells = split_line_end(line)[0].split(self.delimiter)
        known = [(cells[column], seen) for column, seen in self.known_cells.items() if column < num_known]
        return bool(known) and all(_is_number(cell) if seen is None else cell in seen for cell, seen in known)


def _is_number(cell: str) -> bool:
    """Return whether a cell is a number, a date or the like."""
    return any(map(str.isdecimal, cell)) and not any(map(str.isalpha, cell))
