"""Survey a streamed sheet: its header, its number of rows, and its last column."""

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
"""Minimum cost of a cell, however short its text."""

MAX_SAMPLE_CHARACTERS = 1 << 22
"""Of the rows that are looked at."""


@dataclass(frozen=True)
class Survey:
    """Information on a fully parsed sheet.

    Attributes:
        header: the cells of the row that names the columns, by column from 1.
        header_style: of its last cell.
        num_rows: number of rows with values below the header.
        used: the area from the header to the last row, and from the first column to the last with a value.
        filters: references of the ranges of filters and of sorts.
        merged: the merged cells that span rows below the header.
    """

    header: dict[int, StoredCell]
    header_style: str | None
    num_rows: int
    used: Area
    filters: tuple[str, ...]
    merged: tuple[Area, ...]


class Surveyor:
    """Collects the output of a parser, chunk by chunk.

    Attributes:
        sample: the first rows below the header.
        last_column: the last one with a value so far.
    """

    def __init__(
        self,
        header: Row | None = None,
        header_row: int | None = None,
        find_header: Callable[[Sequence[Row]], int] = lambda _rows: 0,
    ) -> None:
        """Start a sheet.

        Args:
            header: the row that names the columns; None if it is not known yet.
            header_row: its number, if it was given.
            find_header: returns its position among the first non-blank rows.
        """
        self.sample: list[Row] = []
        self.last_column = 0
        self._header = header
        self._header_row = header_row
        self._find_header = find_header
        self._first_rows: list[Row] = []
        self._room = MAX_SAMPLE_CHARACTERS
        self._last_row = self._num_rows = 0
        self._filters: list[str] = []
        self._merged: list[Area] = []

    @property
    def header(self) -> Row:
        """The row that names the columns, once enough rows were read to determine it, or all.

        Raises:
            WorkbookFaultError: there is none.
        """
        self._choose_header()
        if self._header_row is not None and (self._header is None or self._header.number != self._header_row):
            raise WorkbookFaultError(
                f"its row {self._header_row} is empty; set the row of the column names with `header_row`"
            )
        if self._header is None:
            raise WorkbookFaultError("its sheet is empty; add a header and rows, or choose another sheet")
        return self._header

    @property
    def has_sample(self) -> bool:
        """Whether the sample is complete."""
        return self._header is not None and (len(self.sample) == SAMPLE_ROWS or self._room <= 0)

    def take(self, parser: SheetParser) -> list[Row]:
        """Take the rows from a parser; return those below the header, if it was known before.

        Raises:
            WorkbookFaultError: the sheet is hostile.
        """
        below = [row for row in parser.rows if self._is_below(row)]
        parser.rows.clear()
        if parser.merges:  # after all rows
            self._choose_header()
            for area in filter(None, map(parse_area, parser.merges)):
                self._take_merged(area)
            parser.merges.clear()
        self._filters += [ref for _, ref in parser.filters]
        parser.filters.clear()
        if len(self._filters) > _MAX_FILTERS:
            raise parser.hostile(f"has more than {_MAX_FILTERS:,} filters")
        return below

    def survey(self) -> Survey:
        """Return the information on the sheet, after all rows were read.

        Raises:
            WorkbookFaultError: there is no header.
        """
        header = self.header
        used = Area(1, header.number, self.last_column, max(header.number, self._last_row))
        filters, merged = tuple(self._filters), tuple(self._merged)
        return Survey(header.cells, header.last_style, self._num_rows, used, filters, merged)

    def _is_below(self, row: Row) -> bool:
        """Take a row, and return whether it is below the header."""
        self.last_column = max(self.last_column, row.last_used)
        if self._header is not None:
            return self._take_below(row)
        if row.number >= (self._header_row or 1) and (self._first_rows or not _is_blank(row)):
            self._first_rows.append(row)
            self._room -= _weight(row)
            if self._header_row is not None or len(self._first_rows) > MOST_TITLE_ROWS or self._room <= 0:
                self._choose_header()
        return False

    def _take_below(self, row: Row) -> bool:
        if self._header is None or row.number <= self._header.number:
            return False
        self._last_row = row.number
        self._num_rows += 1
        if not self.has_sample:
            self.sample.append(row)
            self._room -= _weight(row)
        return True

    def _choose_header(self) -> None:
        """Choose the header among the first rows, unless that is done."""
        filled = [row for row in self._first_rows if not _is_blank(row)]
        if self._header is None and filled:
            self._header = filled[self._find_header(filled)]
            self._room = MAX_SAMPLE_CHARACTERS
            for row in self._first_rows:
                self._take_below(row)
            self._first_rows.clear()

    def _take_merged(self, area: Area) -> None:
        """Keep merged cells, and extend the used area over them: content below them would be invisible."""
        header, last_row = self._header, self._last_row
        if header and header.number < area.first_row < area.last_row:
            self._merged.append(area)
        if header and header.number <= area.last_row and area.first_row <= max(header.number, last_row):
            self.last_column = max(self.last_column, area.last_column if area.first_column <= self.last_column else 0)


def _weight(row: Row) -> int:
    return sum(CHARACTERS_PER_CELL + len(cell.value or "") for cell in row.cells.values())


def _is_blank(row: Row) -> bool:
    return all(is_blank(cell) and not cell.is_formula for cell in row.cells.values())
