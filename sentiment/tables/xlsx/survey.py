"""A first look at a whole sheet: its header, how many rows follow, and how far to the right they reach."""

from collections.abc import Iterable
from dataclasses import dataclass

from sentiment.tables.xlsx.cells import StoredCell, is_blank
from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.markup import to_utf8
from sentiment.tables.xlsx.references import Area, parse_area
from sentiment.tables.xlsx.rows import Row, SheetParser

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


def survey_sheet(part: str, chunks: Iterable[bytes]) -> Survey:
    """Parse a sheet from its beginning to its end.

    Raises:
        WorkbookFaultError: it is damaged, hostile, or has no values.
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
                if all(is_blank(cell) and not cell.is_formula for cell in row.cells.values()):
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
    if header is None:
        raise WorkbookFaultError("its sheet is empty; put a header and rows into it, or name another sheet")
    used = Area(1, header.number, last_column, last_row)
    return Survey(header.cells, header.last_style, num_rows - 1, used, tuple(filters))
