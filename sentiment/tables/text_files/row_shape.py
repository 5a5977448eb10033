"""What a row looks like, so that a stray quote is told from one around a cell of several lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sentiment.tables.text_files.quoted_row import closing_quote
from sentiment.tables.text_files.records import split_line_end

_FEWEST_ROWS = 10
_LINES_WITHOUT_KNOWN_CELLS = 8


@dataclass(frozen=True)
class RowShape:
    """How many fields the rows of a table have, and what can stand in some of them.

    Attributes:
        delimiter: Between fields.
        width: Fields of the header.
        known_cells: By column, the few cells that stand there again and again; None where all are numbers or dates.
    """

    delimiter: str
    width: int
    known_cells: Mapping[int, frozenset[str] | None] = field(default_factory=dict)

    @classmethod
    def of(cls, delimiter: str, width: int, lines: Iterable[str]) -> "RowShape":
        """Tell it from the first lines below the header; one with a quote in it tells nothing."""
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
        """Whether a line has as many fields as the header, quotes taken for characters."""
        return line.count(self.delimiter) == self.width - 1

    def is_swallowed(self, lines: Sequence[str]) -> bool:
        """Whether a quote that is open at the end of the first line runs over whole rows below it.

        A cell with a tab in it is rare, so that two lines of the right width are two rows. Prose has commas: there a
        line must also hold what the columns are known to hold, before the quote closes at least; where nothing is known
        of them, many lines in a row must have the width.

        Args:
            lines: Taken up so far, with the last of which the field may have closed. Asked after each.
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
        # What stands behind the closing quote is the end of a row in any case.
        told = self.width if closing < 0 else line.count(self.delimiter, 0, closing)
        cells = split_line_end(line)[0].split(self.delimiter)
        known = [(cells[column], seen) for column, seen in self.known_cells.items() if column < told]
        return bool(known) and all(_is_number(cell) if seen is None else cell in seen for cell, seen in known)


def _is_number(cell: str) -> bool:
    """Whether a cell is a number, a date or the like."""
    return any(map(str.isdecimal, cell)) and not any(map(str.isalpha, cell))
