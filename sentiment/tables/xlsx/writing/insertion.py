"""Add cells to the rows of a sheet's XML; all other bytes are unchanged."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from sentiment.tables.table import Cell
from sentiment.tables.xlsx.markup.editing import attribute, edited_tag, tag_at
from sentiment.tables.xlsx.reading.cells import cell_xml
from sentiment.tables.xlsx.reading.references import Area, column_letters, parse_area
from sentiment.tables.xlsx.reading.rows import Row, SheetParser
from sentiment.tables.xlsx.reading.survey import Survey
from sentiment.tables.xlsx.writing.widening import wider


class _Window:
    """The bytes of a stream that are not passed on yet, addressed by their position in the stream."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._start = 0
        self.passed = 0

    def add(self, data: bytes) -> None:
        del self._bytes[: self.passed - self._start]
        self._start = self.passed
        self._bytes += data

    def __len__(self) -> int:
        return self._start + len(self._bytes) - self.passed

    def pass_until(self, position: int) -> bytes:
        """Return the bytes before this position that were not passed on yet."""
        start, self.passed = self.passed, max(position, self.passed)
        return bytes(self._bytes[start - self._start : self.passed - self._start])

    def tag_at(self, position: int) -> re.Match[bytes]:
        """Return the match of the tag at this position, which the parser has found."""
        return tag_at(self._bytes, position - self._start)


def insert_cells(
    part: str,
    survey: Survey,
    filters: Mapping[Area, Area],
    names: Sequence[str],
    answers: Iterable[Sequence[Cell]],
    chunks: Iterable[bytes],
) -> Iterator[bytes]:
    """Yield the sheet, in UTF-8, with a column for each of `names` to the right of the last one used.

    Args:
        part: its name, for messages.
        survey: of the sheet.
        filters: maps each range of a filter or sort to its new one.
        names: of the columns.
        answers: one for each row.
        chunks: of its XML, in UTF-8.

    Raises:
        WorkbookFaultError: the sheet is damaged, or has changed.
        ValueError: the number of answers differs from that of the rows.
    """
    first = survey.used.last_column + 1
    columns = range(first, first + len(names))
    parser = SheetParser(part, kept=(), first_free=first)
    window = _Window()
    values = chain([names], answers)
    is_dimension_done = False
    for chunk in chunks:
        window.add(chunk)
        parser.feed(chunk)
        if parser.dimension is not None and not is_dimension_done:
            is_dimension_done = True
            yield from _with_dimension(window, parser.dimension, survey.used._replace(last_column=columns[-1]))
        for row in parser.rows:
            if row.number < survey.used.first_row:
                continue
            answer = next(values, None)
            if answer is None:
                raise ValueError(f"there are fewer answers than the {survey.num_rows:,} rows of the table")
            style = survey.header_style if row.number == survey.used.first_row else None
            yield from _with_cells(window, row, columns, answer, style)
        parser.rows.clear()
        for position, ref in parser.filters:
            if area := wider(ref, filters):
                yield window.pass_until(position)
                yield from _with_ref(window, window.tag_at(position), area)
        parser.filters.clear()
        yield window.pass_until(parser.row.start if parser.row else parser.position)
    parser.feed(b"", is_final=True)
    yield window.pass_until(window.passed + len(window))
    if next(values, None) is not None:
        raise ValueError(f"there are more answers than the {survey.num_rows:,} rows of the table")


def _with_cells(
    window: _Window, row: Row, columns: range, answer: Sequence[Cell], style: str | None
) -> Iterator[bytes]:
    """Yield everything up to the end of a row's cells, including the new ones. Without answers nothing changes."""
    if len(answer) != len(columns):
        raise ValueError(f"an answer has {len(answer)} cells, not {len(columns)}")
    if all(value is None for value in answer):
        return
    tag = window.tag_at(row.start)
    prefix = tag[1].decode()
    if row.has_spans:
        # A hint for faster reading. If it is wrong, Excel offers to repair the file; if it is absent, it does not.
        yield window.pass_until(row.start)
        yield edited_tag(tag, {b"spans": None})
        window.passed += len(tag[0])
    styles = {cell.column: cell.style for cell in row.empty}
    cells = (
        cell_xml(prefix, f"{column_letters(column)}{row.number}", value, styles.get(column, style))
        for column, value in zip(columns, answer, strict=True)
    )
    yield window.pass_until(row.empty[0].start if row.empty else row.end)
    yield "".join(cells).encode()
    # An empty cell at the position of a new one is replaced, keeping its style.
    window.passed = next((cell.start for cell in row.empty if cell.column > columns[-1]), row.end)


def _with_dimension(window: _Window, position: int, used: Area) -> Iterator[bytes]:
    tag = window.tag_at(position)
    yield window.pass_until(position)
    if area := parse_area(attribute(tag, b"ref")):
        used = Area(
            min(area.first_column, used.first_column),
            min(area.first_row, used.first_row),
            max(area.last_column, used.last_column),
            max(area.last_row, used.last_row),
        )
    yield from _with_ref(window, tag, used)


def _with_ref(window: _Window, tag: re.Match[bytes], area: Area) -> Iterator[bytes]:
    yield edited_tag(tag, {b"ref": str(area).encode()})
    window.passed += len(tag[0])
