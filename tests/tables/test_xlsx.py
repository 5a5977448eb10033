"""Workbooks: what is read from their cells, that nothing but our cells changes, and what hostile files come to."""

import io
import re
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.errors import DataError
from sentiment.tables.table import Cell, StoredTable
from sentiment.tables.xlsx import XlsxTable
from sentiment.tables.xlsx.reading.references import column_letters, column_number

WriteWorkbook = Callable[..., Path]
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
NAMES = ["predicted_label", "predicted_probability"]


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def rows(*texts: str, header: str = "text") -> str:
    lines = [f'<row r="{number}">{inline(f"A{number}", text)}</row>' for number, text in enumerate((header, *texts), 1)]
    return f"<sheetData>{''.join(lines)}</sheetData>"


def answered(table: XlsxTable, answers: Iterable[Sequence[Cell]], names: Sequence[str] = NAMES) -> bytes:
    buffer = io.BytesIO()
    table.write_answered(buffer, dict.fromkeys(names, str), answers, text_column=0)
    return buffer.getvalue()


def sheet_of(package: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        assert opened.testzip() is None
        return opened.read(SHEET)


def reread(package: bytes, path: Path) -> XlsxTable:
    path.write_bytes(package)
    return XlsxTable(path)


def test_is_a_stored_table(write_workbook: WriteWorkbook) -> None:
    table: StoredTable = XlsxTable(write_workbook(rows("좋다", "나쁘다")))
    assert (table.columns, table.num_rows, list(table.texts(0))) == (["text"], 2, ["좋다", "나쁘다"])
    assert list(table.texts(0)) == ["좋다", "나쁘다"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="A2" t="s"><v>0</v></c>', "공유"),
        ('<c r="A2" t="s"><v>1</v></c>', "굵게 보통"),
        ('<c r="A2" t="s"><v>2</v></c>', "東京"),
        ('<c r="A2" t="s"><v>3</v></c>', "a\r\nb_x000D_\U0001f600"),
        ('<c r="A2" t="s"><v>4</v></c>', ""),
        ('<c r="A2" t="inlineStr"><is><r><t>두 </t></r><r><t>부분</t></r><rPh><t>X</t></rPh></is></c>', "두 부분"),
        ('<c r="A2" t="str"><f>B1&amp;"x"</f><v>계산_x0021_</v></c>', "계산!"),
        ('<c r="A2"><f>1+1</f><v>2</v></c>', "2"),
        ('<c r="A2"><v>1.50</v></c>', "1.50"),
        ('<c r="A2" t="n"><v>1E+20</v></c>', "1E+20"),
        ('<c r="A2" t="b"><v>1</v></c>', "TRUE"),
        ('<c r="A2" t="b"><v>0</v></c>', "FALSE"),
        ('<c r="A2" t="d"><v>2024-01-01</v></c>', "2024-01-01"),
        ('<c r="A2" t="e"><v>#N/A</v></c>', None),
        ('<c r="A2"><f>NOW()</f></c>', None),
        ('<c r="A2" s="1"/>', None),
        ("<c><v>7</v></c>", "7"),
        ("<c t='s'><v> 0 </v></c>", "공유"),
    ],
)
def test_text_of_a_cell(write_workbook: WriteWorkbook, cell: str, text: str | None) -> None:
    strings = (
        "<si><t>공유</t></si><si><r><rPr><b/></rPr><t>굵게</t></r><r><t> 보통</t></r></si>"
        '<si><t>東京</t><rPh sb="0" eb="2"><t>とうきょう</t></rPh><phoneticPr fontId="1"/></si>'
        "<si><t>a_x000D_\nb_x005F_x000D__xD83D__xDE00_</t></si><si/>"
    )
    sheet = (
        f'<sheetData><row r="1">{inline("A1", "text")}</row><row r="2">{cell}<c r="B2"><v>1</v></c></row></sheetData>'
    )
    assert list(XlsxTable(write_workbook(sheet, strings)).texts(0)) == [text]


def test_header_is_the_first_row_with_values(write_workbook: WriteWorkbook) -> None:
    sheet = (
        '<sheetData><row r="1"/><row r="2"><c r="A2" s="1"/></row>'
        f'<row r="4">{inline("B4", "리뷰")}<c r="D4"><v>2024</v></c>{inline("E4", "리뷰")}</row>'
        f'<row r="9">{inline("B9", "하나")}<c r="F9"><v>1</v></c></row><row r="10"><c r="B10" s="1"/></row></sheetData>'
    )
    table = XlsxTable(write_workbook(sheet))
    assert table.columns == ["", "리뷰", "", "2024", "리뷰", ""]
    assert (table.num_rows, list(table.texts(1))) == (1, ["하나"])


def test_cells_go_right_of_everything_used(write_workbook: WriteWorkbook) -> None:
    sheet = (
        '<dimension ref="A1"/><sheetData>'
        f'<row r="1" spans="1:2" s="2" customFormat="1">{inline("A1", "text")}<c r="B1" s="3"><v>5</v></c></row>'
        f'<row r="2" spans=\'1:9\'>{inline("A2", "좋다")}<c r="C2"><v>1</v></c><c r="D2" s="4"/><c r="I2" s="4"/></row>'
        f'<row r="3">{inline("A3", "싫다")}<extLst/></row><row r="4" spans="1:2">{inline("A4", "?")}</row>'
        '</sheetData><mergeCells><mergeCell ref="H8:J9"/></mergeCells>'
    )
    package = answered(XlsxTable(write_workbook(sheet)), [("긍정", 0.75), (" <b>\x01_x0041_", None), (None, None)])
    label = '<c r="{}"{} t="inlineStr"><is><t{}>{}</t></is></c>'
    name, probability = label.format("D1", ' s="3"', "", NAMES[0]), label.format("E1", ' s="3"', "", NAMES[1])
    odd = label.format("D3", "", ' xml:space="preserve"', " &lt;b&gt;_x0001__x005F_x0041_")
    expected = (
        '<dimension ref="A1:E4"/><sheetData>'
        f'<row r="1" s="2" customFormat="1">{inline("A1", "text")}<c r="B1" s="3"><v>5</v></c>{name}{probability}</row>'
        f'<row r="2">{inline("A2", "좋다")}<c r="C2"><v>1</v></c>'
        f'{label.format("D2", " s=" + quoteattr("4"), "", "긍정")}<c r="E2"><v>0.75</v></c><c r="I2" s="4"/></row>'
        f'<row r="3">{inline("A3", "싫다")}{odd}<extLst/></row><row r="4" spans="1:2">{inline("A4", "?")}</row>'
        '</sheetData><mergeCells><mergeCell ref="H8:J9"/></mergeCells></worksheet>'
    )
    assert sheet_of(package).decode().partition('main">')[2] == expected


def test_odd_styles_and_numbers(write_workbook: WriteWorkbook, tmp_path: Path) -> None:
    header = "<row><c s='\"&gt;' t='str'><v>text</v></c></row>"
    sheet = f"<sheetData>{header}<row>{inline('A2', 'x')}<c s='\"'/></row></sheetData>"
    package = answered(XlsxTable(write_workbook(sheet)), [(3, float("nan"))])
    assert b'<c r="B1" s="&quot;&gt;" t="inlineStr">' in sheet_of(package)
    assert b'<c r="B2" s="&quot;"><v>3</v></c><c r="C2" t="e"><v>#NUM!</v></c>' in sheet_of(package)
    assert list(reread(package, tmp_path / "x.xlsx").texts(1)) == ["3"]


def test_cells_do_not_hide_under_merged_ones(write_workbook: WriteWorkbook, tmp_path: Path) -> None:
    merged = '<mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>'
    table = XlsxTable(write_workbook(rows("좋다") + merged))
    assert reread(answered(table, [("p", 0.5)]), tmp_path / "x.xlsx").columns == ["text", "", "", *NAMES]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_and_prefixes(write_workbook: WriteWorkbook, tmp_path: Path, encoding: str) -> None:
    sheet = (
        f'<?xml version="1.0" encoding="{encoding[:6].removesuffix("-")}"?><x:worksheet xmlns:x='
        '"http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
        "<x:row><x:c t='inlineStr'><x:is><x:t>리뷰</x:t></x:is></x:c></x:row>"
        "<x:row><x:c t='inlineStr'><x:is><x:t>좋다</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>"
    )
    table = XlsxTable(write_workbook(sheet.replace("utf-8-", "utf-8").encode(encoding)))
    package = answered(table, [("긍정", 1.0)])
    ours = '<x:c r="B2" t="inlineStr"><x:is><x:t>긍정</x:t></x:is></x:c><x:c r="C2"><x:v>1.0</x:v></x:c></x:row>'
    assert ours.encode(encoding.removesuffix("-sig") if encoding != "utf-16" else "utf-16-le") in sheet_of(package)
    again = reread(package, tmp_path / "again.xlsx")
    assert list(again.texts(0)) == ["좋다"]
    assert list(again.texts(1)) == ["긍정"]


def test_strict_namespaces_hidden_sheets_and_odd_names(write_workbook: WriteWorkbook) -> None:
    sheets = (
        '<sheet name="숨김" sheetId="1" state="hidden" r:id="rId9"/><sheet name="chart" sheetId="2" r:id="rId2"/>'
        '<sheet name="보임" sheetId="3" r:id="rId1"/>'
    )
    path = write_workbook(
        rows("좋다"),
        sheets=sheets,
        strict=True,
        parts={"../../evil.txt": "x", "/abs": "y", "xl/vbaProject.bin": b"\x00macro"},
    )
    table = XlsxTable(path)
    assert list(table.texts(0)) == ["좋다"]
    with zipfile.ZipFile(io.BytesIO(answered(table, [("p", 0.5)]))) as package:
        assert {"../../evil.txt", "/abs", "xl/vbaProject.bin"} <= set(package.namelist())


def test_other_members_are_copied_as_they_are_packed(write_workbook: WriteWorkbook) -> None:
    path = write_workbook(rows("좋다"), parts={"xl/한글.bin": b"abc"})
    package = answered(XlsxTable(path), [("p", 0.5)])
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(io.BytesIO(package)) as after:
        assert before.namelist() == after.namelist()
        for old, new in zip(before.infolist(), after.infolist(), strict=True):
            if old.filename != SHEET:
                kept = ("CRC", "compress_size", "file_size", "date_time", "external_attr", "compress_type")
                assert [getattr(old, name) for name in kept] == [getattr(new, name) for name in kept]
                assert before.read(old) == after.read(new)
    assert answered(XlsxTable(path), [("p", 0.5)]) == package


CELLS = st.one_of(
    st.none(),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8).map(
        lambda text: f't="inlineStr"><is><t>{escape(text)}</t></is></c>'
    ),
    st.integers(0, 2).map(lambda index: f't="s"><v>{index}</v></c>'),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: f"><v>{number!r}</v></c>"),
    st.sampled_from(
        [
            's="1"/>',
            "s='1'></c>",
            't="str"><f>A1&amp;"&lt;row&gt;"</f><v>x</v></c>',
            "><f>1</f></c>",
            "t='e'><v>#N/A</v></c>",
        ]
    ),
)
ROW_TAGS = st.sampled_from(
    ["", ' spans="1:4"', " ht='20' spans = '1:2 3:4' customHeight=\"1\"", ' x:d="spans=\'1:2\' >" xmlns:x="y"']
)
BETWEEN = st.sampled_from(["", "\n  ", "<!-- </row> <row/> -->", "<?pi <row/> ?>"])


@st.composite
def sheets(draw: st.DrawFn) -> tuple[str, int]:
    """A sheet of four columns in every style that XML allows, and how many of its rows have values."""
    lines, number, num_rows = [f'<row r="1">{"".join(inline(f"{x}1", x) for x in "ABCD")}</row>'], 1, 0
    for _ in range(draw(st.integers(0, 8))):
        number += draw(st.integers(1, 3))
        drawn = [(letter, draw(CELLS)) for letter in "ABCD"]
        cells = [f'<c r="{letter}{number}" {cell}' for letter, cell in drawn if cell is not None]
        num_rows += any("<v>" in cell or "<is>" in cell or "<f>" in cell for cell in cells)
        tag = f'<row r="{number}"{draw(ROW_TAGS)}'
        between = draw(BETWEEN)
        lines.append(f"{tag}>{between.join(cells)}{between}</row>" if cells else f"{tag}/>")
        lines.append(draw(BETWEEN))
    ending = (
        "<mergeCells><mergeCell ref='A1:B2'/></mergeCells><tableParts><tablePart r:id='x' xmlns:r='y'/></tableParts>"
    )
    return f'<dimension x="/>" ref="A1:D9"/><sheetData>{"".join(lines)}</sheetData>{ending}', num_rows


def without_ours(sheet: str) -> str:
    """What is left once our cells (columns E and F), spans and the dimension are taken away."""
    sheet = re.sub(
        r'<c r="[EF]\d+"( t="inlineStr"><is><t[^>]*>.*?</t></is></c>|><v>.*?</v></c>)', "", sheet, flags=re.DOTALL
    )
    sheet = re.sub(r"(<row [^>]*?)\sspans\s*=\s*('[^']*'|\"1:4\")", r"\1", sheet)
    return re.sub(r'<dimension x="/>" ref="[^"]*"', "<dimension", sheet)


@settings(max_examples=50, deadline=None)
@given(sheets(), st.integers(1, 40), st.data())
def test_every_other_byte_survives(
    write_workbook: WriteWorkbook, sheet: tuple[str, int], chunk_bytes: int, data: st.DataObject
) -> None:
    xml, num_rows = sheet
    path = write_workbook(xml, "<si><t>a</t></si><si><t>나</t></si><si><t/></si>")
    answer = st.tuples(st.none() | st.text(max_size=5), st.none() | st.floats(0, 1))
    answers = data.draw(st.lists(answer, min_size=num_rows, max_size=num_rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sentiment.tables.xlsx.reading.package._CHUNK_BYTES", chunk_bytes)
        table = XlsxTable(path)
        assert table.num_rows == num_rows
        package = answered(table, answers)
        again = reread(package, path.with_suffix(".again.xlsx"))
        assert [list(again.texts(column)) for column in range(4)] == [list(table.texts(column)) for column in range(4)]
        found = list(zip(again.texts(4), again.texts(5), strict=True))
    with zipfile.ZipFile(path) as before:
        assert without_ours(sheet_of(package).decode()) == without_ours(before.read(SHEET).decode())
    assert found == [(label, None if number is None else repr(number)) for label, number in answers]
    assert again.columns == ["A", "B", "C", "D", *NAMES]


@given(st.integers(1, 16_384))
def test_column_letters_and_numbers_are_inverse(column: int) -> None:
    assert column_number(column_letters(column)) == column
    assert column_number(column_letters(16_385)) is None


@pytest.mark.parametrize("answers", [[], [("p", 0.5)] * 3, [("p",)] * 2])
def test_number_of_answers_must_fit(write_workbook: WriteWorkbook, answers: list[tuple[Cell, ...]]) -> None:
    with pytest.raises(ValueError, match="answer"):
        answered(XlsxTable(write_workbook(rows("좋다", "나쁘다"))), answers)


def test_no_room_for_columns(write_workbook: WriteWorkbook) -> None:
    sheet = f'<sheetData><row r="1">{inline("A1", "text")}{inline("XFC1", "last")}</row></sheetData>'
    table = XlsxTable(write_workbook(sheet))
    answered(table, [], ["one"])
    with pytest.raises(DataError, match="has room for 1 more columns, not for 2"):
        answered(table, [])


DAMAGED_SHEETS = {
    "nothing": ("<sheetData/>", "is empty"),
    "no values": ('<sheetData><row r="1"><c r="A1" s="1"/></row></sheetData>', "is empty"),
    "cut tag": (rows("a").removesuffix("</sheetData>"), "damaged XML"),
    "text behind": (rows("a") + "</worksheet>x<worksheet>", "damaged XML"),
    "bad row number": ('<sheetData><row r="x"/></sheetData>', "row 'x'"),
    "huge row number": (f'<sheetData><row r="{"9" * 30}"/></sheetData>', "row '999"),
    "row too far": ('<sheetData><row r="1048577"/></sheetData>', "more than 1,048,576 rows"),
    "rows out of order": ('<sheetData><row r="3"/><row r="2"/></sheetData>', "row '2' after row 3"),
    "cells out of order": ('<sheetData><row><c r="B1"/><c r="A1"/></row></sheetData>', "'A1' out of order"),
    "cell twice": ('<sheetData><row><c r="B1"/><c r="B1"/></row></sheetData>', "'B1' out of order"),
    "no column": ('<sheetData><row><c r="1"/></row></sheetData>', "cell '1'"),
    "column too far": ('<sheetData><row><c r="XFE1"/></row></sheetData>', "cell 'XFE1'"),
    "column behind the last": ('<sheetData><row><c r="XFD1"/><c/></row></sheetData>', "beyond the last column"),
    "missing shared text": (
        '<sheetData><row><c t="s"><v>5</v></c></row></sheetData>',
        "shared text 5, which is missing",
    ),
    "odd shared text": ('<sheetData><row><c t="s"><v>-1</v></c></row></sheetData>', "shared text '-1'"),
    "DTD": ('<!DOCTYPE w [<!ENTITY a "b">]><worksheet>&a;</worksheet>', "document type declaration"),
    "laughs": (
        '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>',
        "document type declaration",
    ),
    "external entity": ('<!DOCTYPE w SYSTEM "file:///etc/passwd"><worksheet/>', "document type declaration"),
    "unknown entity": ("<sheetData>&nbsp;</sheetData>", "damaged XML"),
    "other encoding": ('<?xml version="1.0" encoding="euc-kr"?><worksheet/>', "written in euc-kr"),
    "bad UTF-8": (b"<worksheet xmlns='%s'>\xff\xfe\xfd</worksheet>" % MAIN, "damaged XML"),
    "half a character of UTF-16": ("<worksheet/>".encode("utf-16")[:-1], "not UTF-16-LE"),
    "NUL": ("<sheetData>\0</sheetData>", "damaged XML"),
    "deep": ("<a>" * 400 + "</a>" * 400 + "<a>" * 400_000, "deep"),
    "endless tag": ('<sheetData a="' + "x" * 6_000_000, "tag or comment of more than 4 MiB"),
    "long namespace": (f'<a xmlns="{"x" * 2_000}"/>', "endless namespace"),
    "other document": ('<?xml version="1.0"?><html/>', "is not a sheet of cells"),
    "nothing at all": (b"", "damaged XML"),
}


@pytest.mark.parametrize("kind", DAMAGED_SHEETS)
def test_damaged_sheet_is_one_line(write_workbook: WriteWorkbook, kind: str) -> None:
    sheet, message = DAMAGED_SHEETS[kind]
    path = write_workbook(sheet)
    with pytest.raises(DataError) as caught:
        XlsxTable(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert ";" in str(caught.value)


GOOD = rows("좋다", "나쁘다")
DAMAGED_PARTS: dict[str, tuple[dict[str, str | bytes | None], str]] = {
    "no sheet": ({SHEET: None}, "lacks xl/worksheets/sheet1.xml, its sheet '리뷰'"),
    "not a workbook": ({"xl/workbook.xml": None}, "not a workbook"),
    "no relationships": ({"_rels/.rels": None}, "not a workbook"),
    "no relationships of the workbook": ({"xl/_rels/workbook.xml.rels": None}, "does not list the parts"),
    "workbook cut short": ({"xl/workbook.xml": "<workbook"}, "damaged XML"),
    "DTD in the workbook": ({"xl/workbook.xml": "<!DOCTYPE w><workbook/>"}, "document type declaration"),
    "no sheets": ({"xl/workbook.xml": "<workbook/>"}, "no visible sheet"),
    "sheet outside": (
        {
            "xl/_rels/workbook.xml.rels": '<R xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId1" Target="../../../etc/passwd" Type="http://schemas.openxmlformats.org/'
            'officeDocument/2006/relationships/worksheet"/></R>'
        },
        "lacks etc/passwd",
    ),
    "same part twice": ({"XL/worksheets/SHEET1.xml": "x"}, "twice"),
    "xlsb": (
        {
            "_rels/.rels": '<R xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
            'Id="r" Target="xl/workbook.bin" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
            'relationships/officeDocument"/></R>'
        },
        ".xlsb",
    ),
    "ods": ({"_rels/.rels": None, "mimetype": "application/vnd.oasis.opendocument.spreadsheet"}, "OpenDocument"),
}


@pytest.mark.parametrize("kind", DAMAGED_PARTS)
def test_damaged_package_is_one_line(write_workbook: WriteWorkbook, kind: str) -> None:
    parts, message = DAMAGED_PARTS[kind]
    path = write_workbook(GOOD, parts=parts)
    with pytest.raises(DataError) as caught:
        XlsxTable(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def good_package(write_workbook: WriteWorkbook) -> bytes:
    return write_workbook(GOOD, "<si><t>x</t></si>").read_bytes()


def entry_of_sheet(package: bytes) -> int:
    """Where the entry of the sheet begins in the directory."""
    return package.index(b"PK\x01\x02", package.rindex(SHEET.encode()) - 46)


def patched(package: bytes, offset: int, value: bytes) -> bytes:
    at = entry_of_sheet(package) + offset
    return package[:at] + value + package[at + len(value) :]


DAMAGED_FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty file": (lambda _: b"", "is empty"),
    "text": (lambda _: b"text,label\n", "is not an XLSX file"),
    "old or encrypted": (
        lambda _: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600),
        "password-protected, or an old .xls",
    ),
    "half": (lambda package: package[: len(package) // 2], "no directory at its end"),
    "without its last byte": (lambda package: package[:-1], "no directory at its end"),
    "only the end": (lambda _: b"PK\x05\x06" + bytes(18), "not a workbook"),
    "encrypted member": (lambda package: patched(package, 8, b"\x01\0"), "password"),
    "other packing": (lambda package: patched(package, 10, b"\x0c\0"), "uses a compression"),
    "wrong checksum": (lambda package: patched(package, 16, b"\1\2\3\4"), "is damaged"),
    "too small a size": (lambda package: patched(package, 24, struct.pack("<L", 40)), "is damaged"),
    "too large a size": (lambda package: patched(package, 24, struct.pack("<L", 1 << 30)), "truncated"),
    "overlap": (lambda package: patched(package, 42, struct.pack("<L", 0)), "overlaps"),
    "beyond the end": (lambda package: patched(package, 42, struct.pack("<L", 1 << 30)), "is not where"),
    "into the directory": (lambda package: patched(package, 20, struct.pack("<L", 1 << 30)), "overlaps|directory"),
    "flipped bytes": (
        lambda package: package.replace(package[(at := package.index(SHEET.encode()) + 40) : at + 8], b"\xff" * 8),
        "is damaged",
    ),
    "huge directory": (
        lambda package: package[:-10] + struct.pack("<L", 1 << 28) + package[-6:],
        "its directory takes",
    ),
}


@pytest.mark.parametrize("kind", DAMAGED_FILES)
def test_damaged_file_is_one_line(write_workbook: WriteWorkbook, tmp_path: Path, kind: str) -> None:
    damage, message = DAMAGED_FILES[kind]
    path = tmp_path / "book.xlsx"
    path.write_bytes(damage(good_package(write_workbook)))
    with pytest.raises(DataError) as caught:
        XlsxTable(path)
    assert re.search(message, str(caught.value))
    assert "\n" not in str(caught.value)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.xlsx"):
        with pytest.raises(DataError, match="cannot be read"):
            XlsxTable(path)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_any_damage_is_an_answer_or_one_line(write_workbook: WriteWorkbook, data: st.DataObject) -> None:
    package = bytearray(good_package(write_workbook))
    for _ in range(data.draw(st.integers(1, 4))):
        package[data.draw(st.integers(0, len(package) - 1))] = data.draw(st.integers(0, 255))
    path = write_workbook(GOOD)
    path.write_bytes(package[: data.draw(st.integers(0, len(package)))] if data.draw(st.booleans()) else package)
    assert "\n" not in (fault_of_a_run(path) or "")


def fault_of_a_run(path: Path) -> str | None:
    """Read and write a workbook; return what is wrong with it."""
    try:
        table = XlsxTable(path)
        answered(table, [("p", 0.5) for _ in table.texts(0)])
    except DataError as error:
        return str(error)
    return None


def test_zip_bomb_is_stopped_early(write_workbook: WriteWorkbook) -> None:
    bomb = write_workbook(b"<worksheet xmlns='%s'>" % MAIN + b" " * (80 << 20))
    begun = time.monotonic()
    with pytest.raises(DataError, match="like a zip bomb"):
        XlsxTable(bomb)
    assert time.monotonic() - begun < 60


def test_zip_bomb_that_is_only_copied_is_stopped_too(write_workbook: WriteWorkbook) -> None:
    path = write_workbook(rows("좋다"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/image1.bmp", bytes(80 << 20))
    table = XlsxTable(path)
    assert list(table.texts(0)) == ["좋다"]
    with pytest.raises(DataError, match=r"image1\.bmp unpacks to over .* like a zip bomb"):
        answered(table, [("p", 0.5)])


def test_cell_of_50_megabytes(write_workbook: WriteWorkbook) -> None:
    """It is no text to read, but may stand in another column."""
    huge = inline("A2", "좋다" * 8_000_000)
    header = f"<row>{inline('A1', 'x')}{inline('B1', 'text')}</row>"
    table = XlsxTable(write_workbook(f"<sheetData>{header}<row>{huge}{inline('B2', '좋다')}</row></sheetData>"))
    with pytest.raises(DataError, match="more than 1,048,576 characters in a cell of row 2"):
        list(table.texts(0))
    assert list(table.texts(1)) == ["좋다"]
    assert huge.encode() in sheet_of(answered(table, [("p", 0.5)]))


def test_endless_shared_text(write_workbook: WriteWorkbook) -> None:
    runs = "<r><t>좋다</t></r>" * 600_000
    rows = '<sheetData><row><c t="inlineStr"><is><t>text</t></is></c></row><row><c t="s"><v>0</v></c></row></sheetData>'
    with pytest.raises(DataError, match="more than 1,048,576 characters in a shared text"):
        list(XlsxTable(write_workbook(rows, strings=f"<si>{runs}</si>")).texts(0))


def test_memory_is_flat(write_workbook: WriteWorkbook) -> None:
    """Four thousand shared texts of two thousand characters: 8 MB."""

    def book(num_rows: int) -> Path:
        strings = "<si><t>text</t></si>" + "".join(f"<si><t>{number:02000}</t></si>" for number in range(num_rows))
        lines = (f'<row r="{n + 2}"><c r="A{n + 2}" t="s"><v>{n + 1}</v></c></row>' for n in range(num_rows))
        sheet = f'<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row>{"".join(lines)}</sheetData>'
        return write_workbook(sheet, strings)

    def answer(path: Path, num_rows: int) -> None:
        with path.with_suffix(".out").open("w+b") as file:
            table = XlsxTable(path)
            assert sum(1 for _ in table.texts(0)) == num_rows
            table.write_answered(
                file, dict.fromkeys(NAMES, str), (("positive", 0.5) for _ in range(num_rows)), text_column=0
            )

    small, large = book(1), book(4_000)
    answer(small, 1)  # what is imported on the way is no part of the figure
    tracemalloc.start()
    try:
        answer(large, 4_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000
