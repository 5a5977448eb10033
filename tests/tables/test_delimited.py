"""CSV and TSV row by row: quotes, line ends, and what is too large."""

import csv
import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.errors import DataError
from sentiment.tables import MAX_RECORD_CHARACTERS, ByteSource, Row, TableOptions, TextTable, open_text_table

UNCLOSED = "has a quote that opens a field and is never closed"


def opened(content: str | bytes, format_: str = "csv", max_record_characters: int = MAX_RECORD_CHARACTERS) -> TextTable:
    source = ByteSource.of(content.encode() if isinstance(content, str) else content, "rows")
    options = TableOptions(max_record_characters=max_record_characters)
    return open_text_table(source, format_, options, notify=lambda _line: None)


def rows_of(table: TextTable) -> list[Row]:
    return [row for window in table.windows(0, ()) for row in window if not row.record.is_blank]


def cells_and_faults(content: str | bytes, format_: str = "csv") -> list[object]:
    """Return the cells of each row below the header, or its fault."""
    return [row.fault or row.record.cells for row in rows_of(opened(content, format_))]


GOOD = [[str(number), f"이 영화 정말 좋아요 {number}", "1"] for number in range(40_000)]
STRAY = [
    ["40000", '"정말 최고의 영화 라고 했다', "1"],
    ["40001", "지루하고 재미없다", "0"],
    ["40002", "최악의 연기", "0"],
    ["40003", '그는 최고라고 말했다"', "1"],
    ["40004", "끝", "1"],
]


def plain(rows: Sequence[Sequence[str]], delimiter: str) -> str:
    return "".join(delimiter.join(row) + "\n" for row in [["id", "document", "label"], *rows])


def test_a_stray_quote_late_in_a_tsv_is_a_character() -> None:
    assert cells_and_faults(plain(GOOD + STRAY, "\t"), "tsv") == GOOD + STRAY


@pytest.mark.parametrize("good", [GOOD, GOOD[:2]])
def test_a_stray_quote_in_a_csv_breaks_its_own_row_alone(good: list[list[str]]) -> None:
    assert cells_and_faults(plain(good + STRAY, ",")) == [*good, UNCLOSED, *STRAY[1:]]


def test_a_stray_quote_in_a_csv_of_texts_alone_breaks_its_own_row() -> None:
    rows = [f"{left} {n},{right} {n}" for n, (left, right) in enumerate([("아주 좋다", "정말 나쁘다")] * 30)]
    content = "first,second\n" + '"여기,열린다\n' + "\n".join(rows) + '\n여기,닫힌다"\n'
    found = cells_and_faults(content)
    assert found[0] == UNCLOSED
    assert found[1:31] == [row.split(",") for row in rows]


@pytest.mark.parametrize(
    "row",
    [
        ["40000", '그는 "최고" 라고', "1"],
        ["40000", "한 줄\n두 줄\n\n세 줄", "1"],
        ["40000", "쉼표, 그리고\n다음 줄, 둘, 셋\n끝", "0"],
        ["40000", '"처음부터 끝까지"', "1"],
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_proper_quote_is_read_however_late_it_comes(row: list[str], delimiter: str) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, lineterminator="\n").writerows([row, STRAY[4]])
    found = cells_and_faults(plain(GOOD, delimiter) + written.getvalue(), "tsv" if delimiter == "\t" else "csv")
    assert found[-2:] == [row, STRAY[4]]


def test_texts_in_the_first_and_in_the_last_column_may_go_over_lines() -> None:
    labels = ["긍정", "부정"] * 20
    first = "text,label\n" + "".join(f"좋다 {n},{label}\n" for n, label in enumerate(labels))
    assert cells_and_faults(first + '"첫 줄, 그리고\n둘째 줄",긍정\n')[-1] == ["첫 줄, 그리고\n둘째 줄", "긍정"]
    last = "label,text\n" + "".join(f"{label},좋다 {n}\n" for n, label in enumerate(labels))
    assert cells_and_faults(last + '긍정,"첫 줄\n둘째 줄, 끝"\n')[-1] == ["긍정", "첫 줄\n둘째 줄, 끝"]


CELLS_LIKE_ROWS = [
    "가성비 최고예요\n2,000원에 샀어요\n추천합니다",
    "가성비 최고예요\n2,000원에 샀어요",
    "좋은 물건, 잘 샀어요\n가격 15,000\n배송 2,500",
    "장점은\n1, 배송이 빨라요\n2, 포장이 좋아요\n3, 친절해요",
    "값이\n12,000원\n13,000원\n14,000원",
    "가격\n3,5\n그리고 끝",
]


@pytest.mark.parametrize("is_text_first", [False, True])
@pytest.mark.parametrize("num_good", [2, 200])
@pytest.mark.parametrize("cell", CELLS_LIKE_ROWS)
def test_lines_of_a_cell_that_look_like_rows_stay_in_it(cell: str, num_good: int, *, is_text_first: bool) -> None:
    rows = [[str(n % 5 + 1), f"정말 좋아요 {n}"] for n in range(num_good)]
    rows += [["5", cell], ["1", "최악"]]
    rows = [row[::-1] for row in rows] if is_text_first else rows
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([["a", "b"], *rows])
    assert cells_and_faults(written.getvalue()) == rows


def test_a_long_list_of_prices_stays_in_its_cell() -> None:
    cell = "값이\n" + "\n".join(f"{n},000원" for n in range(10, 30))
    rows = [*(f"{n},좋다 {n}" for n in range(100)), f'100,"{cell}"', "101,끝"]
    assert cells_and_faults("\n".join(["id,review", *rows, ""]))[-2:] == [["100", cell], ["101", "끝"]]


def test_a_price_between_a_grade_and_a_text_stays_in_its_cell() -> None:
    content = 'id,grade,review\n1,5,좋다\n2,3,"가격은, 음, 뭐\n1,234,567원\n이에요"\n3,1,싫다\n'
    assert cells_and_faults(content) == [
        ["1", "5", "좋다"],
        ["2", "3", "가격은, 음, 뭐\n1,234,567원\n이에요"],
        ["3", "1", "싫다"],
    ]


@pytest.mark.parametrize(
    ("rows", "num_kept"),
    [
        (['1,"열린다', "2,좋다", "3,나쁘다", '4,닫힌다"', "5,끝"], 1),
        (['"열린다,1', "좋다,2", "나쁘다,3", '닫힌다",4', "끝,5"], 1),
        (['1,"열린다', *[f"{n},좋다" for n in range(2, 20)], "20,셋,빠진다", '21,닫힌다"'], 1),
        (['1,"열린다', "2,좋다", "셋이 빠진다", '4,닫힌다",', "5,끝"], 1),
        (['1,"열린다', "2,좋다", '3,"멀쩡하다, 정말"', "4,끝"], 1),
    ],
)
def test_a_quote_that_swallows_rows_breaks_its_own_row(rows: list[str], num_kept: int) -> None:
    found = cells_and_faults("\n".join(["a,b", *[row.replace('"', "") for row in rows[1:]][:3], *rows]) + "\n")
    assert len(found) == 3 + len(rows)
    assert isinstance(found[3], str)
    assert found[4] == rows[num_kept].split(",")


def test_prose_commas_say_nothing_where_all_rows_have_them() -> None:
    rows = [f"{n}, 좋다" for n in range(40)]
    found = cells_and_faults("\n".join(["a,b", *rows, '40,"열린다', *rows[:3], '4, 닫힌다"', "5,끝", ""]))
    assert found[40:] == [UNCLOSED, *([str(n), " 좋다"] for n in range(3)), ["4", ' 닫힌다"'], ["5", "끝"]]


@settings(deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 99).map(str), st.text('ab ,;"\n가', min_size=1), st.sampled_from(["p", "n"])),
        max_size=30,
    ),
    line_end=st.sampled_from(["\n", "\r\n", "\r\r\n"]),
)
def test_what_a_writer_quotes_is_read_back(rows: list[tuple[str, str, str]], line_end: str) -> None:
    written = io.StringIO()
    csv.writer(written, lineterminator=line_end).writerows([("id", "text", "label"), *rows])
    table = opened(written.getvalue())
    found = rows_of(table)
    assert [tuple(row.record.cells or ()) for row in found] == rows
    assert table.header(()) + "".join(row.record.whole for row in found) == written.getvalue()


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r\r\n", "\r\r\r\n", "\r"])
@pytest.mark.parametrize("format_", ["csv", "jsonl", "lines"])
def test_answers_stand_before_the_whole_line_end(format_: str, line_end: str) -> None:
    lines = {"csv": ["id,text", "1,좋다"], "jsonl": ['{"id": 1, "text": "좋다"}'], "lines": ["좋다", "나쁘다"]}[format_]
    table = opened("".join(line + line_end for line in lines), format_)
    assert not any("\r" in column for column in table.columns)
    row = rows_of(table)[-1]
    assert table.answered(row.record, ["a"], ["x"]).endswith(line_end)
    assert not table.answered(row.record, ["a"], ["x"]).removesuffix(line_end).endswith("\r")


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("id,text\r\n1,a\n2,b\r\r\n3,c", [["1", "a"], ["2", "b"], ["3", "c"]]),
        ("id,text\n1,a\u2028b\n2,a\x85b\n3,a\x0cb\n", [["1", "a\u2028b"], ["2", "a\x85b"], ["3", "a\x0cb"]]),
        ("id,text\r\n1,a\r\n\x1a", [["1", "a"]]),
        ("id,text\n1,a\n\n   \n\t\n", [["1", "a"]]),
        ("id,text\n\r1,a\n\r", [["\r1", "a"]]),
        ("id,text\n1,a\rb\n", [["1", "a\rb"]]),
        ('\ufeff\ufeff"id","text"\n1,a\n', [["1", "a"]]),
        ('id,text\n\ufeff"1","a, b"\n', [["1", "a, b"]]),
        ("text\na\rb\nc\n", ["contains a carriage return outside quotes, which could be the end of a row", ["c"]]),
        ('text\n"a\rb"\n', [["a\rb"]]),
    ],
)
def test_odd_line_ends_and_marks(content: str, cells: list[object]) -> None:
    assert cells_and_faults(content) == cells


def test_a_byte_order_mark_between_joined_json_lines() -> None:
    assert [row.fault for row in rows_of(opened('{"text": "a"}\n\ufeff{"text": "b"}\n\x1a', "jsonl"))] == [None, None]


def test_the_header_once_more_is_no_text() -> None:
    notes: list[str] = []
    content = b"\xef\xbb\xbfid,text\n1,a\n\xef\xbb\xbfid,text\n2,text\nid,text\n"
    table = open_text_table(ByteSource.of(content, "rows"), "csv", TableOptions(), notify=notes.append)
    assert [row.text for window in table.windows(1, ()) for row in window] == ["a", None, "text", None]
    assert notes == ["rows:3: repeats the header; such rows are not read as texts"]
    again = open_text_table(ByteSource.of(content, "rows"), "csv", TableOptions(), notify=notes.append)
    assert [row.text for row in again.rows(1)] == ["a", "text"]
    assert again.repeated_headers == ["rows:3", "rows:5"]


class TestLimits:
    """A row is refused before it fills the memory, and an option allows more."""

    def test_a_line(self) -> None:
        content = "id,text\n1," + "가" * (1 << 21) + "\n"
        with pytest.raises(DataError, match=r"more than 1,000 characters.*`max_record_characters` allows more"):
            rows_of(opened(content, max_record_characters=1_000))
        assert rows_of(opened(content))[0].fault is None

    def test_a_quoted_cell(self) -> None:
        content = 'id,text\n1,"' + "좋다\n" * 1_000 + '"\n2,b\n'
        faults = [row.fault for row in rows_of(opened(content, max_record_characters=10_000))]
        assert (
            faults[0]
            == "has a quote that opens a field and is not closed within the longest row (`max_record_characters`)"
        )
        assert faults[-1] is None
        assert rows_of(opened(content))[0].fault is None

    def test_fields(self) -> None:
        assert cells_and_faults("id,text\n1" + "," * 100_000 + "\n2,b\n") == [
            "has more than 65,536 fields",
            ["2", "b"],
        ]
        with pytest.raises(DataError, match="the header has more than 65,536 fields"):
            opened("," * 100_000 + "\n")

    def test_objects(self) -> None:
        content = '{"text": "a"}\n{"text": "b", "more": [' + "{}," * 300_000 + "{}]}\n"
        assert [row.fault for row in rows_of(opened(content, "jsonl"))] == [
            None,
            "contains too many values for one row",
        ]


BOUNDED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]), int(sys.argv[2])))
from sentiment.errors import DataError
from sentiment.tables import open_table
try:
    table = open_table(sys.argv[1], notify=print)
    print(next(table.windows(0, ()))[0].fault)
except DataError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("name", "head", "block", "times", "tail", "fault"),
    [
        ("cell.csv", 'id,text\n1,"', "ab\n" * 100_000, 60, '"\n', "is not closed within the longest row"),
        ("header.csv", "", "," * 1_000_000, 16, "\n1\n", "has more than 65,536 fields"),
        ("objects.jsonl", '{"text": [', "{}," * 1_000_000, 5, "{}]}\n", "no JSON object"),
        ("texts.jsonl", '{"text": "a", "more": [', '"ab",' * 1_000_000, 10, "0]}\n", "no JSON object"),
        ("line.jsonl", '{"text": "', "a" * 1_000_000, 70, '"}\n', "a line has more than 67,108,864 characters"),
    ],
)
def test_memory_stays_bounded(
    tmp_path: Path, name: str, head: str, block: str, times: int, tail: str, fault: str
) -> None:
    path = tmp_path / name
    with path.open("w") as file:
        file.writelines([head, *[block] * times, tail])
    command = [sys.executable, "-c", BOUNDED, str(path), str(320 << 20)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert fault in done.stdout, done.stderr
