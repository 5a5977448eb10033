"""List objects, called tables in spreadsheet programs: ranges of a sheet with a filter and named columns.

Source: ECMA-376 part 1, 18.5 (table, tableColumns, tableColumn).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from zipfile import ZipInfo

from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.markup.editing import Replacement, apply_edits, edit_tag, tag_at
from sentiment.tables.xlsx.markup.escapes import escape_attribute, unescape_text
from sentiment.tables.xlsx.markup.names import ELEMENTS
from sentiment.tables.xlsx.markup.parsing import Markup
from sentiment.tables.xlsx.reading.package import Package
from sentiment.tables.xlsx.reading.references import Area, parse_area

_MAX_BYTES = 16 << 20
_MAX_LIST_OBJECTS = 1_000
_OWN_CELLS = "worksheet"
_ID_DIGITS = 10


class _ListObjectParser(Markup):
    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.attributes: dict[str, str] = {}
        self.ranges: list[tuple[int, str]] = []
        self.columns: list[dict[str, str]] = []
        self.columns_start = self.columns_end = -1

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        self.depth += 1
        element = ELEMENTS.get(name)
        if self.depth == 1 and element == "table":
            self.attributes = attributes
        if element in {"table", "autoFilter", "sortState"}:
            self.ranges.append((self.position, attributes.get("ref", "")))
        elif element == "tableColumns":
            self.columns_start = self.position
        elif element == "tableColumn":
            self.columns.append(attributes)

    def end(self, name: str, /) -> None:
        self.depth -= 1
        if ELEMENTS.get(name) == "tableColumns":
            self.columns_end = self.position


@dataclass(frozen=True)
class ListObject:
    """A list object of a sheet.

    Attributes:
        part: the name of the part that describes it.
        name: as shown to the user.
        area: its cells, from its header to its totals.
        has_header: whether its first row has the names of its columns.
        has_totals: whether its last row has totals.
        is_linked: whether its cells come from a query or from XML.
        column_names: from left to right.
    """

    part: str
    name: str
    area: Area
    has_header: bool
    has_totals: bool
    is_linked: bool
    column_names: tuple[str, ...]


def read_list_objects(package: Package, members: Sequence[ZipInfo]) -> list[ListObject]:
    """Return the list objects described by some parts; none for a part without a range.

    Raises:
        WorkbookFaultError: a part is damaged, or there are implausibly many.
    """
    found = []
    if len(members) > _MAX_LIST_OBJECTS or sum(member.file_size for member in members) > _MAX_BYTES:
        raise WorkbookFaultError(
            f"has more tables on a sheet than any program makes ({len(members):,}); do not trust the file"
        )
    for member in members:
        parser = _parsed(member.filename, package.chunks(member, _MAX_BYTES))
        attributes = parser.attributes
        if area := parse_area(attributes.get("ref", "")):
            found.append(
                ListObject(
                    member.filename,
                    unescape_text(attributes.get("displayName", attributes.get("name", ""))),
                    area,
                    attributes.get("headerRowCount", "1") != "0",
                    attributes.get("totalsRowCount", "0") != "0",
                    attributes.get("tableType", _OWN_CELLS) != _OWN_CELLS,
                    tuple(unescape_text(column.get("name", "")) for column in parser.columns),
                )
            )
    return found


def with_columns(list_object: ListObject, names: Sequence[str], chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the description of a list object, in UTF-8, with columns of these names added on the right."""
    content = b"".join(chunks)
    parser = _parsed(list_object.part, [content])
    edits = []
    for position, ref in parser.ranges:
        if area := parse_area(ref):
            wider = area._replace(last_column=list_object.area.last_column + len(names))
            # A sort may have covered only some columns, but must move whole rows.
            edits.append(edit_tag(content, position, {b"ref": str(wider).encode()}))
    count = str(len(parser.columns) + len(names)).encode()
    edits.append(edit_tag(content, parser.columns_start, {b"count": count}))
    prefix = tag_at(content, parser.columns_start)[1].decode()
    ids = [column.get("id", "") for column in parser.columns]
    first_id = 1 + max((int(given) for given in ids if given.isdecimal() and len(given) <= _ID_DIGITS), default=0)
    added = "".join(
        f'<{prefix}tableColumn id="{first_id + place}" name="{escape_attribute(name)}"/>'
        for place, name in enumerate(names)
    )
    edits.append(Replacement(parser.columns_end, parser.columns_end, added.encode()))
    yield apply_edits(content, edits)


def _parsed(part: str, chunks: Iterable[bytes]) -> _ListObjectParser:
    parser = _ListObjectParser(part)
    parser.feed_all(chunks)
    return parser
