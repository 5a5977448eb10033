"""The rows of a streamed sheet: the content of their cells, and the bytes at which cells can be added."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.markup.cell_text import CellTextMarkup
from sentiment.tables.xlsx.markup.names import ELEMENTS
from sentiment.tables.xlsx.reading.cells import StoredCell
from sentiment.tables.xlsx.reading.references import MAX_COLUMNS, MAX_ROWS, column_number

_MAX_ROW_BYTES = 64 << 20


class EmptyCell(NamedTuple):
    """A cell without a value: its column, its first byte, and its style."""

    column: int
    start: int
    style: str | None


@dataclass(slots=True)
class Row:
    """A row with at least one value.

    Attributes:
        number: as shown to the user, from 1.
        start: the first byte of its tag.
        end: the byte after its last cell, where another one can be inserted.
        has_spans: whether the tag gives the range of columns.
        last_used: the last column with a value.
        last_style: of the cell in it.
        cells: the cells with a value in the kept columns.
        empty: the cells from the first free column on.
    """

    number: int
    start: int
    has_spans: bool
    end: int = 0
    last_used: int = 0
    last_style: str | None = None
    cells: dict[int, StoredCell] = field(default_factory=dict)
    empty: list[EmptyCell] = field(default_factory=list)


class SheetParser(CellTextMarkup):
    """Collects the rows of a sheet that have values. A row without any is not a row of the table.

    Attributes:
        rows: the complete ones; the caller that feeds the parser removes them.
        merges: references of merged cells, removed likewise.
        filters: the first byte of the tag of a filter or sort, and its reference, removed likewise.
        dimension: the first byte of the tag with the used range, if there is one before the rows.
        row: the open one.
    """

    def __init__(self, part: str, kept: Collection[int] | None, first_free: int = MAX_COLUMNS + 1) -> None:
        """Start a sheet.

        Args:
            part: its name, for messages.
            kept: the columns, from 1, whose cells are needed; None for all, with long texts cut.
            first_free: the first column, from 1, that has no value in any row.
        """
        super().__init__(part, cuts_texts=kept is None)
        self.rows: list[Row] = []
        self.merges: list[str] = []
        self.filters: list[tuple[int, str]] = []
        self.dimension: int | None = None
        self.row: Row | None = None
        self._first_free = first_free
        self._section: str | None = None
        self._is_behind_rows = False
        self._last_row = 0
        self._column = 0
        self._columns: dict[str, int] = {}
        self._is_cell = self._is_kept = self._is_behind_cells = False
        self._cell: dict[str, str] = {}
        self._cell_start = 0
        self._child = self._run = ""
        self._is_used = self._has_value = self._has_formula = False
        self._is_numbered = True
        self._kept = kept
        self.expat.CharacterDataHandler = self.take if kept is None or kept else None

    def feed(self, data: bytes, *, is_final: bool = False) -> None:
        """Parse the next bytes, which are UTF-8.

        Raises:
            WorkbookFaultError: they are not well-formed, or hostile.
        """
        super().feed(data, is_final=is_final)
        if self.row and self.position - self.row.start > _MAX_ROW_BYTES:
            raise self.hostile(f"has a row of more than {_MAX_ROW_BYTES >> 20} MiB")

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        """Handle the start of an element."""
        depth = self.depth = self.depth + 1
        element = ELEMENTS.get(name)
        if self.row is None:
            self._start_outside(depth, element, attributes)
        elif depth == 4:
            if element == "c":
                self._start_cell(attributes)
            elif not self._is_behind_cells:
                self._is_behind_cells = True
                self.row.end = self.position
        elif self._is_cell:
            self._start_in_cell(depth, element)

    def end(self, _name: str, /) -> None:
        """Handle the end of an element."""
        depth = self.depth
        self.depth = depth - 1
        if self.row is None:
            return
        if depth >= 5:
            self.is_text = False
        elif depth == 4:
            if self._is_cell:
                self._end_cell()
        elif depth == 3:
            self._end_row()

    def _start_outside(self, depth: int, element: str | None, attributes: dict[str, str]) -> None:
        if depth == 1 and element != "worksheet":
            raise WorkbookFaultError(
                f"{self.part} is not a sheet of cells; open the file in a spreadsheet program and save it again"
            )
        if depth == 2:
            self._start_section(element)
        if element in {"autoFilter", "sortState"} and self._is_behind_rows:
            self.filters.append((self.position, attributes.get("ref", "")))
        elif depth == 3 and element == "row" and self._section == "sheetData":
            self._start_row(attributes)
        elif depth == 3 and element == "mergeCell" and self._section == "mergeCells":
            self.merges.append(attributes.get("ref", ""))

    def _start_section(self, element: str | None) -> None:
        self._is_behind_rows = self._is_behind_rows or self._section == "sheetData"
        self._section = element
        if element == "sheetData" and self._is_behind_rows:
            raise self._damaged("rows at two places")
        if element == "dimension" and not self._is_behind_rows:
            self.dimension = self.position

    def _start_row(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r")
        self._is_numbered = given is not None
        self._last_row = self._row_number(given)
        self.row = Row(self._last_row, self.position, "spans" in attributes)
        self._column = 0
        self._is_behind_cells = False

    def _row_number(self, given: str | None) -> int:
        number = self._last_row + 1
        if given is not None:
            if not (given.isascii() and given.isdigit() and len(given) <= 7 and number <= int(given)):
                raise self._damaged(f"row {given[:20]!r} after row {self._last_row}")
            number = int(given)
        if number > MAX_ROWS:
            raise self._damaged(f"more than {MAX_ROWS:,} rows")
        return number

    def _number_by_cell(self, row: Row, digits: str) -> None:
        """Set the number of a row without one from its first cell, which may be further down."""
        self._is_numbered = True
        if digits and len(digits) <= 7 and int(digits) > row.number:
            row.number = self._last_row = self._row_number(digits)

    def _end_row(self) -> None:
        row, self.row = self.row, None
        if row and row.last_used:
            if not self._is_behind_cells:
                row.end = self.position
            self.rows.append(row)

    def _start_cell(self, attributes: dict[str, str]) -> None:
        column = self._column + 1
        if (reference := attributes.get("r")) is not None:
            letters = reference.rstrip("0123456789")
            known = self._columns.get(letters)
            if known is None:
                known = self._columns[letters] = self._parse_column(letters, reference)
            if not self._is_numbered and self.row:
                self._number_by_cell(self.row, reference[len(letters) :])
            if known < column:
                raise self._damaged(f"cell {reference[:20]!r} out of order")
            column = known
        if column > MAX_COLUMNS or self._is_behind_cells:
            raise self._damaged(f"cells of row {self._last_row} out of order or beyond the last column")
        self._column = column
        self._is_cell = True
        self._is_kept = self._kept is None or column in self._kept
        self._is_used = self._has_value = self._has_formula = False
        self._cell = attributes
        if column >= self._first_free:
            self._cell_start = self.position

    def _parse_column(self, letters: str, reference: str) -> int:
        column = column_number(letters)
        if column is None:
            raise self._damaged(f"cell {reference[:20]!r}")
        return column

    def _start_in_cell(self, depth: int, element: str | None) -> None:
        if depth == 5:
            self._child = element or ""
            self.is_text = self._is_kept and element == "v"
            self._is_used = self._is_used or element in {"v", "is", "f"}
            if element in {"v", "is"}:
                self._has_value = True
                self.begin_text()
            elif element == "f":
                self._has_formula = True
        elif depth == 6:
            self._run = element or ""
            self.is_text = self._is_kept and element == "t" and self._child == "is"
        else:
            in_run = depth == 7 and self._child == "is" and self._run == "r"
            self.is_text = self._is_kept and element == "t" and in_run

    def _end_cell(self) -> None:
        row, column = self.row, self._column
        self._is_cell = False
        if row is None:
            return
        if not self._is_used:
            if column >= self._first_free:
                row.empty.append(EmptyCell(column, self._cell_start, self._cell.get("s")))
            return
        if column >= self._first_free:
            raise self._damaged(f"other cells in row {row.number} than before")
        row.last_used, row.last_style = column, self._cell.get("s")
        if self._is_kept:
            value = self.text() if self._has_value else None
            row.cells[column] = StoredCell(self._cell.get("t", "n"), value, self._has_formula, row.last_style)

    def text_place(self) -> str:
        """Return the row of the cell, for messages."""
        return f"a cell of row {self._last_row}"

    def _damaged(self, fault: str) -> WorkbookFaultError:
        return WorkbookFaultError(f"{self.part} has {fault}; open the file in a spreadsheet program and save it again")
