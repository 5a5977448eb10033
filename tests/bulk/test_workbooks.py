"""Workbooks and Parquet in bulk: how their text column is found, and what is said of cells without a value."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.errors import DataError
from sentiment.tables.xlsx import XlsxTable
from sentiment.tables.xlsx.reading.package import Package
from sentiment.tables.xlsx.reading.references import column_letters
from tests.bulk.conftest import Answer, ChecksumScorer
from tests.tables.conftest import workbook_parts, zipped

SCORER = ChecksumScorer()
REVIEWS = ["정말 최고의 영화라고 생각합니다", "지루하고 재미없는 영화", "배우들의 연기가 참 좋았어요"]


def write_workbook(path: Path, *rows: list[str]) -> Path:
    """Write a sheet of shared texts."""
    texts = list(dict.fromkeys(text for row in rows for text in row))
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(
            f'<c r="{column_letters(column)}{number}" t="s"><v>{texts.index(text)}</v></c>'
            for column, text in enumerate(row, 1)
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts)
    path.write_bytes(zipped(workbook_parts(f"<sheetData>{''.join(lines)}</sheetData>", strings)))
    return path


def write_parquet(path: Path, *rows: list[str]) -> Path:
    header, *values = rows
    columns = [pa.array(list(column)) for column in zip(*values, strict=True)]
    pq.write_table(pa.Table.from_arrays(columns, names=header), path)
    return path


WRITERS = {".xlsx": write_workbook, ".parquet": write_parquet}


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[int]]:
    """How many bytes of a part were unpacked, each time that it was."""
    sizes: dict[str, list[int]] = {}
    chunks = Package.chunks

    def watched(self: Package, member: ZipInfo, *limit: int) -> Iterator[bytes]:
        times = sizes.setdefault(member.filename, [])
        times.append(0)
        time = len(times) - 1
        for chunk in chunks(self, member, *limit):
            times[time] += len(chunk)
            yield chunk

    monkeypatch.setattr(Package, "chunks", watched)
    return sizes


@pytest.mark.parametrize("text_column", [None, "c1"])
def test_a_workbook_is_not_read_once_for_each_column(
    answer: Answer, tmp_path: Path, unpacked: dict[str, list[int]], text_column: str | None
) -> None:
    rows = [[f"{row}"] * 30 + [f"{REVIEWS[row % 3]} {row}"] for row in range(199)]
    path = write_workbook(tmp_path / "rows.xlsx", [f"c{column}" for column in range(31)], *rows)
    run = answer(path, output=tmp_path / "out.xlsx", text_column=text_column)
    read, copied = unpacked["xl/sharedStrings.xml"]
    assert read == copied
    # Its first rows for the header and a look at all columns; whole for the texts, and again to add the answers.
    looked_at, read, answered = unpacked["xl/worksheets/sheet1.xml"]
    assert looked_at < read == answered
    if text_column is None:
        assert run.notes == [
            f"{path}: texts from column 'c30', which has the longest texts (`text_column` chooses another)"
        ]
    texts = [row[0 if text_column else -1] for row in rows]
    assert list(XlsxTable(tmp_path / "out.xlsx").texts(31)) == [SCORER.answer(text)[0] for text in texts]


def test_damage_at_the_end_of_a_sheet_is_found_before_the_first_answer(answer: Answer, tmp_path: Path) -> None:
    rows = "".join(f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>' for text in ["text", *["good"] * 9_000])
    path = tmp_path / "rows.xlsx"
    path.write_bytes(zipped(workbook_parts(f"<sheetData>{rows}<row><c></row></sheetData>")))
    scorer = ChecksumScorer(calls_left=9)
    with pytest.raises(DataError, match="is damaged XML"):
        answer(path, output=tmp_path / "out.xlsx", scorer=scorer)
    assert scorer.calls_left == 9
    assert {file.name for file in tmp_path.iterdir()} == {"rows.xlsx"}


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_named_column_is_believed_unseen(
    answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = WRITERS[suffix](tmp_path / f"rows{suffix}", ["text", "more"], *(["a", review] for review in REVIEWS))
    for table in ("xlsx.XlsxTable", "parquet.ParquetTable"):
        monkeypatch.setattr(f"sentiment.tables.{table}.sample", lambda *_: pytest.fail("rows were looked at"))
    assert answer(path, output=tmp_path / f"out{suffix}", text_column="more").notes == []


@pytest.mark.parametrize("suffix", WRITERS)
def test_the_column_of_the_longest_texts_is_found(answer: Answer, tmp_path: Path, suffix: str) -> None:
    rows = [["1", "서울 시", review, "http://a.kr/b c"] for review in REVIEWS]
    path = WRITERS[suffix](tmp_path / f"rows{suffix}", ["a", "b", "c", "d"], *rows)
    run = answer(path, output=tmp_path / f"out{suffix}")
    assert "texts from column 'c'" in run.notes[0]


def test_sixteen_thousand_columns(answer: Answer, tmp_path: Path) -> None:
    """As wide as a sheet can be, with room for the answers; a pass for each column would take minutes."""
    header = "".join(f'<c t="inlineStr"><is><t>c{column}</t></is></c>' for column in range(16_382))
    cell = f'<c r="C2" t="inlineStr"><is><t>{REVIEWS[0]}</t></is></c>'
    path = tmp_path / "wide.xlsx"
    path.write_bytes(zipped(workbook_parts(f"<sheetData><row>{header}</row><row>{cell}</row></sheetData>")))
    run = answer(path, output=tmp_path / "out.xlsx")
    assert "texts from column 'c2'" in run.notes[0]
    assert XlsxTable(tmp_path / "out.xlsx").columns[-2:] == ["predicted_label", "predicted_probability"]


def test_formulas_without_values_are_told(answer: Answer, tmp_path: Path) -> None:
    header = "<row><c t='str'><v>text</v></c></row>"
    rows = "<row><c><f>B2</f><v/></c></row><row><c><f>B3</f></c></row><row><c t='str'><v>good</v></c></row>"
    path = tmp_path / "rows.xlsx"
    path.write_bytes(zipped(workbook_parts(f"<sheetData>{header}{rows}</sheetData>")))
    run = answer(path, output=tmp_path / "out.xlsx")
    assert run.notes[1:] == [
        f"{path}: column 'text': 2 rows with a formula whose value is not stored count as empty; "
        "open the file in a spreadsheet program and save it first"
    ]
    assert (run.counts.rows, run.counts.empty) == (3, 2)


def test_an_empty_shared_text_is_an_empty_cell(answer: Answer, tmp_path: Path) -> None:
    sheet = '<sheetData><row><c t="s"><v>0</v></c></row><row><c t="s"><v/></c><c><v>1</v></c></row></sheetData>'
    path = tmp_path / "rows.xlsx"
    path.write_bytes(zipped(workbook_parts(sheet, "<si><t>text</t></si>")))
    run = answer(path, output=tmp_path / "out.xlsx")
    assert (run.counts.rows, run.counts.empty) == (1, 1)


def test_long_texts_of_a_workbook_are_answered_in_smaller_windows(
    answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentiment.bulk.tables.WINDOW_CHARACTERS", 20)
    texts = ["a" * 15, "b" * 15, "c", "d" * 25, "e"]
    path = write_workbook(tmp_path / "rows.xlsx", ["text"], *([text] for text in texts))
    run = answer(path, output=tmp_path / "out.xlsx")
    assert [progress.counts.rows for progress in run.progress] == [2, 4, 5]
    assert [progress.fraction for progress in run.progress] == [2 / 5, 4 / 5, 1.0]
    assert list(XlsxTable(tmp_path / "out.xlsx").texts(1)) == [SCORER.answer(text)[0] for text in texts]


def test_a_sheet_is_found_whatever_the_case(answer: Answer, tmp_path: Path) -> None:
    sheet = "<sheetData><row><c t='str'><v>text</v></c></row></sheetData>"
    parts = workbook_parts(sheet, sheets='<sheet name="Reviews" sheetId="1" r:id="rId1"/>')
    (tmp_path / "rows.xlsx").write_bytes(zipped(parts))
    answer(tmp_path / "rows.xlsx", output=tmp_path / "out.xlsx", sheet="reviews ")
    with pytest.raises(DataError, match="has no sheet '1'; its sheets are 'Reviews'"):
        answer(tmp_path / "rows.xlsx", output=tmp_path / "other.xlsx", sheet="1")
