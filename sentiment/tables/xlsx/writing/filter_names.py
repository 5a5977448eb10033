"""The hidden names in a workbook that repeat the ranges of the sheets' filters.

Source: ECMA-376 part 1, 18.2.5 (definedName, `_xlnm._FilterDatabase`).
"""

from collections.abc import Iterable, Iterator, Mapping

from sentiment.tables.xlsx.markup.editing import Replacement, apply_edits, tag_at
from sentiment.tables.xlsx.markup.names import ELEMENTS
from sentiment.tables.xlsx.markup.parsing import Markup
from sentiment.tables.xlsx.reading.references import Area
from sentiment.tables.xlsx.writing.widening import wider

_FILTER = "_xlnm._FilterDatabase"
_FILTER_OF_A_VIEW = ".wvu.FilterData"


class _FilterNamesParser(Markup):
    """Finds the start and end of the names of a sheet's filters."""

    def __init__(self, part: str, sheet_index: int) -> None:
        super().__init__(part)
        self._sheet_id = str(sheet_index)
        self._start: int | None = None
        self.spans: list[tuple[int, int]] = []

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        self.depth += 1
        title = attributes.get("name", "")
        is_filter = title == _FILTER or title.endswith(_FILTER_OF_A_VIEW)
        if ELEMENTS.get(name) == "definedName" and is_filter and attributes.get("localSheetId") == self._sheet_id:
            self._start = self.position

    def end(self, _name: str, /) -> None:
        self.depth -= 1
        if self._start is not None:
            self.spans.append((self._start, self.position))
            self._start = None


def with_wider_filters(
    part: str, sheet_index: int, filters: Mapping[Area, Area], chunks: Iterable[bytes]
) -> Iterator[bytes]:
    """Yield the XML of a workbook, in UTF-8, with new ranges for the names of filters.

    Args:
        part: its name, for messages.
        sheet_index: the position of the sheet in the workbook, from 0.
        filters: maps each range to its new one.
        chunks: of its XML, in UTF-8.
    """
    content = b"".join(chunks)
    parser = _FilterNamesParser(part, sheet_index)
    parser.feed_all([content])
    edits = []
    for tag_start, end in parser.spans:
        start = tag_at(content, tag_start).end()
        sheet, mark, ref = content[start:end].rpartition(b"!")
        if mark and (area := wider(ref.decode().strip(), filters)):
            edits.append(Replacement(start, end, sheet + mark + area.absolute().encode()))
    yield apply_edits(content, edits)
