"""Workbooks whose parts, sheets and zip are named or built in other ways than Excel's: the same rows come out."""

import io
import struct
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sentiment.errors import DataError
from sentiment.tables.xlsx import XlsxTable
from tests.tables.conftest import MAIN, PACKAGE, RELATIONSHIPS, workbook_parts, zipped

Parts = dict[str, str | bytes]

TEXTS = ["좋다", "나쁘다"]
SHEET = "xl/worksheets/sheet1.xml"
WORKBOOK_RELATIONSHIPS = "xl/_rels/workbook.xml.rels"
STRINGS = "".join(f"<si><t>{text}</t></si>" for text in ("text", *TEXTS))
ROWS = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>{n - 1}</v></c></row>' for n in (1, 2, 3))


def parts() -> Parts:
    return workbook_parts(f"<sheetData>{ROWS}</sheetData>", STRINGS)


def renamed(content: Parts, old: str, new: str, target: str | None = None) -> Parts:
    """Return the parts with one of another name, and a relationship that leads to it by `target`."""
    named = {new if name == old else name: part for name, part in content.items()}
    relationships = str(named[WORKBOOK_RELATIONSHIPS])
    leading = f'Target="{old.removeprefix("xl/")}"'
    assert leading in relationships
    return named | {WORKBOOK_RELATIONSHIPS: relationships.replace(leading, f'Target="{target or new}"')}


def with_target(target: str) -> Parts:
    return renamed(parts(), SHEET, SHEET, target)


def at_the_root() -> Parts:
    """The workbook is no `xl/workbook.xml`: everything lies at the root."""
    root = {name.removeprefix("xl/"): part for name, part in parts().items()}
    root["_rels/book.xml.rels"] = root.pop("_rels/workbook.xml.rels")
    root["book.xml"] = root.pop("workbook.xml")
    root["_rels/.rels"] = str(root["_rels/.rels"]).replace("xl/workbook.xml", "/book.xml")
    return root


def all_in(encoding: str) -> Parts:
    def encoded(name: str, part: str | bytes) -> str | bytes:
        if isinstance(part, bytes) or not name.endswith((".xml", ".rels")):
            return part
        return part.replace("UTF-8", encoding.removesuffix("-sig")).encode(encoding)

    return {name: encoded(name, part) for name, part in parts().items()}


def prefixed() -> Parts:
    """Every element has a prefix, those of relationships and of the workbook too."""
    content = parts()
    package = f"{PACKAGE}/relationships"
    for name in ("_rels/.rels", WORKBOOK_RELATIONSHIPS):
        text = str(content[name]).replace(f'<Relationships xmlns="{package}"', f'<p:Relationships xmlns:p="{package}"')
        content[name] = text.replace("<Relationship ", "<p:Relationship ").replace("</Relat", "</p:Relat")
    workbook = f'<s:workbook xmlns:s="{MAIN}" xmlns:rel="{RELATIONSHIPS}"><s:sheets>'
    content["xl/workbook.xml"] = f'{workbook}<s:sheet name="a" sheetId="1" rel:id="rId1"/></s:sheets></s:workbook>'
    strings = "".join(f"<x:si><x:t>{text}</x:t></x:si>" for text in ("text", *TEXTS))
    content["xl/sharedStrings.xml"] = f'<x:sst xmlns:x="{MAIN}">{strings}</x:sst>'
    rows = "".join(f'<x:row r="{n}"><x:c r="A{n}" t="s"><x:v>{n - 1}</x:v></x:c></x:row>' for n in (1, 2, 3))
    content[SHEET] = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    return content


def sheets_before(*entries: str) -> Parts:
    """Sheets of other kinds stand before the one with cells."""
    content = parts()
    relationships = str(content[WORKBOOK_RELATIONSHIPS])
    added, kinds = "", ("chartsheet", "dialogsheet", "worksheet")
    for number, kind in enumerate(kinds, 7):
        added += f'<Relationship Id="rId{number}" Type="{RELATIONSHIPS}/{kind}" Target="{kind}s/s{number}.xml"/>'
        content[f"xl/{kind}s/s{number}.xml"] = f'<{kind} xmlns="{MAIN}"/>'
    macro = "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
    added += f'<Relationship Id="rId10" Type="{macro}" Target="macrosheets/sheet1.xml"/>'
    content["xl/macrosheets/sheet1.xml"] = f'<xm:macrosheet xmlns:xm="{MAIN}"/>'
    content[WORKBOOK_RELATIONSHIPS] = relationships.replace("</Relationships>", added + "</Relationships>")
    before = "".join(f'<sheet name="s{n}" sheetId="{n + 20}" {entry}/>' for n, entry in enumerate(entries))
    content["xl/workbook.xml"] = str(content["xl/workbook.xml"]).replace("<sheets>", f"<sheets>{before}")
    return content


PACKAGES: dict[str, Callable[[], Parts]] = {
    "absolute target": lambda: with_target("/xl/worksheets/sheet1.xml"),
    "relative target with dots": lambda: with_target("./worksheets/../worksheets/sheet1.xml"),
    "target that leaves the folder": lambda: with_target("../xl/worksheets/sheet1.xml"),
    "target that leaves the package": lambda: with_target("../../../xl/worksheets/sheet1.xml"),
    "target with two slashes": lambda: with_target("/xl//worksheets/sheet1.xml"),
    "target with backslashes": lambda: with_target("worksheets\\sheet1.xml"),
    "target in other case": lambda: with_target("Worksheets/SHEET1.XML"),
    "target percent-encoded, name not": lambda: renamed(
        parts(), SHEET, "xl/worksheets/리뷰 1.xml", "worksheets/%EB%A6%AC%EB%B7%B0%201.xml"
    ),
    "target and name percent-encoded": lambda: renamed(
        parts(), SHEET, "xl/worksheets/sheet%201.xml", "worksheets/sheet%201.xml"
    ),
    "name percent-encoded, target not": lambda: renamed(
        parts(), SHEET, "xl/worksheets/sheet%201.xml", "worksheets/sheet 1.xml"
    ),
    "names with backslashes": lambda: {name.replace("/", "\\"): part for name, part in parts().items()},
    "names with a leading slash": lambda: {f"/{name}": part for name, part in parts().items()},
    "names in other case": lambda: {name.upper(): part for name, part in parts().items()},
    "folders of their own": lambda: {"xl/": b"", "_rels/": b"", "xl/worksheets/": b"", **parts()},
    "content types last": lambda: {**parts(), "[Content_Types].xml": ""},
    "workbook at the root": at_the_root,
    "shared texts elsewhere": lambda: renamed(parts(), "xl/sharedStrings.xml", "texts.xml", "/texts.xml"),
    "everything in UTF-16": lambda: all_in("UTF-16"),
    "a byte order mark in every part": lambda: all_in("UTF-8-sig"),
    "every element prefixed": prefixed,
    "a chart sheet first": lambda: sheets_before('r:id="rId7"'),
    "a dialog sheet first": lambda: sheets_before('r:id="rId8"'),
    "a macro sheet first": lambda: sheets_before('r:id="rId10"'),
    "hidden sheets first": lambda: sheets_before('r:id="rId9" state="hidden"', 'r:id="rId9" state="veryHidden"'),
    "a sheet without a part first": lambda: sheets_before('r:id="rId99"', ""),
}


@pytest.mark.parametrize("kind", PACKAGES)
def test_parts_by_any_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(zipped(PACKAGES[kind]()))
    table = XlsxTable(path)
    assert (table.columns, list(table.texts(0))) == (["text"], TEXTS)
    answered = tmp_path / "answered.xlsx"
    with answered.open("w+b") as file:
        table.write_answered(file, {"label": str}, [("p",), ("n",)], text_column=0)
    assert list(XlsxTable(answered).texts(1)) == ["p", "n"]
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(answered) as after:
        assert after.testzip() is None
        assert before.namelist() == after.namelist()


def zip64(content: Parts) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in content.items():
            with package.open(name, "w", force_zip64=True) as member:
                member.write(part.encode() if isinstance(part, str) else part)
    return buffer.getvalue()


class Pipe(io.BytesIO):
    """What cannot be gone back in, so that sizes stand behind the data."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def streamed(content: Parts) -> bytes:
    buffer = Pipe()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in content.items():
            package.writestr(name, part)
    assert b"PK\x07\x08" in buffer.getvalue()
    return buffer.getvalue()


def with_zip64_end(content: Parts) -> bytes:
    """The directory's place and size stand in a record of 64 bits, as some writers do for small files too."""
    package = zipped(content)
    end = package.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack("<HLL", package[end + 10 : end + 20])
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return package[:end] + record + locator + tail


ZIPS: dict[str, Callable[[Parts], bytes]] = {
    "stored, not packed": lambda content: zipped(content, zipfile.ZIP_STORED),
    "sizes behind the data": streamed,
    "sizes of 64 bits": zip64,
    "an end of 64 bits": with_zip64_end,
    "a comment": lambda content: zipped(content)[:-2] + b"\x05\x00hello",
}


@pytest.mark.parametrize("kind", ZIPS)
def test_any_zip(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(ZIPS[kind](parts()))
    table = XlsxTable(path)
    assert list(table.texts(0)) == TEXTS
    with (tmp_path / "answered.xlsx").open("w+b") as file:
        table.write_answered(file, {"label": str}, [("p",), ("n",)], text_column=0)
    assert list(XlsxTable(tmp_path / "answered.xlsx").texts(1)) == ["p", "n"]


TITLES = '<sheet name="안내" sheetId="1" r:id="rId9"/><sheet name="{}" sheetId="2" r:id="rId1"{}/>'


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Reviews", "Reviews"),
        ("Reviews", "reviews"),
        (" 리뷰 ", "리뷰"),
        ("리뷰", "리뷰 "),
        ("리뷰", unicodedata.normalize("NFD", "리뷰")),  # as macOS writes it
        (unicodedata.normalize("NFD", "리뷰"), "리뷰"),
        ("2", "2"),
    ],
)
def test_a_sheet_by_its_title(write_workbook: Callable[..., Path], title: str, wanted: str) -> None:
    table = XlsxTable(write_workbook(f"<sheetData>{ROWS}</sheetData>", STRINGS, TITLES.format(title, "")), wanted)
    assert (table.sheet, list(table.texts(0))) == (title, TEXTS)


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_by_its_title(write_workbook: Callable[..., Path], state: str) -> None:
    sheets = TITLES.format("숨김", f' state="{state}"')
    assert list(XlsxTable(write_workbook(f"<sheetData>{ROWS}</sheetData>", STRINGS, sheets), "숨김").texts(0)) == TEXTS


def test_the_exact_title_comes_first(write_workbook: Callable[..., Path]) -> None:
    sheets = '<sheet name="a" sheetId="1" r:id="rId9"/><sheet name="A" sheetId="2" r:id="rId1"/>'
    path = write_workbook(f"<sheetData>{ROWS}</sheetData>", STRINGS, sheets)
    assert XlsxTable(path, "A").sheet == "A"


@pytest.mark.parametrize("wanted", ["3", "", "review"])
def test_an_unknown_title_lists_the_known_ones(write_workbook: Callable[..., Path], wanted: str) -> None:
    sheets = '<sheet name="안내" sheetId="1" r:id="rId1"/><sheet name="리뷰" sheetId="2" r:id="rId1"/>'
    path = write_workbook(f"<sheetData>{ROWS}</sheetData>", STRINGS, sheets)
    with pytest.raises(DataError, match=f"has no sheet '{wanted}'; its sheets are '안내', '리뷰'"):
        XlsxTable(path, wanted)
