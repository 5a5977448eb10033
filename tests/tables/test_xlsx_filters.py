"""Filters and list objects: they reach as far as the answers, so that sorting by them keeps rows whole."""

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sentiment.errors import DataError
from sentiment.tables.xlsx import XlsxTable
from sentiment.tables.xlsx.reading.references import column_letters
from tests.tables.conftest import DECLARATION, MAIN, PACKAGE, RELATIONSHIPS, workbook_parts, zipped

SHEET, WORKBOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
NAMES = ["predicted_label", "predicted_probability"]
Parts = dict[str, str | bytes]


def cells(number: int, texts: list[str | int | None], start: int = 1) -> str:
    """Return cells of a row; those with None are left out."""
    made = []
    for column, text in enumerate(texts, start):
        reference = f"{column_letters(column)}{number}"
        if isinstance(text, str):
            made.append(f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>')
        elif text is not None:
            made.append(f'<c r="{reference}"><v>{text}</v></c>')
    return "".join(made)


def sheet_data(*rows: list[str | int | None], first: int = 1) -> str:
    lines = (f'<row r="{number}">{cells(number, row)}</row>' for number, row in enumerate(rows, first))
    return f"<sheetData>{''.join(lines)}</sheetData>"


def list_object(
    ref: str, *columns: str, name: str = "표", filter_ref: str | None = None, attributes: str = "", sort: str = ""
) -> str:
    entries = "".join(f'<tableColumn id="{number}" name="{column}"/>' for number, column in enumerate(columns, 1))
    return (
        f'{DECLARATION}<table xmlns="{MAIN}" id="1" name="{name}" displayName="{name}" ref="{ref}"{attributes}>'
        f'<autoFilter ref="{filter_ref or ref}"/>{sort}<tableColumns count="{len(columns)}">{entries}</tableColumns>'
        '<tableStyleInfo name="TableStyleMedium2"/></table>'
    )


def with_list_objects(sheet: str, *list_objects: str) -> Parts:
    parts = workbook_parts(sheet)
    entries = ""
    for number, described in enumerate(list_objects, 1):
        parts[f"xl/tables/table{number}.xml"] = described
        target = f"../tables/table{number}.xml"
        entries += f'<Relationship Id="t{number}" Type="{RELATIONSHIPS}/table" Target="{target}"/>'
    relationships = f'<Relationships xmlns="{PACKAGE}/relationships">{entries}</Relationships>'
    return parts | {"xl/worksheets/_rels/sheet1.xml.rels": relationships}


def with_filter(sheet: str, names: Mapping[str, str], before: str = "") -> Parts:
    """Return parts with hidden names of filters in the workbook, by their attributes."""
    sheets = f'{before}<sheet name="리뷰" sheetId="1" r:id="rId1"/>'
    parts = workbook_parts(sheet, sheets=sheets)
    defined = "".join(f"<definedName {attributes}>{ref}</definedName>" for attributes, ref in names.items())
    workbook = str(parts[WORKBOOK]).replace("</sheets>", f"</sheets><definedNames>{defined}</definedNames>")
    return parts | {WORKBOOK: workbook}


class Answered:
    """A workbook with answers: its parts, and what was said."""

    def __init__(self, parts: Parts, path: Path, text_column: int, names: list[str] = NAMES) -> None:
        path.write_bytes(zipped(parts))
        self.notes: list[str] = []
        table = XlsxTable(path, notify=self.notes.append)
        buffer = io.BytesIO()
        answers = [(f"label of {text}", 0.5) if text else (None, None) for text in table.texts(text_column)]
        table.write_answered(buffer, dict.fromkeys(names, str), answers, text_column)
        self.content = buffer.getvalue()
        with zipfile.ZipFile(buffer) as package:
            assert package.testzip() is None
            self.parts = {name: package.read(name).decode("utf-8", "replace") for name in package.namelist()}
        changed = {name for name, part in parts.items() if self.parts[name].encode() != zip_bytes(part)}
        self.changed = changed - {SHEET}


def zip_bytes(part: str | bytes) -> bytes:
    return part.encode() if isinstance(part, str) else part.decode("utf-8", "replace").encode()


@pytest.fixture
def answer(tmp_path: Path) -> Callable[..., Answered]:
    def answered(parts: Parts, text_column: int = 1, names: list[str] = NAMES) -> Answered:
        return Answered(parts, tmp_path / "rows.xlsx", text_column, names)

    return answered


ROWS: list[list[str | int | None]] = [["id", "text", "n"], [1, "좋다", 3], [2, "싫다", 2], [3, "보통", 1]]
DATA = sheet_data(*ROWS)
FILTER_NAME = 'name="_xlnm._FilterDatabase" localSheetId="0" hidden="1"'


@pytest.mark.parametrize("title", ["리뷰", "'리뷰 목록'", "'a!b'", "'a&amp;b'"])
def test_a_filter_and_its_hidden_name_reach_the_answers(answer: Callable[..., Answered], title: str) -> None:
    names = {
        FILTER_NAME: f"{title}!$A$1:$C$4",
        'name="_xlnm.Print_Area" localSheetId="0"': f"{title}!$A$1:$C$4",
        'name="_xlnm._FilterDatabase" localSheetId="1" hidden="1"': "other!$A$1:$C$4",
        'name="mine"': f"{title}!$A$1:$C$4",
    }
    ending = (
        '<autoFilter ref="A1:C4"><filterColumn colId="2"/><sortState ref="A2:C4"><sortCondition ref="C2:C4"/>'
        '</sortState></autoFilter><conditionalFormatting sqref="A1:C4"/>'
        '<dataValidations><dataValidation sqref="A1:C4"/></dataValidations>'
    )
    done = answer(with_filter(DATA + ending, names))
    wider = ending.replace('autoFilter ref="A1:C4"', 'autoFilter ref="A1:E4"').replace("A2:C4", "A2:E4")
    assert done.parts[SHEET].endswith(f"</sheetData>{wider}</worksheet>")
    assert done.changed == {WORKBOOK}
    assert f"<definedName {FILTER_NAME}>{title}!$A$1:$E$4</definedName>" in done.parts[WORKBOOK]
    assert done.parts[WORKBOOK].count("$A$1:$C$4") == 3
    assert done.notes == []


def test_only_the_names_of_this_sheet_change(answer: Callable[..., Answered]) -> None:
    names = {
        FILTER_NAME: "first!$A$1:$C$4",
        FILTER_NAME.replace('"0"', '"1"'): "리뷰!$A$1:$C$4",
        FILTER_NAME.replace('"0"', '"1"').replace("_xlnm._FilterDatabase", "Z_1.wvu.FilterData"): "리뷰!$A$1:$C$4",
    }
    sheet = '<sheet name="first" sheetId="7" r:id="rId7"/>'
    done = answer(with_filter(f'{DATA}<autoFilter ref="A1:C4"/>', names, before=sheet))
    assert "first!$A$1:$C$4" in done.parts[WORKBOOK]
    assert done.parts[WORKBOOK].count("리뷰!$A$1:$E$4") == 2


@pytest.mark.parametrize(
    ("ref", "text_column", "wider"),
    [
        ("A1:C4", 1, "A1:E4"),
        ("$A$1:$C$4", 1, "A1:E4"),
        ("B1:B4", 1, "B1:E4"),  # the column beside the texts comes along: rows stay whole
        ("A1:C2", 1, "A1:E2"),  # of some rows
        ("B3:C4", 1, "B3:E4"),  # with a header further down
        ("A1:D4", 1, "A1:E4"),  # one column of ours was in it by chance
        ("A1:E4", 1, "A1:E4"),
        ("A1:Z4", 1, "A1:Z4"),
        ("C1:C4", 1, "C1:C4"),  # another block, whose sorting leaves texts and answers where they are
        ("A1", 0, "A1:E1"),
        ("", 1, ""),
        ("nonsense", 1, "nonsense"),
    ],
)
def test_ranges_of_a_filter(answer: Callable[..., Answered], ref: str, text_column: int, wider: str) -> None:
    done = answer(workbook_parts(f'{DATA}<autoFilter ref="{ref}"/>'), text_column)
    assert f'<autoFilter ref="{wider}"/>' in done.parts[SHEET]
    assert done.notes == []


def test_filters_of_views_and_a_sort_without_filter(answer: Callable[..., Answered]) -> None:
    views = '<customSheetViews><customSheetView><autoFilter x="" ref="A1:C4"/></customSheetView></customSheetViews>'
    done = answer(workbook_parts(f"{DATA}<sortState ref='A2:C4'/>{views}"))
    assert done.parts[SHEET].count(":E4") == 2


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-8-sig"])
def test_parts_keep_their_encoding(answer: Callable[..., Answered], encoding: str) -> None:
    described = "xl/tables/table1.xml"
    parts = with_list_objects(f'{DATA}<autoFilter ref="A1:C4"/>', list_object("A1:C4", "id", "text", "n"))
    parts[WORKBOOK] = with_filter("", {FILTER_NAME: "리뷰!$A$1:$C$4"})[WORKBOOK]
    before = {
        name: str(parts[name]).replace("UTF-8", encoding[:6].rstrip("-")) for name in (SHEET, WORKBOOK, described)
    }
    done = answer(parts | {name: part.encode(encoding) for name, part in before.items()})
    with zipfile.ZipFile(io.BytesIO(done.content)) as package:
        for name, ref in ((SHEET, "A1:E4"), (WORKBOOK, "$A$1:$E$4"), (described, "A1:E4")):
            content = package.read(name)
            assert content[:3] == before[name].encode(encoding)[:3]
            assert ref in content.decode(encoding)
            ElementTree.fromstring(content)


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_list_object_gets_the_new_columns(answer: Callable[..., Answered], prefix: str) -> None:
    described = list_object("A1:C4", "id", "text", "n", sort='<sortState ref="A2:C4"/>')
    if prefix:
        described = (
            described.replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?").replace("xmlns=", "xmlns:x=")
        )
    done = answer(with_list_objects(DATA, described))
    assert done.changed == {"xl/tables/table1.xml"}
    added = "".join(f'<{prefix}tableColumn id="{number}" name="{name}"/>' for number, name in enumerate(NAMES, 4))
    expected = described.replace("A1:C4", "A1:E4").replace("A2:C4", "A2:E4").replace('count="3"', 'count="5"')
    assert done.parts["xl/tables/table1.xml"] == expected.replace(
        f"</{prefix}tableColumns>", f"{added}</{prefix}tableColumns>"
    )
    assert done.notes == []


def test_names_in_a_list_object_are_those_of_the_header(answer: Callable[..., Answered], tmp_path: Path) -> None:
    names = ['probability_"좋다" <&>', "probability_a\nb\tc\r"]
    done = answer(with_list_objects(DATA, list_object("A1:C4", "id", "text", "n")), names=names)
    root = ElementTree.fromstring(done.parts["xl/tables/table1.xml"])
    columns = [column.attrib["name"] for column in root.iter(f"{{{MAIN}}}tableColumn")]
    assert columns[3:] == ['probability_"좋다" <&>', "probability_a_x000A_b_x0009_c_x000D_"]
    (tmp_path / "answered.xlsx").write_bytes(done.content)
    assert XlsxTable(tmp_path / "answered.xlsx").columns[3:] == names


def test_the_row_of_totals_has_no_text_and_no_answer(answer: Callable[..., Answered], tmp_path: Path) -> None:
    rows = sheet_data(["text", "n"], ["좋다", 1], ["싫다", 2], ["합계", 3])
    described = list_object("A1:B4", "text", "n", filter_ref="A1:B3", attributes=' totalsRowCount="1"')
    done = answer(with_list_objects(rows, described), 0)
    table = XlsxTable(tmp_path / "rows.xlsx")
    assert list(table.texts(0)) == ["좋다", "싫다", None]
    assert table.sample() == [["좋다", "1"], ["싫다", "2"], [None, None]]
    assert f'<row r="4">{cells(4, ["합계", 3])}</row>' in done.parts[SHEET]
    assert [ref in done.parts["xl/tables/table1.xml"] for ref in ('ref="A1:D4"', 'ref="A1:D3"')] == [True, True]


def test_columns_beside_a_list_object_come_into_it(answer: Callable[..., Answered]) -> None:
    done = answer(with_list_objects(DATA, list_object("A1:B4", "id", "text")))
    root = ElementTree.fromstring(done.parts["xl/tables/table1.xml"])
    assert root.attrib["ref"] == "A1:E4"
    assert [column.attrib["name"] for column in root.iter(f"{{{MAIN}}}tableColumn")] == ["id", "text", "n", *NAMES]


UNREACHED: dict[str, tuple[str, list[str], str]] = {
    "a column without a name in between": (
        sheet_data(["id", "text", None, "x"], [1, "좋다", None, "y"]),
        [list_object("A1:B2", "id", "text")],
        "table '표' over A1:B2 does not include the answers in E:F, because not every column up to them has a name of "
        "its own; sort all columns together, or the answers lose their rows",
    ),
    "a number for a name in between": (
        sheet_data(["id", "text", 2024], [1, "좋다", 3]),
        [list_object("A1:B2", "id", "text")],
        "not every column up to them has a name of its own",
    ),
    "a name in it that is ours in other case": (
        DATA.replace(">n<", ">Predicted_Label<"),
        [list_object("A1:C4", "id", "text", "Predicted_Label")],
        "not every column up to them has a name of its own",
    ),
    "another list object at its right": (
        sheet_data(["id", "text", "x"], [1, "좋다", "y"]),
        [list_object("A1:B2", "id", "text"), list_object("C1:C2", "x", name="옆")],
        "table '표' over A1:B2 does not include the answers in D:E, because table '옆' is in between",
    ),
    "a query's": (
        DATA,
        [list_object("A1:C4", "id", "text", "n", attributes=' tableType="queryTable"')],
        "because its columns come from a source outside the sheet",
    ),
    "no header": (
        DATA,
        [list_object("A2:C4", "a", "b", "c", attributes=' headerRowCount="0"')],
        "because its header is not row 1",
    ),
    "its header further down": (DATA, [list_object("A2:C4", "1", "좋다", "3")], "because its header is not row 1"),
    "fewer columns than it says": (
        DATA,
        [list_object("A1:C4", "id", "text")],
        "not every column up to them has a name of its own",
    ),
    "no columns at all": (DATA, [list_object("A1:C4")], "not every column up to them has a name of its own"),
    "a list object between a filter and the answers": (
        sheet_data(["id", "text", "x"], [1, "좋다", "y"]) + '<autoFilter ref="A1:B2"/>',
        [list_object("C1:C2", "x", name="옆")],
        "the filter over A1:B2 does not include the answers in D:E, because table '옆' is in between; sort all columns "
        "together, or the answers lose their rows",
    ),
}


@pytest.mark.parametrize("kind", UNREACHED)
def test_what_cannot_reach_the_answers_stays_and_is_told(answer: Callable[..., Answered], kind: str) -> None:
    sheet, list_objects, note = UNREACHED[kind]
    done = answer(with_list_objects(sheet, *list_objects))
    assert done.changed == set()
    assert len(done.notes) == 1
    assert note in done.notes[0]


@pytest.mark.parametrize(
    "described",
    [
        list_object("C1:C4", "n"),  # without the texts
        list_object("A9:C12", "a", "b", "c").replace("A9:C12", "nonsense"),
        "<table/>",
    ],
)
def test_list_objects_that_are_nothing_to_the_texts(answer: Callable[..., Answered], described: str) -> None:
    done = answer(with_list_objects(DATA, described))
    assert (done.changed, done.notes) == (set(), [])


def test_a_list_object_whose_part_is_missing(answer: Callable[..., Answered]) -> None:
    parts = with_list_objects(DATA, list_object("A1:C4", "id", "text", "n"))
    del parts["xl/tables/table1.xml"]
    assert answer(parts).notes == []


@pytest.mark.parametrize(
    ("parts", "fault"),
    [
        (lambda: with_list_objects(DATA, *[list_object("A1:C4", "id", "text", "n")] * 1_001), "more tables on a sheet"),
        (lambda: with_list_objects(DATA, *[list_object("A1:C4", "id", " " * (9 << 20))] * 2), "more tables on a sheet"),
        (lambda: with_list_objects(DATA, "<!DOCTYPE t><table/>"), "document type declaration"),
        (lambda: with_list_objects(DATA, "<table"), "damaged XML"),
        (lambda: workbook_parts(DATA + '<autoFilter ref="A1:C4"/>' * 1_001), "more than 1,000 filters"),
        (lambda: workbook_parts(DATA + DATA), "rows at two places"),
    ],
)
def test_what_no_program_writes_is_refused(tmp_path: Path, parts: Callable[[], Parts], fault: str) -> None:
    (tmp_path / "rows.xlsx").write_bytes(zipped(parts()))
    with pytest.raises(DataError, match=fault):
        XlsxTable(tmp_path / "rows.xlsx")


def test_odd_numbers_of_columns_are_no_hindrance(answer: Callable[..., Answered]) -> None:
    described = list_object("A1:C4", "id", "text", "n").replace('id="2"', f'id="{"9" * 5_000}"').replace('id="3"', "")
    done = answer(with_list_objects(DATA, described))
    assert '<tableColumn id="2" name="predicted_label"/>' in done.parts["xl/tables/table1.xml"]


def test_a_filter_above_the_rows_is_let_be(answer: Callable[..., Answered]) -> None:
    done = answer(workbook_parts(f'<autoFilter ref="A1:C4"/>{DATA}<dimension ref="A1:C4"/>'))
    assert done.parts[SHEET].count('ref="A1:C4"') == 2
    assert done.notes == []


@cache
def python_with_uno() -> str | None:
    """Return a Python that can speak with LibreOffice, if both are installed."""
    if shutil.which("soffice") is None:
        return None
    for python in filter(None, (shutil.which("python3", path="/usr/bin"), shutil.which("python3"))):
        if subprocess.run([python, "-c", "import uno"], capture_output=True, check=False).returncode == 0:
            return python
    return None


OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
CONTENT_TYPES = (
    f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/{WORKBOOK}" ContentType="{OFFICE}.sheet.main+xml"/>'
    f'<Override PartName="/{SHEET}" ContentType="{OFFICE}.worksheet+xml"/>'
    f'<Override PartName="/xl/tables/table1.xml" ContentType="{OFFICE}.table+xml"/></Types>'
)
SORTED: dict[str, Callable[[], Parts]] = {
    "filter": lambda: with_filter(f'{DATA}<autoFilter ref="A1:C4"/>', {FILTER_NAME: "리뷰!$A$1:$C$4"}),
    "filter of some columns": lambda: with_filter(f'{DATA}<autoFilter ref="A1:B4"/>', {FILTER_NAME: "리뷰!$A$1:$B$4"}),
    "list object": lambda: with_list_objects(
        f'{DATA}<tableParts count="1"><tablePart xmlns:r="{RELATIONSHIPS}" r:id="t1"/></tableParts>',
        list_object("A1:C4", "id", "text", "n"),
    ),
    "list object with totals": lambda: with_list_objects(
        f"{sheet_data(*ROWS, ['합계', None, 6])}"
        f'<tableParts count="1"><tablePart xmlns:r="{RELATIONSHIPS}" r:id="t1"/></tableParts>',
        list_object("A1:C5", "id", "text", "n", filter_ref="A1:C4", attributes=' totalsRowCount="1"'),
    ),
}


@pytest.mark.skipif("not python_with_uno()", reason="LibreOffice with UNO is not installed")
def test_libreoffice_sorts_answers_with_their_rows(answer: Callable[..., Answered], tmp_path: Path) -> None:
    workbooks = [tmp_path / f"{kind}.xlsx" for kind in SORTED]
    for path, parts in zip(workbooks, SORTED.values(), strict=True):
        path.write_bytes(answer(parts() | {"[Content_Types].xml": CONTENT_TYPES}).content)
    script = Path(__file__).with_name("sort_in_libreoffice.py")
    command = [str(python_with_uno()), str(script), "0", *map(str, workbooks)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    assert [line.partition(".")[2] for line in done.stdout.split()] == ["$A$1:$E$4"] * len(SORTED)
    downwards = [("3", "보통"), ("2", "싫다"), ("1", "좋다")]
    for path in workbooks:
        rows = [(row.text, *row.cells) for row in XlsxTable(tmp_path / "sorted" / path.name).rows(0, [1, 3, 4])]
        assert rows[:3] == [(number, text, f"label of {text}", "0.5") for number, text in downwards]
