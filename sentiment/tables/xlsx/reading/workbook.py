"""Find the parts of a workbook for the requested sheet and the shared texts."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from zipfile import ZipInfo

from sentiment.tables.columns.names import loose_key
from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.markup.names import ELEMENTS, ID_ATTRIBUTES, RELATIONSHIP, relationship_kind
from sentiment.tables.xlsx.markup.parsing import Markup
from sentiment.tables.xlsx.reading.package import Package

_MAX_BYTES = 16 << 20
_TRUE = {"1", "true"}
_SAVE_AGAIN = "open it in a spreadsheet program and save it as .xlsx"


@dataclass(frozen=True)
class SheetParts:
    """The parts needed to read a sheet.

    Attributes:
        title: as shown to the user.
        sheet: its rows.
        strings: the shared texts, if there are any.
        visible: titles of all visible sheets of cells.
        list_objects: the parts that describe the list objects of the sheet.
        workbook: the part that lists the sheets.
        index: the position of the sheet among all of them, from 0.
        is_calculated_on_opening: whether values of formulas cannot be trusted until a program has calculated them.
        styles: how cells show their numbers, if described.
        is_from_1904: whether dates are counted from 1904-01-01.
    """

    title: str
    sheet: ZipInfo
    strings: ZipInfo | None
    visible: tuple[str, ...]
    list_objects: tuple[ZipInfo, ...]
    workbook: ZipInfo
    index: int
    is_calculated_on_opening: bool
    styles: ZipInfo | None
    is_from_1904: bool


def find_sheet(package: Package, wanted: str | None = None) -> SheetParts:
    """Return the parts of the sheet with this title, hidden or not, or of the first visible one for None.

    Raises:
        WorkbookFaultError: the package is not a workbook, or has no such sheet of cells.
    """
    workbook_part, workbook = _find_workbook(package)
    related = _relationships(package, workbook_part)
    if not related:
        raise WorkbookFaultError(f"does not list the parts of {workbook_part}; {_SAVE_AGAIN}")
    by_kind = {target.kind: target.part for target in reversed(related.values())}
    strings, styles = by_kind.get("sharedStrings"), by_kind.get("styles")
    parser = _WorkbookParser(workbook.filename)
    parser.feed_all(package.chunks(workbook, _MAX_BYTES))
    parts = {
        sheet: target.part
        for sheet in parser.sheets
        if (target := related.get(sheet.relationship)) and target.kind == "worksheet"
    }
    sheet = _meant_sheet(list(parts), wanted)
    part = parts[sheet]
    cells = package.find(part)
    if cells is None:
        raise WorkbookFaultError(f"lacks {part}, its sheet {sheet.title!r}; {_SAVE_AGAIN}")
    targets = [target.part for target in _relationships(package, part).values() if target.kind == "table"]
    return SheetParts(
        sheet.title,
        cells,
        package.find(strings) if strings else None,
        tuple(sheet.title for sheet in parts if sheet.is_visible),
        tuple(member for target in dict.fromkeys(targets) if (member := package.find(target))),
        workbook,
        parser.sheets.index(sheet),
        parser.is_calculated_on_opening,
        package.find(styles) if styles else None,
        parser.is_from_1904,
    )


def _meant_sheet(sheets: Sequence["_Sheet"], wanted: str | None) -> "_Sheet":
    """Return the sheet with this title, else one that differs in case or form; for None the first visible one."""
    visible = [sheet for sheet in sheets if sheet.is_visible]
    if wanted is None:
        if not visible:
            raise WorkbookFaultError(f"has no visible sheet of cells; show one, or {_SAVE_AGAIN}")
        return visible[0]
    by_title = {sheet.title: sheet for sheet in reversed(sheets)}
    by_key = {loose_key(sheet.title): sheet for sheet in reversed(sheets)}
    found = by_title.get(wanted) or by_key.get(loose_key(wanted))
    if found is None:
        titles = ", ".join(repr(sheet.title) for sheet in visible) or "all hidden"
        raise WorkbookFaultError(f"has no sheet {wanted!r}; its sheets are {titles}")
    return found


def _find_workbook(package: Package) -> tuple[str, ZipInfo]:
    targets = _relationships(package, "").values()
    part = next((target.part for target in targets if target.kind == "officeDocument"), "")
    if part.casefold().endswith(".bin"):
        raise WorkbookFaultError(f"is an .xlsb file, despite its name; {_SAVE_AGAIN}")
    if part and (member := package.find(part)):
        return part, member
    mimetype = package.find("mimetype")
    if mimetype and b"opendocument" in b"".join(package.chunks(mimetype, _MAX_BYTES)):
        raise WorkbookFaultError(f"is an OpenDocument file, despite its name; {_SAVE_AGAIN}")
    raise WorkbookFaultError(f"is a zip file, but not a workbook; {_SAVE_AGAIN}")


@dataclass(frozen=True)
class _Target:
    kind: str | None
    part: str


class _Relationships(Markup):
    def __init__(self, part: str, base: str) -> None:
        super().__init__(part)
        self._base = base
        self.targets: dict[str, _Target] = {}

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        self.depth += 1
        if name == RELATIONSHIP and attributes.get("TargetMode") != "External":
            target = posixpath.join("/", self._base, attributes.get("Target", "").replace("\\", "/"))
            kind = relationship_kind(attributes.get("Type", ""))
            self.targets[attributes.get("Id", "")] = _Target(kind, posixpath.normpath(target).lstrip("/"))

    def end(self, _name: str, /) -> None:
        self.depth -= 1


def _relationships(package: Package, part: str) -> dict[str, _Target]:
    """Return the relationships of a part, by id; empty if it has none."""
    folder, name = posixpath.split(part)
    member = package.find(posixpath.join(folder, "_rels", f"{name}.rels"))
    if member is None:
        return {}
    parser = _Relationships(member.filename, folder)
    parser.feed_all(package.chunks(member, _MAX_BYTES))
    return parser.targets


@dataclass(frozen=True)
class _Sheet:
    title: str
    relationship: str
    is_visible: bool


class _WorkbookParser(Markup):
    def __init__(self, part: str) -> None:
        super().__init__(part)
        self._path: list[str | None] = []
        self.sheets: list[_Sheet] = []
        self.is_calculated_on_opening = self.is_from_1904 = False

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        self.depth += 1
        self._path.append(ELEMENTS.get(name))
        if self._path == ["workbook", "sheets", "sheet"]:
            relationship = next((attributes[id_] for id_ in ID_ATTRIBUTES if id_ in attributes), "")
            is_visible = attributes.get("state", "visible") == "visible"
            self.sheets.append(_Sheet(attributes.get("name", ""), relationship, is_visible))
        elif self._path == ["workbook", "calcPr"]:
            self.is_calculated_on_opening = attributes.get("fullCalcOnLoad") in _TRUE
        elif self._path == ["workbook", "workbookPr"]:
            self.is_from_1904 = attributes.get("date1904") in _TRUE

    def end(self, _name: str, /) -> None:
        self.depth -= 1
        self._path.pop()
