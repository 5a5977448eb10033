"""A sheet of a workbook as a table: read its texts, and add predictions."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sentiment.callbacks import Notify
from sentiment.errors import DataError
from sentiment.tables.columns.finding import refuse_taken_names
from sentiment.tables.columns.header import LONGEST_NAME, REPEATED_HEADER, header_position
from sentiment.tables.columns.names import exact_key
from sentiment.tables.table import AnswerType, Cell, TableRow
from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.markup.parsing import Edit, edited, to_utf8
from sentiment.tables.xlsx.reading.cells import StoredCell, cell_text, is_uncalculated
from sentiment.tables.xlsx.reading.list_objects import read_list_objects, with_columns
from sentiment.tables.xlsx.reading.merged import MergedCells
from sentiment.tables.xlsx.reading.numbers import read_number_styles
from sentiment.tables.xlsx.reading.package import Package
from sentiment.tables.xlsx.reading.references import MAX_COLUMNS, Area
from sentiment.tables.xlsx.reading.rows import Row, SheetParser
from sentiment.tables.xlsx.reading.strings import SpooledTexts, read_strings
from sentiment.tables.xlsx.reading.survey import CHARACTERS_PER_CELL, MAX_SAMPLE_CHARACTERS, Survey, Surveyor
from sentiment.tables.xlsx.reading.workbook import SheetParts, find_sheet
from sentiment.tables.xlsx.writing.filter_names import with_wider_filters
from sentiment.tables.xlsx.writing.insertion import insert_cells
from sentiment.tables.xlsx.writing.widening import plan_widening
from sentiment.tables.xlsx.writing.zip_writing import write_package

_MAX_HEADER_CHARACTERS = 1 << 22
_CALCULATE = "open the file in a spreadsheet program and save it first"


def _drop(_note: str) -> None:
    """Ignore a note."""


class XlsxTable:
    """The rows of a sheet that have a value; the first of them is the header.

    Opening one reads only its first rows. Any further reading parses the whole sheet before it yields a row, so that a
    damaged file is detected before a model works on it for an hour.

    Attributes:
        name: the path, for messages.
        columns: the header, from column A to the last with a value in any row read so far; "" for an empty cell.
        sheet: its title.
        visible_sheets: titles of all visible sheets of the workbook.
    """

    is_typed = False

    def __init__(
        self, path: Path, sheet: str | None = None, notify: Notify = _drop, header_row: int | None = None
    ) -> None:
        """Open the sheet with this title, or the first visible one.

        Args:
            path: of the file.
            sheet: the title of a sheet; None for the first visible one.
            notify: gets notes on formulas without values, and on titles above the header.
            header_row: number of the row that names the columns; auto-detected if None.

        Raises:
            DataError: the file is damaged, not a workbook, or has no such sheet.
            OutputError: there is no space for a temporary file.
        """
        self._path = path
        self._wanted = sheet
        self._notify = notify
        self.name = str(path)
        self.repeated_headers: list[str] = []
        self._survey: Survey | None = None
        with self._open() as (package, parts):
            self.sheet = parts.title
            self.visible_sheets = parts.visible
            self._strings = _shared_strings(package, parts)
            self._styles = read_number_styles(package, parts.styles, is_from_1904=parts.is_from_1904)
            self._is_calculated_on_opening = parts.is_calculated_on_opening
            surveyor = self._look(package, parts, header_row)
            self._header, self._sample = surveyor.header, surveyor.sample
            self.columns = self._names(surveyor.last_column)
            self._list_objects = read_list_objects(package, parts.list_objects)
        self._totals = defaultdict[int, list[Area]](list)
        for list_object in self._list_objects:
            if list_object.has_totals:
                self._totals[list_object.area.last_row].append(list_object.area)
        if any(map(self._is_uncalculated, self._header.cells.values())):
            self._notify(f"{self.name}: the header contains formulas whose values are not stored; {_CALCULATE}")

    def _look(self, package: Package, parts: SheetParts, header_row: int | None) -> Surveyor:
        """Read the header and the first rows below it, which may be all of a small sheet."""
        surveyor = Surveyor(None, header_row, self._find_header)
        parser = SheetParser(parts.sheet.filename, kept=None)
        for chunk in to_utf8(package.chunks(parts.sheet))[1]:
            parser.feed(chunk)
            surveyor.take(parser)
            if surveyor.has_sample:
                return surveyor
        parser.feed(b"", is_final=True)
        self._survey = surveyor.survey()
        return surveyor

    def _find_header(self, rows: Sequence[Row]) -> int:
        """Return the position of the header, and notify if there are titles above it."""
        position = 0
        with suppress(WorkbookFaultError):  # raised when the cell is read
            position = header_position([[self._name(cell) for cell in row.cells.values()] for row in rows])
        if position:
            self._notify(
                f"{self.name}: the column names are in row {rows[position].number} (`header_row` chooses another)"
            )
        return position

    def _name(self, cell: StoredCell) -> str:
        """Return the text of a possible column name, or enough of it to see that it is not one."""
        if self._is_uncalculated(cell):
            return ""
        return cell_text(cell, self._strings, self._styles, LONGEST_NAME + 1) or ""

    def _names(self, last_column: int) -> list[str]:
        columns = [""] * last_column
        room = _MAX_HEADER_CHARACTERS
        for column, cell in self._header.cells.items():
            columns[column - 1] = cell_text(cell, self._strings, self._styles) or ""
            room -= len(columns[column - 1])
            if room < 0:
                raise WorkbookFaultError(
                    f"its header, row {self._header.number}, contains more than {_MAX_HEADER_CHARACTERS:,} "
                    "characters; add a row of column names above the rows"
                )
        return columns

    @property
    def num_rows(self) -> int:
        """Number of rows below the header; requires reading the whole sheet.

        Raises:
            DataError: the file is damaged.
        """
        return self._surveyed().num_rows

    def texts(self, column: int) -> Iterator[str | None]:
        """Return the text of every row in order: numbers, dates in ISO 8601, TRUE and FALSE, values of formulas.

        It is None for an empty cell, an error such as #N/A, a cell in the totals row of a list object or in a repeated
        header, and a formula whose value is not stored; `notify` gets the number of these formulas. The whole sheet is
        read first.

        Raises:
            DataError: the file is damaged.
            OutputError: there is no room for a temporary file.
        """
        is_missing = bytearray()
        like_header: dict[int, int] = {}

        def found() -> Iterator[str]:
            for number, (text,) in self._cells([column]):
                if text == self.columns[column]:
                    like_header[number] = len(is_missing)
                is_missing.append(text is None)
                yield text or ""

        texts = SpooledTexts(self.name, found())
        for number in self._repeated_headers(like_header):
            is_missing[like_header[number]] = True
        return (None if is_none else texts[row] for row, is_none in enumerate(is_missing))

    def _repeated_headers(self, numbers: Collection[int]) -> list[int]:
        """Return which of these rows repeat the header in all columns; this reads the sheet again."""
        keys = list(map(exact_key, self.columns))
        repeated = []
        if numbers:
            with self._open() as (package, parts):
                for row in self._read(package, parts, range(1, len(keys) + 1)):
                    if row.number in numbers:
                        cells = [row.cells.get(column + 1) for column in range(len(keys))]
                        if [exact_key((cell and self._text(cell)) or "") for cell in cells] == keys:
                            repeated.append(row.number)
        if repeated:
            self._notify(f"{self.name}: row {repeated[0]:,}: {REPEATED_HEADER}")
        return repeated

    def rows(self, text_column: int, others: Sequence[int] = ()) -> Iterator[TableRow]:
        """Yield text and other cells of each row, each as in `texts`, without repeated headers.

        A merged text is that of its first row; another merged cell is that of each of its rows.

        Raises:
            DataError: the file is damaged.
        """
        merged = MergedCells(self._surveyed().merged if others else (), [column + 1 for column in others])
        columns = [text_column, *others]
        names = [self.columns[column] for column in columns]
        for number, cells in self._cells(columns):
            where = f"{self.name}: row {number:,}"
            if cells == names:
                self.repeated_headers.append(where)
            else:
                yield TableRow(where, cells[0], merged.fill(number, cells[1:]))

    def sample(self) -> list[list[str | None]]:
        """Return the first rows, with all columns; fewer if they are very wide or long."""
        sample: list[list[str | None]] = []
        room = MAX_SAMPLE_CHARACTERS
        for row in map(self._without_totals, self._sample):
            texts: list[str | None] = [None] * len(self.columns)
            for column, cell in row.cells.items():
                with suppress(WorkbookFaultError):  # in a column that may not be the text column
                    texts[column - 1] = self._text(cell)
                room -= CHARACTERS_PER_CELL + len(texts[column - 1] or "")
                if room <= 0:
                    return sample or [texts]
            sample.append(texts)
        return sample

    def _cells(self, columns: Sequence[int]) -> Iterator[tuple[int, list[str | None]]]:
        """Yield the number of each row and its texts in some columns; finally notify of formulas without values."""
        uncalculated = Counter[int]()
        with self._open() as (package, parts):
            for row in self._read(package, parts, {column + 1 for column in columns}):
                cells = [row.cells.get(column + 1) for column in columns]
                texts = [cell and self._text(cell) for cell in cells]
                if None in texts:
                    uncalculated.update(column for column, cell in row.cells.items() if self._is_uncalculated(cell))
                yield row.number, texts
        for column, number in uncalculated.items():
            self._notify(
                f"{self.name}: column {self.columns[column - 1]!r}: {number:,} rows with a formula whose value is not "
                f"stored count as empty; {_CALCULATE}"
            )

    def _read(self, package: Package, parts: SheetParts, kept: Collection[int]) -> Iterator[Row]:
        """Yield the rows below the header with the cells of some columns, counted from 1, and survey the sheet."""
        surveyor = Surveyor(self._header)
        parser = SheetParser(parts.sheet.filename, kept)
        for chunk in to_utf8(package.chunks(parts.sheet))[1]:
            parser.feed(chunk)
            yield from map(self._without_totals, surveyor.take(parser))
        parser.feed(b"", is_final=True)
        self._survey = surveyor.survey()
        self.columns += [""] * (surveyor.last_column - len(self.columns))

    def _surveyed(self) -> Survey:
        """Read the whole sheet, if not done yet."""
        while self._survey is None:
            with self._open() as (package, parts):
                deque(self._read(package, parts, ()), maxlen=0)
        return self._survey

    def _without_totals(self, row: Row) -> Row:
        """Return a row without cells in the totals row of a list object."""
        for area in self._totals.get(row.number, ()):
            row.cells = {column: cell for column, cell in row.cells.items() if not area.has_column(column)}
        return row

    def _text(self, cell: StoredCell) -> str | None:
        return None if self._is_uncalculated(cell) else cell_text(cell, self._strings, self._styles)

    def _is_uncalculated(self, cell: StoredCell) -> bool:
        return is_uncalculated(cell, is_calculated_on_opening=self._is_calculated_on_opening)

    def check_new_columns(self, names: Sequence[str]) -> None:
        """Check that no column has one of these names.

        Raises:
            DataError: one has.
        """
        refuse_taken_names(self.name, self.columns, names)

    def write_answered(
        self, file: BinaryIO, types: Mapping[str, AnswerType], answers: Iterable[Sequence[Cell]], text_column: int
    ) -> None:
        """Write the workbook with a column for each of `types` added on the right; other bytes are unchanged.

        Filters and list objects over the texts are extended over the answers, so that sorting keeps rows whole;
        `notify` gets notes on those that cannot be extended.

        Raises:
            DataError: the sheet has no room for the columns, or the file is damaged.
            ValueError: the number of answers differs from that of the rows.
        """
        names, survey = [*types], self._surveyed()
        room = MAX_COLUMNS - survey.used.last_column
        if len(names) > room:
            raise DataError(
                f"{self.name}: has room for {room} more columns, not for {len(names)}; "
                "delete columns, or save the sheet as CSV"
            )
        with self._open() as (package, parts):
            plan = plan_widening(survey, self.columns, self._list_objects, text_column + 1, names)
            for fault in plan.faults:
                self._notify(f"{self.name}: {fault}")
            sheet, workbook = parts.sheet.filename, parts.workbook.filename
            edits: dict[str, Edit] = {sheet: partial(insert_cells, sheet, survey, plan.filters, names, answers)}
            if plan.filters:
                edits[workbook] = partial(with_wider_filters, workbook, parts.index, plan.filters)
            for list_object, added in plan.list_objects:
                edits[list_object.part] = partial(with_columns, list_object, added)
            members = {member.filename: member for member in package.members}
            replaced = {part: edited(package.chunks(members[part]), edit) for part, edit in edits.items()}
            write_package(package, file, replaced)

    @contextmanager
    def _open(self) -> Iterator[tuple[Package, SheetParts]]:
        try:
            with Package.open(self._path) as package:
                yield package, find_sheet(package, self._wanted)
        except WorkbookFaultError as error:
            raise DataError(f"{self.name}: {error}") from error


def _shared_strings(package: Package, parts: SheetParts) -> SpooledTexts:
    if parts.strings is None:
        return SpooledTexts("", ())
    part = parts.strings.filename
    return SpooledTexts(part, read_strings(part, package.chunks(parts.strings)))
