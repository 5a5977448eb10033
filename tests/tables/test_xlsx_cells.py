"""What cells of other writers hold: empty values, formulas that nobody calculated, cells without references."""

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sentiment.errors import DataError, OutputError
from sentiment.tables.xlsx import XlsxTable
from sentiment.tables.xlsx.reading.package import Package
from tests.tables.conftest import workbook_parts

WriteWorkbook = Callable[..., Path]

STRINGS = "<si><t>text</t></si><si><t>좋다</t></si>"


def sheet(*rows: str) -> str:
    return f"<sheetData>{''.join(rows)}</sheetData>"


HEADER = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>n</t></is></c></row>'


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="A2" t="s"><v/></c>', None),
        ('<c r="A2" t="s"><v></v></c>', None),
        ('<c r="A2" t="s"><v> \n </v></c>', None),
        ('<c r="A2" t="s"/>', None),
        ('<c r="A2"><v/></c>', None),
        ('<c r="A2" t="n"><v> </v></c>', None),
        ('<c r="A2" t="b"><v/></c>', None),
        ('<c r="A2" t="e"><v/></c>', None),
        ('<c r="A2" t="d"><v/></c>', None),
        ('<c r="A2" t="inlineStr"><is/></c>', ""),
        ('<c r="A2" t="inlineStr"/>', None),
        ('<c r="A2" t="str"><f>""</f><v></v></c>', ""),
        ('<c r="A2" t="str"><v> 좋다 </v></c>', " 좋다 "),
        ('<c r="A2" t="inlineStr"><is><t xml:space="preserve"> 좋다\n</t></is></c>', " 좋다\n"),
        ('<c r="A2" t="inlineStr"><is><r><rPr><b/></rPr><t>좋</t></r><r><t>다</t></r></is></c>', "좋다"),
        ('<c r="A2" t="inlineStr"><is><t>東</t><rPh sb="0" eb="1"><t>ひがし</t></rPh></is></c>', "東"),
        ('<c r="A2" t="inlineStr"><v>좋다</v></c>', "좋다"),
        ('<c r="A2" t="inlineStr"><is><t>a&#10;b_x000D_&#xD;&amp;</t></is></c>', "a\nb\r\r&"),
        ('<c r="A2" t="inlineStr"><is><t><![CDATA[<좋다>]]></t></is></c>', "<좋다>"),
    ],
)
def test_text_of_a_cell(write_workbook: WriteWorkbook, cell: str, text: str | None) -> None:
    table = XlsxTable(write_workbook(sheet(HEADER, f'<row r="2">{cell}<c r="B2"><v>1</v></c></row>'), STRINGS))
    assert (list(table.texts(0)), list(table.texts(1))) == ([text], ["1"])


@pytest.mark.parametrize("empty", ["<v/>", "<v></v>", "<v> </v>"])
def test_empty_values_in_the_header(write_workbook: WriteWorkbook, empty: str) -> None:
    header = f'<row><c t="s"><v>0</v></c><c t="s">{empty}</c><c>{empty}</c></row>'
    table = XlsxTable(write_workbook(sheet(header, '<row><c t="s"><v>1</v></c></row>'), STRINGS))
    assert (table.columns, list(table.texts(0)), list(table.texts(1))) == (["text", "", ""], ["좋다"], [None])


def test_rows_of_empty_values_above_the_header(write_workbook: WriteWorkbook, tmp_path: Path) -> None:
    blank = '<row><c t="s"><v/></c><c><v/></c><c t="b"><v></v></c></row>'
    table = XlsxTable(
        write_workbook(sheet(blank, '<row><c t="s"><v>0</v></c></row>', '<row><c t="s"><v>1</v></c></row>'), STRINGS)
    )
    assert (table.columns, table.num_rows, list(table.texts(0))) == (["text", "", ""], 1, ["좋다"])
    with (tmp_path / "x.xlsx").open("w+b") as file:
        table.write_answered(file, {"label": str}, [("p",)], text_column=0)
    assert XlsxTable(tmp_path / "x.xlsx").columns == ["text", "", "", "label"]


def test_rows_and_cells_without_references(write_workbook: WriteWorkbook, tmp_path: Path) -> None:
    rows = (
        '<row><c t="s"><v>0</v></c><c/><c t="inlineStr"><is><t>n</t></is></c></row>',
        '<row><c t="s"><v>1</v></c></row>',
        '<row><c r="A7" t="s"><v>1</v></c><c r="C7"><v>7</v></c></row>',  # further down than it is counted
        '<row><c t="s"><v>0</v></c><c r="C8"><v>8</v></c></row>',
    )
    table = XlsxTable(write_workbook(sheet(*rows), STRINGS))
    assert (list(table.texts(0)), list(table.texts(2))) == (["좋다", "좋다", "text"], [None, "7", "8"])
    with (tmp_path / "x.xlsx").open("w+b") as file:
        table.write_answered(file, {"label": str}, [("a",), ("b",), ("c",)], text_column=0)
    with Package.open(tmp_path / "x.xlsx") as package:
        member = package.find("xl/worksheets/sheet1.xml")
        assert member
        answered = b"".join(package.chunks(member)).decode()
    assert [reference for reference in ("D1", "D2", "D7", "D8") if f'r="{reference}"' in answered] == [
        "D1",
        "D2",
        "D7",
        "D8",
    ]
    assert list(XlsxTable(tmp_path / "x.xlsx").texts(3)) == ["a", "b", "c"]


def test_formulas_without_values_are_counted(write_workbook: WriteWorkbook) -> None:
    rows = (
        '<row r="2"><c r="A2"><f>B2</f></c><c r="B2"><f>1</f><v/></c></row>',
        '<row r="3"><c r="A3"><f>B3</f><v></v></c><c r="B3"><f>1</f><v>1</v></c></row>',
        '<row r="4"><c r="A4" t="str"><f>""</f><v></v></c></row>',
        '<row r="5"><c r="A5" t="s"><v>1</v></c></row>',
        '<row r="6"><c r="A6" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>',
    )
    notes: list[str] = []
    path = write_workbook(sheet(HEADER, *rows), STRINGS)
    table = XlsxTable(path, notify=notes.append)
    assert list(table.texts(0)) == [None, None, "", "좋다", None]
    told = "rows with a formula whose value is not stored count as empty; open the file in a spreadsheet program"
    assert notes == [f"{path}: column 'text': 2 {told} and save it first"]
    notes.clear()
    assert [row.cells for row in table.rows(1, [0, 0]) if row.text] == [[None, None]]
    assert [note.split(" rows")[0] for note in sorted(notes)] == [f"{path}: column 'n': 1", f"{path}: column 'text': 2"]


def test_the_header_once_more_is_no_text(write_workbook: WriteWorkbook) -> None:
    """As in CSV: the row stays, without a text. A text that is called like its column is a text."""

    def row(number: int, *cells: str) -> str:
        texts = "".join(f'<c r="{"AB"[place]}{number}" t="str"><v>{cell}</v></c>' for place, cell in enumerate(cells))
        return f'<row r="{number}">{texts}</row>'

    rows = [("1", "a"), ("id", "text"), ("2", "text"), (" id ", "text"), ("3", "b")]
    path = write_workbook(sheet(row(1, "id", "text"), *(row(place, *cells) for place, cells in enumerate(rows, 2))))
    notes: list[str] = []
    table = XlsxTable(path, notify=notes.append)
    assert list(table.texts(1)) == ["a", None, "text", None, "b"]
    assert notes == [f"{path}: row 3: repeats the header; such rows are not read as texts"]
    assert [row.text for row in table.rows(0, [1])] == ["1", "2", " id ", "3"]
    assert table.repeated_headers == [f"{path}: row 3"]


@pytest.mark.parametrize(
    ("calculation", "texts", "num_notes"),
    [('<calcPr fullCalcOnLoad="1"/>', [None, "0", "5"], 1), ('<calcPr calcId="1"/>', ["0", "0", "5"], 0)],
)
def test_zero_is_no_value_of_a_formula_that_was_never_calculated(
    write_workbook: WriteWorkbook, calculation: str, texts: list[str | None], num_notes: int
) -> None:
    """XlsxWriter stores 0 for every formula, and that the workbook is to be calculated when it is opened."""
    rows = "<row><c><f>B2</f><v>0</v></c></row><row><c><v>0</v></c></row><row><c><f>2+3</f><v>5</v></c></row>"
    workbook = str(workbook_parts("")["xl/workbook.xml"]).replace("</sheets>", f"</sheets>{calculation}")
    notes: list[str] = []
    path = write_workbook(sheet(HEADER, rows), STRINGS, parts={"xl/workbook.xml": workbook})
    assert list(XlsxTable(path, notify=notes.append).texts(0)) == texts
    assert len(notes) == num_notes


def test_formulas_without_values_in_the_header(write_workbook: WriteWorkbook) -> None:
    notes: list[str] = []
    rows = ('<row r="1"><c r="A1"><f>B9</f></c></row>', '<row r="2"><c r="A2" t="s"><v>1</v></c></row>')
    table = XlsxTable(write_workbook(sheet(*rows), STRINGS), notify=notes.append)
    assert (table.columns, len(notes)) == ([""], 1)
    assert "the header contains formulas whose values are not stored" in notes[0]


def test_no_room_for_shared_texts(write_workbook: WriteWorkbook, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_workbook(sheet(HEADER), STRINGS)
    monkeypatch.setattr(tempfile, "tempdir", "/somewhere")
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: Path("/dev/full").open("w+b"))  # noqa: SIM115
    with pytest.raises(OutputError) as caught:
        XlsxTable(path)
    assert str(caught.value) == (
        f"/somewhere: has no room for the texts of the workbook ({os.strerror(errno.ENOSPC)}); free some space "
        "there, or choose another folder with TMPDIR"
    )


def test_sample_is_the_first_rows(write_workbook: WriteWorkbook) -> None:
    rows = (f'<row r="{n}"><c r="A{n}" t="s"><v>1</v></c><c r="C{n}"><v>{n}</v></c></row>' for n in range(2, 100))
    table = XlsxTable(write_workbook(sheet(HEADER, *rows), STRINGS))
    assert table.sample()[:3] == [["좋다", None, "2"], ["좋다", None, "3"], ["좋다", None, "4"]]
    assert len(table.sample()) == 50


def test_sample_leaves_out_what_is_damaged(write_workbook: WriteWorkbook) -> None:
    row = '<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" t="s"><v>99</v></c></row>'
    table = XlsxTable(write_workbook(sheet(HEADER, row), STRINGS))
    assert table.sample() == [["좋다", None]]
    with pytest.raises(DataError, match="shared text 99, which is missing"):
        list(table.texts(1))


def test_sample_of_huge_rows_is_small(write_workbook: WriteWorkbook) -> None:
    """A shared text of a million characters in a thousand cells would take a gigabyte."""
    huge = f"<si><t>{'가' * (1 << 20)}</t></si>"
    cells = '<c t="s"><v>2</v></c>' * 1_000
    table = XlsxTable(write_workbook(sheet(HEADER, *[f"<row>{cells}</row>"] * 9), STRINGS + huge))
    sample = table.sample()
    assert len(sample) == 1
    assert sum(len(text) for text in sample[0] if text) == 4 << 20


def test_header_of_huge_names_is_refused(write_workbook: WriteWorkbook) -> None:
    huge = f"<si><t>{'가' * (1 << 20)}</t></si>"
    cells = '<c t="s"><v>2</v></c>' * 5
    with pytest.raises(DataError, match="its header, row 1, contains more than 4,194,304 characters"):
        XlsxTable(write_workbook(sheet(f"<row>{cells}</row>"), STRINGS + huge))


def test_huge_row_is_refused(write_workbook: WriteWorkbook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentiment.tables.xlsx.reading.rows._MAX_ROW_BYTES", 1 << 20)
    cell = f'<c t="inlineStr"><is><t>{"가" * 100_000}</t></is></c>'
    XlsxTable(write_workbook(sheet(HEADER, f"<row>{cell * 3}</row>", f"<row>{cell}</row>"), STRINGS))
    with pytest.raises(DataError, match="has a row of more than 1 MiB"):
        XlsxTable(write_workbook(sheet(HEADER, f"<row>{cell * 4}</row>"), STRINGS))
