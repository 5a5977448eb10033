"""A sheet of a workbook as a table whose texts are read and to which answers are added."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from sentiment.errors import DataError
from sentiment.tables.stored import Cell
from sentiment.tables.xlsx.cells import cell_text, shared_index
from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.insertion import insert_cells
from sentiment.tables.xlsx.markup import to_utf8, transcoded
from sentiment.tables.xlsx.package import Package
from sentiment.tables.xlsx.references import MAX_COLUMNS
from sentiment.tables.xlsx.rows import SheetParser
from sentiment.tables.xlsx.strings import SharedStrings, pick_strings, read_strings
from sentiment.tables.xlsx.survey import Survey, survey_sheet
from sentiment.tables.xlsx.workbook import SheetParts, find_sheet
from sentiment.tables.xlsx.zip_writing import write_package


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

    def __init__(self, path: Path, sheet: str | None = None) -> None:
        """Read through the sheet that is called so, or through the first visible one.

        Raises:
            DataError: the file is damaged, no workbook, or has no such sheet.
        """
        self._path = path
        self._wanted = sheet
        self.name = str(path)
        with self._open() as (package, parts):
            self.sheet = parts.title
            self.visible_sheets = parts.visible
            self._survey = survey_sheet(parts.sheet.info.filename, package.chunks(parts.sheet))
            self.columns: Sequence[str] = _header(package, parts, self._survey)
        self.num_rows: int = self._survey.num_rows

    def texts(self, column: int) -> Iterator[str | None]:
        """Yield the text of every row in order: numbers as they are written, TRUE and FALSE, cached values of formulas.

        None stands for an empty cell, an error such as #N/A, and a formula whose value was never calculated.

        Raises:
            DataError: the file is damaged.
        """
        kept = column + 1
        with self._open() as (package, parts), closing(_shared_strings(package, parts)) as strings:
            parser = SheetParser(parts.sheet.info.filename, kept={kept})
            is_header = True
            for chunk in to_utf8(package.chunks(parts.sheet))[1]:
                parser.feed(chunk)
                for row in parser.rows:
                    if not is_header:
                        cell = row.cells.get(kept)
                        yield cell_text(cell, strings) if cell else None
                    is_header = False
                parser.rows.clear()
            parser.feed(b"", is_final=True)

    def write_answered(self, file: BinaryIO, names: Sequence[str], answers: Iterable[Sequence[Cell]]) -> None:
        """Write the workbook with one column more for each of `names`, right of all others; the rest keeps its bytes.

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
            encoding, chunks = to_utf8(package.chunks(parts.sheet))
            pieces = insert_cells(parts.sheet.info.filename, chunks, self._survey, names, answers)
            if encoding != "utf-8":
                pieces = transcoded(pieces, "utf-8", encoding)
            write_package(package, file, parts.sheet, pieces)

    @contextmanager
    def _open(self) -> Iterator[tuple[Package, SheetParts]]:
        try:
            with Package.open(self._path) as package:
                yield package, find_sheet(package, self._wanted)
        except WorkbookFaultError as error:
            raise DataError(f"{self.name}: {error}") from error


def _header(package: Package, parts: SheetParts, survey: Survey) -> list[str]:
    indices = {column: shared_index(cell) for column, cell in survey.header.items()}
    wanted = {index for index in indices.values() if index is not None}
    strings = {}
    if parts.strings:
        part = parts.strings.info.filename
        strings = pick_strings(read_strings(part, package.chunks(parts.strings)), wanted)
    cells = {column: cell_text(cell, strings) for column, cell in survey.header.items()}
    return [cells.get(column) or "" for column in range(1, survey.used.last_column + 1)]


def _shared_strings(package: Package, parts: SheetParts) -> SharedStrings:
    if parts.strings is None:
        return SharedStrings("", ())
    part = parts.strings.info.filename
    return SharedStrings(part, read_strings(part, package.chunks(parts.strings)))
