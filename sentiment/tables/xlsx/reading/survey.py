"""A first look at a whole sheet: its header, how many rows follow, and how far to the right they reach."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.markup.parsing import to_utf8
from sentiment.tables.xlsx.reading.cells import StoredCell, is_blank
from sentiment.tables.xlsx.reading.references import Area, parse_area
from sentiment.tables.xlsx.reading.rows import Row, SheetParser

_MAX_FILTERS = 1_000


@dataclass(frozen=True)
class Survey:
    """What is known of a sheet once all of it was parsed.

    Attributes:
        header: the cells of the first row that holds more than blank cells, by column from 1.
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


def first_rows(part: str, chunks: Iterable[bytes], num_rows: int) -> list[Row]:
    """Return the first rows of a sheet that hold more than blank cells; fewer where the first is plainly no title."""
    parser = SheetParser(part, kept=None)
    with suppress(WorkbookFaultError):  # told where all of the sheet is read
        for chunk in to_utf8(chunks)[1]:
            parser.feed(chunk)
            if len(parser.rows) >= num_rows or (parser.rows and len(parser.rows[0].cells) > 1):
                break
    return [row for row in parser.rows if not _is_blank(row)][:num_rows]


def survey_sheet(part: str, chunks: Iterable[bytes], header_row: int | None = None) -> Survey:
    """Parse a sheet from its beginning to its end.

    Args:
        part: its name, for messages.
        chunks: its bytes.
        header_row: number of the row that names the columns; None for the first that holds more than blank cells.

    Raises:
        WorkbookFaultError: it is damaged, hostile, has no values, or none in that row.
    """
    parser = SheetParser(part, kept=None)
    header: Row | None = None
    last_row = last_column = num_rows = 0
    filters: list[str] = []
    for chunk in to_utf8(chunks)[1]:
        parser.feed(chunk)
        for row in parser.rows:
            last_column = max(last_column, row.last_used)
            if header is None:
                if row.number < (header_row or 1) or _is_blank(row):
                    continue
                header = row
                parser.keep(())
            last_row = row.number
            num_rows += 1
        parser.rows.clear()
        for reference in parser.merges:
            area = parse_area(reference)
            # What is written under merged cells is not seen.
            if header and area and area.first_row <= last_row and header.number <= area.last_row:
                last_column = max(last_column, area.last_column if area.first_column <= last_column else 0)
        parser.merges.clear()
        filters += [ref for _, ref in parser.filters]
        parser.filters.clear()
        if len(filters) > _MAX_FILTERS:
            raise parser.hostile(f"has more than {_MAX_FILTERS:,} filters")
    parser.feed(b"", is_final=True)
    if header_row is not None and (header is None or header.number != header_row):
        raise WorkbookFaultError(f"its row {header_row} is empty; name the row with the columns by --header-row")
    if header is None:
        raise WorkbookFaultError("its sheet is empty; put a header and rows into it, or name another sheet")
    used = Area(1, header.number, last_column, last_row)
    return Survey(header.cells, header.last_style, num_rows - 1, used, tuple(filters))


def _is_blank(row: Row) -> bool:
    return all(is_blank(cell) and not cell.is_formula for cell in row.cells.values())
