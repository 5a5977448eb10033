"""The door to every table: the same rows whatever the file, one rule for .txt, and options that must have an effect."""

import gzip
import json
from pathlib import Path

import pytest

from sentiment.errors import DataError
from sentiment.tables import TableOptions, TextTable, find_text_column, format_of, format_of_suffix, open_table
from tests.tables.conftest import workbook_parts, zipped

TEXTS = ["정말 좋아요", "별로예요"]


def silent(_line: str) -> None:
    """Hear nothing."""


def csv(*, delimiter: str = ",") -> str:
    rows = [("번호", "텍스트"), *((str(number), text) for number, text in enumerate(TEXTS))]
    return "".join(delimiter.join(row) + "\n" for row in rows)


def workbook() -> bytes:
    rows = "".join(f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>' for text in ["텍스트", *TEXTS])
    return zipped(workbook_parts(f"<sheetData>{rows}</sheetData>"))


def parquet() -> bytes:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"번호": [1, 2], "텍스트": TEXTS}), buffer := pa.BufferOutputStream())
    return bytes(buffer.getvalue())


FILES = {
    "rows.csv": lambda: csv().encode(),
    "rows.csv.gz": lambda: gzip.compress(csv().encode(), mtime=0),
    "rows.tab": lambda: csv(delimiter="\t").encode("cp949"),
    "rows.txt": lambda: csv(delimiter="\t").encode("utf-16"),
    "lines.txt": lambda: "\n".join(TEXTS).encode(),
    "lines.log": lambda: "\r\n".join(TEXTS).encode(),
    "rows.ndjson": lambda: "".join(json.dumps({"텍스트": text}) + "\n" for text in TEXTS).encode(),
    "rows.xlsx": workbook,
    "rows.pq": parquet,
}


@pytest.mark.parametrize("name", FILES)
def test_every_file_gives_the_same_texts(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    table = open_table(str(path), notify=silent)
    assert table.name == str(path)
    rows = list(table.rows(find_text_column(table, None, silent)))
    assert [(row.text, row.fault) for row in rows] == [(text, None) for text in TEXTS]
    assert all(row.where.startswith(f"{path}:") for row in rows)


@pytest.mark.parametrize(
    ("content", "format_name"),
    [
        ("id\tdocument\n1\ta\n", "tsv"),
        ("느낌\t날짜\n참 좋다\t1\n나쁘다\t2\n", "tsv"),
        ("번호\t한줄평\n1\t좋다\n두 번째 줄은 탭이 없다\n세 번째도\n", "tsv"),
        ("느낌\t날짜\n" + "좋다\t1\n" * 20 + "망가진 줄\n", "tsv"),
        ("\n\nid\tdocument\n1\ta\n", "tsv"),
        ("좋다\n나쁘다\n", "lines"),
        ("한 줄에\t탭 하나\n", "lines"),
        ("a good film\twell\nno tabs here\n", "lines"),
        ("좋다\n탭은\t뒤에만\n", "lines"),
        ("", "lines"),
    ],
)
def test_a_txt_file_is_a_table_or_lines(tmp_path: Path, content: str, format_name: str) -> None:
    path, notes = tmp_path / "rows.txt", list[str]()
    path.write_text(content, encoding="utf-8")
    table = open_table(str(path), notify=notes.append)
    assert isinstance(table, TextTable)
    assert table.format.name == format_name
    told = "tab-separated values" if format_name == "tsv" else "lines, one text a line"
    assert notes[0] == f"{path}: read as {told}"


def test_lines_of_fasttext_are_not_texts(tmp_path: Path) -> None:
    path = tmp_path / "rows.txt"
    path.write_text("__label__1 좋다\n__label__0 나쁘다\n", encoding="utf-8")
    with pytest.raises(DataError, match="its lines begin with __label__, as fastText's do; write label and text"):
        open_table(str(path), notify=silent)
    table = open_table(str(path), TableOptions("lines"), notify=silent)
    assert [row.text for row in table.rows(0)] == ["__label__1 좋다", "__label__0 나쁘다"]


@pytest.mark.parametrize(
    ("name", "options", "fault"),
    [
        ("rows.csv", TableOptions(sheet="1"), "only a workbook has sheets; remove `sheet`"),
        ("rows.pq", TableOptions(header_row=1), "parquet has no header; remove `header_row`"),
        ("lines.txt", TableOptions(header_row=1), "lines has no header; remove `header_row`"),
        ("rows.xlsx", TableOptions(encoding="cp949"), "xlsx has a fixed encoding; remove `encoding`"),
        ("rows.pq", TableOptions(max_record_characters=1), "has its own limits; remove `max_record_characters`"),
        ("rows.csv", TableOptions("xlsx"), "is not an XLSX file"),
        ("rows.xlsx", TableOptions("csv"), "is a zip file or a workbook"),
        ("rows.xlsx", TableOptions(sheet="x"), "has no sheet 'x'; its sheets are '리뷰'"),
    ],
)
def test_what_is_said_must_have_an_effect(tmp_path: Path, name: str, options: TableOptions, fault: str) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    with pytest.raises(DataError, match=fault):
        open_table(str(path), options, notify=silent)


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".xlsx", ".parquet", ".json", ""])
def test_a_missing_file_is_missing_whatever_its_name(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(DataError, match=f"none{suffix}: no such file; check the name and the folder"):
        open_table(str(tmp_path / f"none{suffix}"), notify=silent)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".json"])
def test_a_folder_is_no_file(tmp_path: Path, suffix: str) -> None:
    folder = tmp_path / f"rows{suffix}"
    folder.mkdir()
    with pytest.raises(DataError, match="folder"):
        open_table(str(folder), notify=silent)


def test_what_is_read_at_many_places_is_no_stream() -> None:
    for path, kind in (("-", "file"), ("/dev/null", "regular file")):
        with pytest.raises(DataError, match=f"parquet is read at more than one place; write it to a {kind} first"):
            open_table(path, TableOptions("parquet"), notify=silent)


def test_names_tell_formats() -> None:
    told = ["a.CSV", "a.tsv.GZ", "a.b.jsonl", "a.xlsm", "a.txt.gz", "a.gz", "csv", "a.csv.bak"]
    assert [*map(format_of_suffix, told)] == ["csv", "tsv", "jsonl", "xlsx", "txt", None, None, None]
    assert (format_of("-"), format_of("a.csv", "lines")) == ("lines", "lines")
    with pytest.raises(DataError, match="workbooks of this old kind are not supported"):
        format_of("a.xls")
