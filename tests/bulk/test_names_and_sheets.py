"""What names promise and files say of themselves: suffixes, a delimiter line, a title, sheets."""

import gzip
from pathlib import Path

import pytest

from sentiment.errors import DataError, OutputError
from sentiment.tables.xlsx import XlsxTable
from tests.bulk.conftest import Answer, ChecksumScorer
from tests.tables.conftest import MAIN, workbook_parts, zipped

SCORER = ChecksumScorer()


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def sheet(*texts: str) -> str:
    rows = (f'<row r="{number}">{inline(f"A{number}", text)}</row>' for number, text in enumerate(texts, 1))
    return f"<sheetData>{''.join(rows)}</sheetData>"


@pytest.fixture
def two_sheets(tmp_path: Path) -> Path:
    """A workbook whose notes stand before its reviews."""
    sheets = '<sheet name="안내" sheetId="1" r:id="rId1"/><sheet name="리뷰" sheetId="2" r:id="rId3"/>'
    parts = workbook_parts(sheet("text", "a note"), sheets=sheets)
    relationships = str(parts["xl/_rels/workbook.xml.rels"])
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    entry = f'<Relationship Id="rId3" Type="{kind}" Target="worksheets/sheet2.xml"/></Relationships>'
    parts["xl/_rels/workbook.xml.rels"] = relationships.replace("</Relationships>", entry)
    second = f'<worksheet xmlns="{MAIN}">{sheet("리뷰", "good film", "bad film")}</worksheet>'
    parts["xl/worksheets/sheet2.xml"] = second
    path = tmp_path / "two.xlsx"
    path.write_bytes(zipped(parts))
    return path


@pytest.mark.parametrize(
    ("source", "output", "fault"),
    [
        ("two.xlsx", "out.csv", "the output has the format of the input, xlsx, but this name says csv"),
        ("two.xlsx", "out.xlsx.gz", "xlsx is not compressed with gzip"),
        ("rows.csv", "out.xlsx", "the output has the format of the input, csv, but this name says xlsx"),
        ("rows.csv.gz", "out.parquet", "the output has the format of the input, csv, but this name says parquet"),
        ("rows.jsonl", "out.csv", "the output has the format of the input, jsonl, but this name says csv"),
        ("rows.txt", "out.csv", "choose another ending, or set the format of the input with `format`"),
        ("rows.log", "out.jsonl.gz", "the output has the format of the input, lines, but this name says jsonl"),
    ],
)
def test_a_name_that_promises_another_format_is_refused(
    answer: Answer, tmp_path: Path, two_sheets: Path, source: str, output: str, fault: str
) -> None:
    (tmp_path / "rows.csv").write_text("text\ngood\n")
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(b"text\ngood\n"))
    (tmp_path / "rows.jsonl").write_text('{"text": "good"}\n')
    for lines in ("rows.txt", "rows.log"):
        (tmp_path / lines).write_text("good\n")
    before = set(tmp_path.iterdir())
    with pytest.raises(OutputError, match=fault):
        answer(tmp_path / source, output=tmp_path / output)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("rows.csv", "out.txt"),
        ("rows.csv", "out"),
        ("rows.csv", "out.tsv"),
        ("rows.csv", "out.log"),
        ("rows.txt", "out.tsv"),
        ("rows.log", "out.txt"),
    ],
)
def test_a_name_that_suits_the_format_is_written(answer: Answer, tmp_path: Path, source: str, output: str) -> None:
    (tmp_path / source).write_text("text\ngood\n")
    answer(tmp_path / source, output=tmp_path / output)
    assert (tmp_path / output).read_text().splitlines()[1].count("good") == 1


def test_a_name_that_promises_nothing_is_taken(answer: Answer, tmp_path: Path, two_sheets: Path) -> None:
    answer(two_sheets, output=tmp_path / "out")
    assert list(XlsxTable(tmp_path / "out").texts(1)) == [SCORER.answer("a note")[0]]


def test_an_old_workbook_is_told_what_to_become(answer: Answer, tmp_path: Path) -> None:
    (tmp_path / "rows.xls").write_bytes(b"x")
    with pytest.raises(DataError, match=r"save it as \.xlsx"):
        answer(tmp_path / "rows.xls")


def test_the_first_visible_sheet_is_said_and_another_can_be_named(
    answer: Answer, tmp_path: Path, two_sheets: Path
) -> None:
    run = answer(two_sheets, output=tmp_path / "first.xlsx")
    assert run.notes[0] == f"{two_sheets}: sheet '안내' (`sheet` chooses another: '리뷰')"
    run = answer(two_sheets, output=tmp_path / "second.xlsx", sheet="리뷰")
    assert run.counts.rows == 2
    table = XlsxTable(tmp_path / "second.xlsx", "리뷰")
    assert list(table.texts(0)) == ["good film", "bad film"]
    assert list(table.texts(1)) == [SCORER.answer(text)[0] for text in ("good film", "bad film")]
    assert list(XlsxTable(tmp_path / "second.xlsx").texts(0)) == ["a note"]
    with pytest.raises(DataError, match="has no sheet 'x'; its sheets are '안내', '리뷰'"):
        answer(two_sheets, output=tmp_path / "third.xlsx", sheet="x")


@pytest.mark.parametrize("option", [{"sheet": "x"}, {"encoding": "cp949"}])
def test_an_option_that_says_nothing_of_the_format_is_refused(
    answer: Answer, tmp_path: Path, two_sheets: Path, option: dict[str, str]
) -> None:
    (tmp_path / "rows.csv").write_text("text\ngood\n")
    source = tmp_path / "rows.csv" if "sheet" in option else two_sheets
    with pytest.raises(DataError, match=f"remove `{next(iter(option))}`"):
        answer(source, output=tmp_path / f"out{source.suffix}", **option)


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_line_that_names_the_delimiter_is_no_header(answer: Answer, tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"{line}\nid;text\n1;good film\n")
    assert answer(path).stdout.decode().splitlines() == [
        line,
        "id;text;predicted_label;predicted_probability",
        f"1;good film;{';'.join(SCORER.answer('good film'))}",
    ]


def test_a_title_above_the_header_is_not_taken_for_it(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("All our reviews,,\nid,opinion,date\n1,a rather good film,2026\n2,what a bad film,2026\n")
    with pytest.raises(DataError, match="the first row looks like a title; delete what is above"):
        answer(path)


@pytest.mark.parametrize(
    ("content", "is_table"),
    [
        ("no\topinion\tdate\n1\ta rather good film\t2026\n2\twhat a bad film\t2026\n", True),
        ("a good film\twell\nno tabs here\n", False),
        ("one line\twith a tab\n", False),
    ],
)
def test_a_txt_file_is_a_table_where_all_rows_have_as_many_tabs(
    answer: Answer, tmp_path: Path, content: str, is_table: bool
) -> None:
    path = tmp_path / "rows.txt"
    path.write_text(content)
    run = answer(path)
    assert run.notes[0].endswith("tab-separated values" if is_table else "lines, one text a line")
    assert run.counts.rows == content.count("\n") - is_table


def test_a_byte_that_does_not_fit_tells_of_the_encoding(answer: Answer, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes("text,x\ntrès bon,1\n".encode("latin-1"))
    with pytest.raises(DataError, match="not UTF-8; set the right encoding with `encoding`"):
        answer(path)
    assert "très bon" in answer(path, encoding="latin-1").stdout.decode("latin-1")


def sheet_below_titles(*, header: tuple[str, str]) -> str:
    rows = {1: ("2026년 리뷰 모음",), 3: header, 4: ("정말 좋아요", "긍정"), 5: ("별로예요", "부정")}
    cells = {
        number: "".join(inline(f"{'AB'[place]}{number}", text) for place, text in enumerate(row))
        for number, row in rows.items()
    }
    return "".join(f'<row r="{number}">{xml}</row>' for number, xml in cells.items())


@pytest.mark.parametrize(("header", "option"), [(("text", "label"), None), (("느낌", "뭐"), 3)])
def test_the_answers_of_a_sheet_stand_beside_the_header_below_its_titles(
    answer: Answer, tmp_path: Path, header: tuple[str, str], option: int | None
) -> None:
    path, output = tmp_path / "rows.xlsx", tmp_path / "out.xlsx"
    titled = f"<sheetData>{sheet_below_titles(header=header)}</sheetData>"
    path.write_bytes(zipped(workbook_parts(f'{titled}<mergeCells><mergeCell ref="A1:B1"/></mergeCells>')))
    run = answer(path, output=output, header_row=option)
    assert run.counts.rows == 2
    assert ("the column names are in row 3" in "".join(run.notes)) == (option is None)
    table = XlsxTable(output, header_row=3)
    assert list(table.columns) == [*header, "predicted_label", "predicted_probability"]
    assert list(table.texts(2)) == [SCORER.answer(text)[0] for text in ("정말 좋아요", "별로예요")]
    assert XlsxTable(output, header_row=1).num_rows == 3
    with pytest.raises(DataError, match="its row 2 is empty; set the row of the column names with `header_row`"):
        answer(path, output=tmp_path / "other.xlsx", header_row=2)
