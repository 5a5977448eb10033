"""What is learned of a sheet as it streams by: its header, how many rows follow, and how far right they reach."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sentiment.tables.columns.header import MOST_TITLE_ROWS
from sentiment.tables.table import SAMPLE_ROWS
from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.reading.cells import StoredCell, is_blank
from sentiment.tables.xlsx.reading.references import Area, parse_area
from sentiment.tables.xlsx.reading.rows import Row, SheetParser

_MAX_FILTERS = 1_000
CHARACTERS_PER_CELL = 64
"""What a cell weighs, however short its text."""

MAX_SAMPLE_CHARACTERS = 1 << 22
"""Of the rows that are looked at."""


@dataclass(frozen=True)
class Survey:
    """What is known of a sheet once all of it was parsed.

    Attributes:
        header: the cells of the row that names the columns, by column from 1.
        header_style: of its last cell.
        num_rows: with values, below the header.
        used: from the header to the last row, and from the first column to the last that has a value.
        filters: references of the ranges of filters and of sorts.
    """

    header: dict[int, StoredCell]
    header_style: str | None
    num_rows: int
    used: Area
    filters: tuple[str, ...]


class Surveyor:
    """Takes what a parser has read of a sheet, chunk by chunk.

    Attributes:
        header: the row that names the columns; None until it is known.
        sample: the first rows below it.
        last_column: with a value so far.
    """

    def __init__(
        self,
        header: Row | None = None,
        header_row: int | None = None,
        find_header: Callable[[Sequence[Row]], int] = lambda _rows: 0,
    ) -> None:
        """Begin with a sheet.

        Args:
            header: the row that names the columns; None where it is not known yet.
            header_row: its number, where somebody told it.
            find_header: tells its place among the first rows that hold more than blank cells.
        """
        self.header = header
        self.sample: list[Row] = []
        self.last_column = 0
        self._header_row = header_row
        self._find_header = find_header
        self._first_rows: list[Row] = []
        self._room = MAX_SAMPLE_CHARACTERS
        self._last_row = self._num_rows = 0
        self._filters: list[str] = []

    @property
    def has_sample(self) -> bool:
        """Whether more rows would tell no more of what the columns hold."""
        return self.header is not None and (len(self.sample) == SAMPLE_ROWS or self._room <= 0)

    def take(self, parser: SheetParser) -> list[Row]:
        """Take everything that a parser has found; return the rows below the header.

        Raises:
            WorkbookFaultError: the sheet is hostile.
        """
        below: list[Row] = []
        for row in parser.rows:
            below += self._take_row(row)
        parser.rows.clear()
        if parser.merges:  # behind all rows
            below += self._choose_header()
            for area in filter(None, map(parse_area, parser.merges)):
                self._widen(area)
            parser.merges.clear()
        self._filters += [ref for _, ref in parser.filters]
        parser.filters.clear()
        if len(self._filters) > _MAX_FILTERS:
            raise parser.hostile(f"has more than {_MAX_FILTERS:,} filters")
        return below

    def finish(self) -> Row:
        """Return the header of a sheet of which nothing more is taken.

        Raises:
            WorkbookFaultError: there is none.
        """
        self._choose_header()
        if self._header_row is not None and (self.header is None or self.header.number != self._header_row):
            raise WorkbookFaultError(
                f"its row {self._header_row} is empty; name the row with the columns by `header_row`"
            )
        if self.header is None:
            raise WorkbookFaultError("its sheet is empty; put a header and rows into it, or name another sheet")
        return self.header

    def survey(self) -> Survey:
        """Return what is known of the sheet, all of whose rows were taken.

        Raises:
            WorkbookFaultError: there is no header.
        """
        header = self.finish()
        used = Area(1, header.number, self.last_column, self._last_row)
        return Survey(header.cells, header.last_style, self._num_rows, used, tuple(self._filters))

    def _take_row(self, row: Row) -> list[Row]:
        self.last_column = max(self.last_column, row.last_used)
        if self.header is not None:
            if row.number > self.header.number:
                self._take_below(row)
                return [row]
            self._last_row = row.number
        elif row.number >= (self._header_row or 1) and (self._first_rows or not _is_blank(row)):
            self._first_rows.append(row)
            self._room -= _weight(row)
            if self._header_row is not None or len(self._first_rows) > MOST_TITLE_ROWS or self._room <= 0:
                return self._choose_header()
        return []

    def _take_below(self, row: Row) -> None:
        self._last_row = row.number
        self._num_rows += 1
        if not self.has_sample:
            self.sample.append(row)
            self._room -= _weight(row)

    def _choose_header(self) -> list[Row]:
        """Choose among the first rows, unless that is done; return those below."""
        filled = [row for row in self._first_rows if not _is_blank(row)]
        if self.header is not None or not filled:
            return []
        self.header = filled[self._find_header(filled)]
        self._last_row = self.header.number
        self._room = MAX_SAMPLE_CHARACTERS
        below = [row for row in self._first_rows if row.number > self.header.number]
        self._first_rows.clear()
        for row in below:
            self._take_below(row)
        return below

    def _widen(self, area: Area) -> None:
        """Reach over merged cells: what is written under them is not seen."""
        is_within = self.header and area.first_row <= self._last_row and self.header.number <= area.last_row
        if is_within and area.first_column <= self.last_column:
            self.last_column = max(self.last_column, area.last_column)


def _weight(row: Row) -> int:
    return sum(CHARACTERS_PER_CELL + len(cell.value or "") for cell in row.cells.values())


def _is_blank(row: Row) -> bool:
    return all(is_blank(cell) and not cell.is_formula for cell in row.cells.values())
