"""Which column holds the texts and which the labels: by usual names, by parts of names, by content."""

from collections.abc import Sequence

import pytest

from sentiment.errors import DataError
from sentiment.tables.columns.finding import ColumnFinder, FoundColumn, is_rating

NAVER = ("리뷰등록일", "구매자평점", "상품명", "리뷰상세내용", "등록자", "리뷰글번호")
NAVER_ROWS = (
    ("2026.09.16", "5", "국내산 찹쌀 인절미 떡 선물세트 1호", "맛있어요", "ma**", "57374702840"),
    ("2026.09.16", "1", "유기농 딸기 당일수확 특대 2kg", "별로 였어요", "kb**", "57374702841"),
)


def text_column(columns: Sequence[str], rows: Sequence[Sequence[object]] = (), wanted: str | None = None) -> str:
    return columns[ColumnFinder("rows", columns, rows).texts(wanted).position]


@pytest.mark.parametrize("shift", range(6))
def test_the_naver_export_in_any_order(shift: int) -> None:
    order = [(place + shift) % 6 for place in range(6)]
    rows = [[row[place] for place in order] for row in NAVER_ROWS]
    assert text_column([NAVER[place] for place in order], rows) == "리뷰상세내용"
    assert is_rating("구매자평점")


@pytest.mark.parametrize(
    ("columns", "row", "found"),
    [
        (["상품명", "구매자리뷰"], ["맛있는 인절미 떡 선물세트 1호", "좋아요"], "구매자리뷰"),
        (["title", "review_text"], ["a rather long title of a film", "good"], "review_text"),
        (["title", "reviewText"], ["a rather long title of a film", "good"], "reviewText"),
        (["product", "customer_review"], ["a rather long name of a thing", "good"], "customer_review"),
        (["review_id", "text_length", "말"], ["12", "15", "정말 좋은 영화"], "말"),
        (["내용증명", "고객 후기"], ["Y", "정말 좋아요"], "고객 후기"),
        (["review", "text"], ["17", "정말 좋아요"], "text"),
        (["내용", "상세내용"], ["좋아요", "정말 좋아요"], "내용"),
        (["context", "message"], ["어제 저녁에 산 물건에 대해 말한다", "좋아요"], "message"),
        (["comments", "url"], ["좋아요", "https://a.b/c"], "comments"),
        (["리뷰 내용", "날짜"], ["좋아요", "2026-01-01"], "리뷰 내용"),
        (["\ufeffid", "\u200b텍스트"], ["1", "좋아요"], "\u200b텍스트"),
        (["review_label", "customer comment"], ["positive", "good"], "customer comment"),
        (["document", "memo", "memo"], ["좋아요", "a", "b"], "document"),
        (["리뷰제목_전체", "리뷰본문_전체"], ["좋아요", "정말 좋아요"], "리뷰본문_전체"),
        (["발화", "번호"], ["안녕", "1"], "발화"),
    ],
)
def test_a_name_comes_before_the_longest_prose(columns: list[str], row: list[str], found: str) -> None:
    assert text_column(columns, [row, row[:]]) == found


@pytest.mark.parametrize(
    ("columns", "row", "fault"),
    [
        (
            ["text", "review"],
            ["좋아요", "별로"],
            "the texts could be in 'text', 'review'; choose one with `text_column`",
        ),
        (
            ["고객 후기", "남긴 내용"],
            ["정말 좋아요", "정말 별로"],
            "the texts could be in '고객 후기', '남긴 내용'; choose one with `text_column`",
        ),
        (["text", "text"], ["a", "b"], "more than one column is named 'text'"),
        (["3", "Wall St. Bears Claw Back"], ["2", "Oil prices soar"], "a name is a number"),
        (["__label__1 좋아요"], ["__label__0 별로"], "as fastText's do"),
        (["a"], ["1"], "A first line such as sep=; sets the delimiter"),
    ],
)
def test_what_cannot_be_told_is_one_line(columns: list[str], row: list[str], fault: str) -> None:
    with pytest.raises(DataError, match=fault) as raised:
        text_column(columns, [row])
    assert "\n" not in str(raised.value)


def test_a_column_of_the_same_few_cells_holds_no_texts() -> None:
    rows = [["긍정" if number % 2 else "부정", f"{number}번째로 산 물건이 참 좋다"] for number in range(40)]
    assert text_column(["내용판단", "말"], rows) == "말"


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (["text", "정답"], "정답"),
        (["text", "긍부정"], "긍부정"),
        (["text", "sentiment_label"], "sentiment_label"),
        (["text", "polarity"], "polarity"),
        (["text", "감정 라벨(최종)"], "감정 라벨(최종)"),
        (["text", "label", "label_id", "sentiment_score"], "label"),
        (["text", "humanLabel", "predicted_label"], "humanLabel"),
        (["text", "label", "memo", "memo"], "label"),
    ],
)
def test_labels_are_found_by_their_names(columns: list[str], found: str) -> None:
    assert columns[ColumnFinder("rows", columns).labels(apart_from=0).position] == found


def test_labels_that_cannot_be_told() -> None:
    with pytest.raises(DataError, match="the labels could be in 'label', 'sentiment'; choose one with `label_column`"):
        ColumnFinder("rows", ["text", "label", "sentiment"]).labels(apart_from=0)
    with pytest.raises(DataError, match="no column name says where the labels are"):
        ColumnFinder("rows", ["text", "a"]).labels(apart_from=0)
    assert ColumnFinder("rows", ["text", "a"]).optional_labels(apart_from=0) is None
    assert ColumnFinder("rows", ["text", "label", "별점"]).optional_labels(apart_from=0) == FoundColumn(2)


def test_dates_with_a_time_are_no_texts() -> None:
    rows = [["2026-01-05T13:30:00", "good"], ["2026-01-06T09:00:00+09:00", "bad"]]
    assert text_column(["text", "review"], rows) == "review"
