"""A sheet of a workbook as a table whose texts are read and to which answers are added."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from sentiment.errors import DataError
from sentiment.tables.columns.header import MOST_TITLE_ROWS, header_position
from sentiment.tables.table import Cell
from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.markup.parsing import Edit, edited, to_utf8
from sentiment.tables.xlsx.reading.cells import StoredCell, cell_text, is_uncalculated
from sentiment.tables.xlsx.reading.list_objects import read_list_objects, with_columns
from sentiment.tables.xlsx.reading.package import Package
from sentiment.tables.xlsx.reading.references import MAX_COLUMNS, Area
from sentiment.tables.xlsx.reading.rows import Row, SheetParser
from sentiment.tables.xlsx.reading.strings import SharedStrings, read_strings
from sentiment.tables.xlsx.reading.survey import Survey, first_rows, survey_sheet
from sentiment.tables.xlsx.reading.workbook import SheetParts, find_sheet
from sentiment.tables.xlsx.writing.filter_names import with_wider_filters
from sentiment.tables.xlsx.writing.insertion import insert_cells
from sentiment.tables.xlsx.writing.widening import plan_widening
from sentiment.tables.xlsx.writing.zip_writing import write_package

_SAMPLE_CHARACTERS = 1 << 22
_CHARACTERS_PER_CELL = 64  # what a cell weighs, however short its text
_MAX_HEADER_CHARACTERS = 1 << 22
_CALCULATE = "open the file in a spreadsheet program and save it first"


def _drop(_note: str) -> None:
    """Hear a note and do nothing."""


class XlsxTable:
    """The rows of a sheet that have a value; the first of them is the header.

    To open one parses the whole sheet, so that a damaged file is found out before a model works on it for an hour.

    Attributes:
        name: the path, for messages.
        columns: what the header says from column A to the last with a value in any row; "" for an empty cell.
        num_rows: below the header.
        sheet: its title.
        visible_sheets: titles of all visible sheets of the workbook.
    """

    def __init__(
        self,
        path: Path,
        sheet: str | None = None,
        notify: Callable[[str], None] = _drop,
        header_row: int | None = None,
    ) -> None:
        """Read through the sheet that is called so, or through the first visible one.

        Args:
            path: of the file.
            sheet: the title of a sheet; None for the first visible one.
            notify: hears of formulas without values, and of titles above the header.
            header_row: number of the row that names the columns; None to find it.

        Raises:
            DataError: the file is damaged, no workbook, or has no such sheet.
            OutputError: there is no room for a temporary file.
        """
        self._path = path
        self._wanted = sheet
        self._notify = notify
        self.name = str(path)
        with self._open() as (package, parts):
            self.sheet = parts.title
            self.visible_sheets = parts.visible
            self._strings = _shared_strings(package, parts)
            self._is_calculated_on_opening = parts.is_calculated_on_opening
            part = parts.sheet.info.filename
            if header_row is None:
                header_row = self._row_below_titles(first_rows(part, package.chunks(parts.sheet), MOST_TITLE_ROWS + 1))
            self._survey = survey_sheet(part, package.chunks(parts.sheet), header_row)
            self.columns: Sequence[str] = _header(self._survey, self._strings)
            self._list_objects = read_list_objects(package, parts.list_objects)
        self.num_rows: int = self._survey.num_rows
        if any(map(self._is_uncalculated, self._survey.header.values())):
            self._notify(f"{self.name}: the header holds formulas whose values are not stored; {_CALCULATE}")

    def _row_below_titles(self, rows: Sequence[Row]) -> int | None:
        """Return the number of the header where titles stand above it, and say so."""
        position = 0
        with suppress(WorkbookFaultError):  # told where the whole sheet is read
            position = header_position([[self._text(cell) or "" for cell in row.cells.values()] for row in rows])
        if not position:
            return None
        self._notify(f"{self.name}: the columns are named in row {rows[position].number} (--header-row names another)")
        return rows[position].number

    def texts(self, column: int) -> Iterator[str | None]:
        """Yield the text of every row in order: numbers as they are written, TRUE and FALSE, stored values of formulas.

        None stands for an empty cell, an error such as #N/A, one in the row of totals of a list object, and a formula
        whose value is not stored; `notify` hears at the end how many of these there are.

        Raises:
            DataError: the file is damaged.
        """
        return (text for (text,) in self.cells([column]))

    def cells(self, columns: Sequence[int]) -> Iterator[list[str | None]]:
        """Yield the texts of several columns row by row, each as `texts` has it.

        Raises:
            DataError: the file is damaged.
        """
        uncalculated = Counter[int]()
        with self._open() as (package, parts):
            for row in self._rows(package, parts, {column + 1 for column in columns}):
                cells = [row.cells.get(column + 1) for column in columns]
                texts = [cell and self._text(cell) for cell in cells]
                if None in texts:
                    uncalculated.update(column for column, cell in row.cells.items() if self._is_uncalculated(cell))
                yield texts
        for column, number in uncalculated.items():
            self._notify(
                f"{self.name}: column {self.columns[column - 1]!r}: {number:,} rows with a formula whose value is not "
                f"stored count as empty; {_CALCULATE}"
            )

    def sample(self, num_rows: int) -> list[list[str | None]]:
        """Return the first rows, of all columns; fewer where they are very wide or long.

        Raises:
            DataError: the file is damaged.
        """
        sample: list[list[str | None]] = []
        room = _SAMPLE_CHARACTERS
        with self._open() as (package, parts):
            for row in islice(self._rows(package, parts, kept=None), num_rows):
                texts: list[str | None] = [None] * len(self.columns)
                for column, cell in row.cells.items():
                    with suppress(WorkbookFaultError):  # in a column that may not be the one with the texts
                        texts[column - 1] = self._text(cell)
                    room -= _CHARACTERS_PER_CELL + len(texts[column - 1] or "")
                    if room <= 0:
                        return sample or [texts]
                sample.append(texts)
        return sample

    def _rows(self, package: Package, parts: SheetParts, kept: Collection[int] | None) -> Iterator[Row]:
        """Yield the rows below the header with the cells of some columns, counted from 1, or of all."""
        totals = defaultdict[int, list[Area]](list)
        for list_object in self._list_objects:
            if list_object.has_totals:
                totals[list_object.area.last_row].append(list_object.area)
        parser = SheetParser(parts.sheet.info.filename, kept, first_free=self._survey.used.last_column + 1)
        for chunk in to_utf8(package.chunks(parts.sheet))[1]:
            parser.feed(chunk)
            for row in parser.rows:
                for area in totals.get(row.number, ()):
                    row.cells = {column: cell for column, cell in row.cells.items() if not area.has_column(column)}
                if row.number > self._survey.used.first_row:
                    yield row
            parser.rows.clear()
        parser.feed(b"", is_final=True)

    def _text(self, cell: StoredCell) -> str | None:
        return None if self._is_uncalculated(cell) else cell_text(cell, self._strings)

    def _is_uncalculated(self, cell: StoredCell) -> bool:
        return is_uncalculated(cell, is_calculated_on_opening=self._is_calculated_on_opening)

    def write_answered(
        self, file: BinaryIO, names: Sequence[str], answers: Iterable[Sequence[Cell]], text_column: int
    ) -> None:
        """Write the workbook with one column more for each of `names`, right of all others; the rest keeps its bytes.

        Filters and list objects over the texts reach as far as the answers, so that who sorts by them keeps rows
        whole; `notify` hears of those that cannot.

        Raises:
            DataError: the sheet has no room for the columns, or the file is damaged.
            ValueError: there are not as many answers as rows.
        """
        room = MAX_COLUMNS - self._survey.used.last_column
        if len(names) > room:
            raise DataError(
                f"{self.name}: has room for {room} columns more, not for {len(names)}; "
                "delete columns, or save the sheet as CSV"
            )
        with self._open() as (package, parts):
            plan = plan_widening(self._survey, self.columns, self._list_objects, text_column + 1, names)
            for fault in plan.faults:
                self._notify(f"{self.name}: {fault}")
            sheet, workbook = parts.sheet.info.filename, parts.workbook.info.filename
            edits: dict[str, Edit] = {sheet: partial(insert_cells, sheet, self._survey, plan.filters, names, answers)}
            if plan.filters:
                edits[workbook] = partial(with_wider_filters, workbook, parts.index, plan.filters)
            for list_object, added in plan.list_objects:
                edits[list_object.part] = partial(with_columns, list_object, added)
            members = {member.info.filename: member for member in package.members}
            replaced = {part: edited(package.chunks(members[part]), edit) for part, edit in edits.items()}
            write_package(package, file, replaced)

    @contextmanager
    def _open(self) -> Iterator[tuple[Package, SheetParts]]:
        try:
            with Package.open(self._path) as package:
                yield package, find_sheet(package, self._wanted)
        except WorkbookFaultError as error:
            raise DataError(f"{self.name}: {error}") from error


def _header(survey: Survey, strings: SharedStrings) -> list[str]:
    columns = [""] * survey.used.last_column
    room = _MAX_HEADER_CHARACTERS
    for column, cell in survey.header.items():
        columns[column - 1] = cell_text(cell, strings) or ""
        room -= len(columns[column - 1])
        if room < 0:
            raise WorkbookFaultError(
                f"its header, row {survey.used.first_row}, holds more than {_MAX_HEADER_CHARACTERS:,} characters; "
                "put a row with names of the columns above the rows"
            )
    return columns


def _shared_strings(package: Package, parts: SheetParts) -> SharedStrings:
    if parts.strings is None:
        return SharedStrings("", ())
    part = parts.strings.info.filename
    return SharedStrings(part, read_strings(part, package.chunks(parts.strings)))
