"""What cells of other writers hold: empty values, formulas that nobody calculated, cells without references."""

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import quoteattr

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


def styles(*formats: str, described: str = "") -> str:
    """Return a part with a style for each number of a format; the first style is the usual one."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = "".join(f'<xf numFmtId="{number}"/>' for number in ("0", *formats))
    return (
        f'<styleSheet xmlns="{main}">{described}<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        f"<cellXfs>{cells}</cellXfs></styleSheet>"
    )


def texts_of_styled(write_workbook: WriteWorkbook, styles_part: str, *cells: str, workbook: str = "") -> list[object]:
    """Return the texts of some cells, one a row."""
    rows = [f'<row r="{number}">{cell}</row>' for number, cell in enumerate(cells, 2)]
    parts: dict[str, str | bytes] = {"xl/styles.xml": styles_part}
    if workbook:
        content = str(workbook_parts("")["xl/workbook.xml"])
        parts["xl/workbook.xml"] = content.replace("<sheets>", f"{workbook}<sheets>")
    return list(XlsxTable(write_workbook(sheet(HEADER, *rows), STRINGS, parts=parts)).texts(0))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("4.4000000000000004", "4.4"),
        ("-2.2999999999999998", "-2.3"),
        ("0.9235942498449654", "0.9235942498449654"),
        ("1.0000000000000001E-5", "1e-05"),
        ("1.0000000000000000E+999", "1.0000000000000000E+999"),
        ("1.50", "1.50"),
        ("1E+20", "1E+20"),
        ("12345678901234567890", "12345678901234567890"),
        ("-12345678901234567890", "-12345678901234567890"),
        ("46027", "46027"),
        ("1.2.3.4.5.6.7.8.9.10", "1.2.3.4.5.6.7.8.9.10"),
        ("0.1" + "0" * 5_000 + "1", "0.1"),
    ],
)
def test_a_number_has_no_noise_of_floating_point(write_workbook: WriteWorkbook, value: str, text: str) -> None:
    assert texts_of_styled(write_workbook, styles(), f"<c><v>{value}</v></c>", f'<c s="0"><v>{value}</v></c>') == [
        text,
        text,
    ]


@pytest.mark.parametrize(
    ("value", "text", "in_1904"),
    [
        ("46027", "2026-01-05", "2030-01-06"),
        ("46027.5625", "2026-01-05T13:30:00", "2030-01-06T13:30:00"),
        ("46027.999999", "2026-01-06", "2030-01-07"),
        ("0.5625", "13:30:00", "13:30:00"),
        ("1", "1900-01-01", "1904-01-02"),
        ("59", "1900-02-28", "1904-02-29"),
        ("60", "60", "1904-03-01"),
        ("61", "1900-03-01", "1904-03-02"),
        ("2958465", "9999-12-31", "2958465"),
        ("2958466", "2958466", "2958466"),
        ("-1", "-1", "-1"),
        ("1E+300", "1E+300", "1E+300"),
        ("soon", "soon", "soon"),
    ],
)
def test_a_date_is_shown_as_one(write_workbook: WriteWorkbook, value: str, text: str, in_1904: str) -> None:
    cells = f'<c s="1"><v>{value}</v></c>', f'<c s="1"><f>TODAY()</f><v>{value}</v></c>'
    assert texts_of_styled(write_workbook, styles("14"), *cells) == [text, text]
    old = '<workbookPr date1904="1"/>'
    assert texts_of_styled(write_workbook, styles("14"), *cells, workbook=old) == [in_1904, in_1904]


def test_a_text_with_the_style_of_a_date_is_a_text(write_workbook: WriteWorkbook) -> None:
    cells = '<c s="1" t="str"><v>46027</v></c>', '<c s="1" t="d"><v>2024-01-01</v></c>', '<c s="7"><v>46027</v></c>'
    assert texts_of_styled(write_workbook, styles("14"), *cells) == ["46027", "2024-01-01", "46027"]


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        ("yyyy-mm-dd", True),
        ('yyyy"년" m"월" d"일"', True),
        ("[$-412]YYYY/MM/DD AM/PM h:mm", True),
        ("[Red]d/m;@", True),
        ("mmm", True),
        ("General", False),
        ("[Red]0.00", False),
        ('0 "days"', False),
        (r"0\d", False),
        ("#,##0_d", False),
        ("0.00E+00", False),
        ("[h]:mm:ss", False),
        ("[$-412]0", False),
        ('0;"y"d', False),
        ("[" * 100_000, False),
    ],
)
def test_the_format_tells_a_date(write_workbook: WriteWorkbook, code: str, *, is_date: bool) -> None:
    described = f'<numFmts><numFmt numFmtId="170" formatCode={quoteattr(code)}/></numFmts>'
    text = "2026-01-05" if is_date else "46027"
    assert texts_of_styled(write_workbook, styles("170", described=described), '<c s="1"><v>46027</v></c>') == [text]


def test_a_built_in_format_may_be_described_anew(write_workbook: WriteWorkbook) -> None:
    described = '<numFmts><numFmt numFmtId="14" formatCode="0"/></numFmts>'
    assert texts_of_styled(write_workbook, styles("14", described=described), '<c s="1"><v>1</v></c>') == ["1"]


def test_more_styles_than_a_program_makes_are_not_kept(write_workbook: WriteWorkbook) -> None:
    many = styles(*["14"] * 70_000)
    cells = '<c s="65535"><v>46027</v></c>', '<c s="65536"><v>46027</v></c>'
    assert texts_of_styled(write_workbook, many, *cells) == ["2026-01-05", "46027"]


def test_hostile_and_missing_styles(write_workbook: WriteWorkbook, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = sheet(HEADER, '<row><c s="1"><v>46027</v></c></row>')
    assert list(XlsxTable(write_workbook(rows, STRINGS, parts={"xl/styles.xml": None})).texts(0)) == ["46027"]
    for content, fault in (("<styleSheet>", "damaged XML"), ("<!DOCTYPE a><a/>", "document type declaration")):
        with pytest.raises(DataError, match=rf"xl/styles.xml .*{fault}"):
            XlsxTable(write_workbook(rows, STRINGS, parts={"xl/styles.xml": content}))
    monkeypatch.setattr("sentiment.tables.xlsx.reading.numbers._MAX_BYTES", 1 << 16)
    with pytest.raises(DataError, match="like a zip bomb"):
        XlsxTable(write_workbook(rows, STRINGS, parts={"xl/styles.xml": styles() + " " * (1 << 17)}))


def test_answers_leave_dates_and_numbers_as_they_are(write_workbook: WriteWorkbook, tmp_path: Path) -> None:
    row = (
        '<row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2" s="1"><v>46027.50</v></c>'
        '<c r="C2"><v>4.4000000000000004</v></c>'
    )
    path = write_workbook(sheet(HEADER, f"{row}</row>"), STRINGS, parts={"xl/styles.xml": styles("14")})
    table = XlsxTable(path)
    assert [read.cells for read in table.rows(0, [1, 2])] == [["2026-01-05T12:00:00", "4.4"]]
    with (tmp_path / "x.xlsx").open("w+b") as file:
        table.write_answered(file, {"label": str}, [("p",)], text_column=0)
    with Package.open(tmp_path / "x.xlsx") as package:
        member = package.find("xl/worksheets/sheet1.xml")
        assert member
        assert row in b"".join(package.chunks(member)).decode()


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


def test_a_merged_cell_is_that_of_each_of_its_rows_but_a_merged_text_is_one(write_workbook: WriteWorkbook) -> None:
    def row(number: int, *cells: str) -> str:
        return f'<row r="{number}">{"".join(cells)}</row>'

    def cell(reference: str, text: str) -> str:
        return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'

    header = row(1, cell("A1", "text"), cell("B1", "shop"), cell("C1", "label"))
    rows = [
        row(2, cell("A2", "one"), cell("B2", "Seoul"), cell("C2", "good")),
        row(3, cell("A3", "two"), '<c r="B3"/>', cell("C3", "bad")),
        row(5, '<c r="A5"/>', cell("C5", "good")),
        row(6, cell("A6", "four"), cell("B6", "Busan")),
        row(7, cell("A7", "five")),
    ]
    merged = "".join(f'<mergeCell ref="{area}"/>' for area in ("B2:B5", "A3:A5", "B6:C6"))
    table = XlsxTable(write_workbook(sheet(header, *rows) + f"<mergeCells>{merged}</mergeCells>"))
    assert [(text, list(cells)) for _, text, cells, _ in table.rows(0, (1, 2))] == [
        ("one", ["Seoul", "good"]),
        ("two", ["Seoul", "bad"]),
        (None, ["Seoul", "good"]),
        ("four", ["Busan", None]),
        ("five", [None, None]),
    ]
