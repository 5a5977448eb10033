"""The delimiter of a CSV file, and the row that names its columns, told by the first lines."""

import pytest

from sentiment.errors import DataError
from sentiment.tables import ByteSource, Delimited, TableOptions, TextTable, find_text_column, open_text_table


def opened(content: str, format_: str = "csv", header_row: int | None = None) -> tuple[TextTable, list[str]]:
    notes: list[str] = []
    source = ByteSource.of(content.encode(), "rows")
    return open_text_table(source, format_, TableOptions(header_row=header_row), notify=notes.append), notes


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("번호;리뷰(장점,단점);평점\n1;정말 좋아요, 최고;5\n", ";"),
        ("번호;리뷰(장점,단점);평점\n1;좋아요;5\n2;별로, 별로, 별로;1\n3;굿;5\n", ";"),
        ("id\ttext, in full\n1\ta, b, c\n2\td\n", "\t"),
        ("id|text, in full\n1|a, b, c\n2|d\n", "|"),
        ("id,a;b,text\n1,2,good; bad; good\n2,3,bad\n", ","),
        ("text,tags\na,x|y\nb,y|z\n", ","),
        ("text\na,b\nc;d\n", ","),
        ("text,label\n", ","),
        ("text;label\n", ";"),
        ('"a;b","c"\n1,2\n', ","),
        ("리뷰, 2026년 모음\n\ntext;label\n정말 좋아요;긍정\n별로, 정말;부정\n", ";"),
        ("sep=|\na,b;c|d\n1,2;3|4\n", "|"),
        ("\ufeffsep=;\na,b;c\n1,2;3\n", ";"),
    ],
)
def test_the_delimiter_is_the_one_that_rows_agree_on(content: str, delimiter: str) -> None:
    table, _ = opened(content)
    assert isinstance(table.format, Delimited)
    assert table.format.delimiter == delimiter


@pytest.mark.parametrize(
    ("content", "line", "columns"),
    [
        ("2026년 리뷰 모음\n\ntext,label\n정말 좋아요,긍정\n", 3, ["text", "label"]),
        ("2026년 리뷰 모음,\n,\ntext,label\n정말 좋아요,긍정\n", 3, ["text", "label"]),
        ("리뷰 모음\n2026년\n상품명,리뷰상세내용\n인절미,맛있어요\n", 3, ["상품명", "리뷰상세내용"]),
        ("sep=;\n모음;\nid;리뷰 내용\n1;좋아요\n", 3, ["id", "리뷰 내용"]),
        ("text\n좋아요, 리뷰\n", 1, ["text"]),
        ("의견\n정말 좋아요, 최고\n", 1, ["의견"]),
        ("의견\n좋아요\ntext\n", 1, ["의견"]),
        ("모음,\nid,느낌\n1,좋아요\n", 1, ["모음", ""]),
        ("모음,,\n1,text,2\n", 1, ["모음", "", ""]),
    ],
)
def test_titles_above_a_plain_header_are_found(content: str, line: int, columns: list[str]) -> None:
    table, notes = opened(content)
    assert table.columns == columns
    assert any(f"the column names are in line {line}" in note for note in notes) == (line > 1)
    assert (
        table.header(["new"])
        == "".join(
            text.rstrip("\n") + f"{table.format.delimiter}new\n" if number == line else text  # type: ignore[union-attr]
            for number, text in enumerate(content.splitlines(keepends=True)[:line], 1)
        )
    )


@pytest.mark.parametrize(("format_", "mark"), [("csv", ","), ("tsv", "\t")])
def test_a_named_row_is_the_header(format_: str, mark: str) -> None:
    content = f'기간{mark}"2026\n년"\n지은이{mark}홍\nid{mark}의견\n1{mark}정말 좋아요\n'
    table, notes = opened(content, format_, header_row=4)
    assert (table.columns, notes) == (["id", "의견"], [])
    assert [row.text for window in table.windows(1, ()) for row in window] == ["정말 좋아요"]
    for line in (2, 9):
        with pytest.raises(DataError, match=f"no row begins in line {line}"):
            opened(content, format_, header_row=line)


@pytest.mark.parametrize("format_", ["jsonl", "lines"])
def test_what_has_no_header_has_no_row_of_it(format_: str) -> None:
    with pytest.raises(DataError, match=f"{format_} has no header; remove `header_row`"):
        opened('{"text": "a"}\n', format_, header_row=1)


def test_a_header_alone_is_a_table() -> None:
    table, notes = opened("id,리뷰내용\n")
    assert find_text_column(table, None, notes.append) == 1


@pytest.mark.parametrize("content", ["id,text\n1,good film\n", '"id";"text"\n1;good film\n', "text|label\ngood|1\n"])
def test_a_table_with_another_delimiter_than_its_name_says_is_refused(content: str) -> None:
    with pytest.raises(DataError, match="set the format with `format`, as csv"):
        opened(content, "tsv")
    assert len(opened(content)[0].columns) == 2


def test_one_column_of_texts_may_have_commas() -> None:
    for content in ("text\ngood, bad\n", "Review, a fine film\nbad\n", "text, raw\ngood\nbad\n", "text, raw\n"):
        table, _ = opened(content, "tsv")
        assert len(table.columns) == 1
