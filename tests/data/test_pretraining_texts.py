"""No test text is ever pretrained on, whatever the sources and however it is written there."""

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.config import DataConfig
from sentiment.data import (
    ABSENT,
    grouping_key,
    load_pretraining_texts,
    load_rows,
    load_splits,
    sources,
    texts_apart_from,
)
from sentiment.errors import DataError, DownloadError
from tests.data.conftest import NSMC_TEST

WORDS = st.text(st.characters(codec="utf-8"), max_size=6) | st.sampled_from(
    ["굿", "Great  FILM", "ｇｏｏｄ", "가\u0301"]
)


def silent(_line: str) -> None:
    """Hear nothing."""


@given(texts=st.lists(WORDS, max_size=30), reserved=st.lists(WORDS, max_size=10))
def test_exactly_the_texts_that_equal_no_reserved_one_are_kept(texts: list[str], reserved: list[str]) -> None:
    kept = texts_apart_from(texts, reserved).tolist()
    keys = {grouping_key(text) for text in reserved}
    assert not {grouping_key(texts[row]) for row in kept} & keys
    assert all(grouping_key(texts[row]) in keys for row in set(range(len(texts))) - set(kept))
    assert kept == sorted(kept)


def test_test_texts_are_left_out_of_every_source_and_counted(data: Path) -> None:
    own = data / "own.csv"
    own.write_text("text\nGREAT film\n아주 다른 글\n", encoding="utf-8")
    lines: list[str] = []
    texts = load_pretraining_texts(["nsmc", "naver-movie-reviews", str(own)], DataConfig(), lines.append)
    test_keys = {grouping_key(line.split("\t")[1]) for line in NSMC_TEST[1:]}
    assert not {grouping_key(text) for text in texts.texts} & test_keys
    assert texts.num_read == {"nsmc": 40, "naver-movie-reviews": 5, str(own): 2}
    assert texts.num_reserved == {"nsmc": 0, "naver-movie-reviews": 3, str(own): 1}
    assert "naver-movie-reviews: 5 texts, of which 3 equal a test text and are left out" in lines
    assert [text for text in texts.texts if "영화" not in text] == [
        "그럭저럭 볼 만하다",
        "배우가 다 했다",
        "아주 다른 글",
    ]


def test_ratings_and_labels_stand_beside_their_texts(data: Path) -> None:
    texts = load_pretraining_texts(["nsmc", "naver-movie-reviews"], DataConfig(validation_fraction=0.0), silent)
    assert texts.class_names == ("negative", "positive")
    assert texts.grade_values == (6, 8, 9, 10)
    assert texts.classes.tolist() == [n % 2 for n in range(40)] + [ABSENT] * 2
    assert texts.grades.tolist() == [ABSENT] * 40 + [0, 1]


def test_labels_of_validation_rows_are_hidden_and_their_texts_are_not(data: Path) -> None:
    texts = load_pretraining_texts(["nsmc"], DataConfig(validation_fraction=0.2), silent)
    assert len(texts.texts) == 40
    assert (texts.classes == ABSENT).sum() == 8


def test_rows_that_a_training_would_test_on_are_left_out_of_a_file(tmp_path: Path, data: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("text,label\n" + "".join(f"글 {n},{n % 2}\n" for n in range(40)), encoding="utf-8")
    texts = load_pretraining_texts([str(own)], DataConfig(test_fraction=0.25), silent)
    assert len(texts.texts) == 30


@pytest.mark.parametrize(
    ("header", "of_training"),
    [("text,rating", "rating"), ("text,label,rating", None), ("text,label,rating", "label"), ("text,label", None)],
)
def test_what_a_training_reports_on_is_never_read_and_what_it_chooses_by_keeps_no_label(
    tmp_path: Path, data: Path, header: str, of_training: str | None
) -> None:
    own, others = tmp_path / "own.csv", tmp_path / "others.csv"
    rows = [{"text": f"글 {n}", "label": str(n % 2), "rating": str(n % 2 * 4 + n % 3 + 1)} for n in range(60)]
    for path, names in ((own, header.split(",")), (others, ["text", "rating"])):
        lines = [",".join(names), *(",".join(row[name] for name in names) for row in rows)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = DataConfig(source=str(own), test_fraction=0.2, validation_fraction=0.2)
    training = load_splits(config.model_copy(update={"label_column": of_training}), allow_fallback=False, notify=silent)
    assert training.test is not None
    told = config.model_copy(update={"label_column": "label" if of_training == "label" else None})
    texts = load_pretraining_texts([str(own)] if of_training == "label" else [str(own), str(others)], told, silent)
    assert not set(texts.texts) & set(training.test.texts)
    is_absent = (texts.grades == ABSENT) & (texts.classes == ABSENT)
    chosen_by = np.isin(texts.texts, training.validation.texts)
    assert chosen_by.any()
    assert is_absent[chosen_by].all()
    assert not is_absent.all()


def test_a_source_that_breaks_off_is_not_taken_for_one_without_test_rows(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*_arguments: Any, **_options: Any) -> None:
        raise DownloadError("broke off")

    own = tmp_path / "own.csv"
    own.write_text("text,label\n하나,0\n둘,1\n", encoding="utf-8")
    monkeypatch.setattr("sentiment.data.pretraining_texts.load_splits", break_off)
    with pytest.raises(DownloadError):
        load_pretraining_texts([str(own)], DataConfig(), silent)


def test_own_texts_are_read_without_nsmc_and_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SENTIMENT_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _name: tmp_path / "cache")
    own = tmp_path / "own.jsonl"
    own.write_text('{"document": "하나"}\n{"document": "둘"}\n', encoding="utf-8")
    lines: list[str] = []
    assert load_pretraining_texts([str(own)], DataConfig(), lines.append).texts == ["하나", "둘"]
    assert any("not compared with the test texts of nsmc" in line for line in lines)


@pytest.mark.parametrize("name", ["own.txt", "own.log", "own.txt.gz"])
def test_plain_lines_are_texts_from_the_first_on(tmp_path: Path, data: Path, name: str) -> None:
    own, content = tmp_path / name, '하나 "둘\n셋, 넷\n\n다섯\n'.encode()
    own.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    assert load_pretraining_texts([str(own)], DataConfig(), silent).texts == ['하나 "둘', "셋, 넷", "다섯"]


def test_a_text_file_with_tabs_is_a_table(tmp_path: Path, data: Path) -> None:
    own = tmp_path / "own.txt"
    own.write_text("id\tdocument\n1\t하나\n", encoding="utf-8")
    assert load_pretraining_texts([str(own)], DataConfig(), silent).texts == ["하나"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,rating\n좋다,많이\n", "'많이' is not a rating"),
        ("text,stars,score\n좋다,1,2\n", "could be in 'stars', 'score'"),
    ],
)
def test_a_column_that_is_no_rating_is_refused(tmp_path: Path, data: Path, content: str, message: str) -> None:
    own = tmp_path / "own.csv"
    own.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load_pretraining_texts([str(own)], DataConfig(), silent)


def test_a_source_named_twice_is_refused() -> None:
    with pytest.raises(DataError, match="a source is listed twice"):
        load_pretraining_texts(["sample", "sample"], DataConfig(), silent)


@pytest.mark.skipif("SENTIMENT_DATA" not in os.environ, reason="needs the real NSMC")
def test_no_real_test_text_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a part of the real training rows: all of them take a quarter of a minute, and show no more."""
    train = sources.source_info("nsmc").find("train")
    others = sources.source_info("naver-movie-reviews").find("train")
    assert train is not None
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nsmc").symlink_to(train.parent)
    lines = train.read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "train.tsv").write_text("".join([lines[0], *lines[1::10]]), encoding="utf-8")
    there = [str(tmp_path / "train.tsv")]
    if others is not None:
        (tmp_path / "data" / "naver-movie-reviews").mkdir()
        rows = pq.read_table(others)
        part = rows.take(np.arange(0, len(rows), 20))
        pq.write_table(part, tmp_path / "data" / "naver-movie-reviews" / others.name)
        there.append("naver-movie-reviews")
    monkeypatch.setenv("SENTIMENT_DATA", str(tmp_path / "data"))
    texts = load_pretraining_texts(there, DataConfig(), silent)
    test_texts = load_rows("nsmc", split="test", notify=silent).texts
    assert len(test_texts) == 49_997
    assert not set(map(grouping_key, texts.texts)) & set(map(grouping_key, test_texts))
    assert sum(texts.num_reserved.values()) > 100, "some had to be left out"


@pytest.mark.parametrize("missing", ["NaN", "nan", "N/A", ""])
def test_a_rating_that_is_missing_leaves_the_text(tmp_path: Path, data: Path, missing: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text(f"text,rating\n좋은 글,9\n모르는 글,{missing}\n나쁜 글,2\n", encoding="utf-8")
    texts = load_pretraining_texts([str(path)], DataConfig(), silent)
    assert texts.texts == ["좋은 글", "모르는 글", "나쁜 글"]
    assert [texts.grade_values[grade] if grade != ABSENT else None for grade in texts.grades] == [9, None, 2]
