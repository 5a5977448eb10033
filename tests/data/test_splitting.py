"""Splits: no text in two parts, every label in its share, and the same cut for the same seed."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.config import DataConfig
from sentiment.data import load_splits, split_rows
from sentiment.data.rows import grouping_key
from sentiment.data.splitting import RowSplit
from sentiment.errors import ConfigError

rows = st.lists(
    st.tuples(st.sampled_from(["a", "A", " a", "b", "c d", "c  D", "e", "f", "g", "h"]), st.sampled_from("xyz")),
    min_size=1,
    max_size=60,
)
fractions = st.sampled_from([0.0, 0.1, 0.3, 0.45])


def cut(table: list[tuple[str, str]], validation: float, test: float, seed: int) -> RowSplit:
    texts, labels = [text for text, _ in table], [label for _, label in table]
    return split_rows(texts, labels, validation_fraction=validation, test_fraction=test, seed=seed)


def parts(split: RowSplit) -> list[list[int]]:
    return [part.tolist() for part in (split.train, split.validation, split.test)]


@given(table=rows, validation=fractions, test=fractions, seed=st.integers(0, 3))
def test_every_row_is_in_one_part_and_no_text_in_two(
    table: list[tuple[str, str]], validation: float, test: float, seed: int
) -> None:
    train, held_out, tested = parts(cut(table, validation, test, seed))
    assert sorted(train + held_out + tested) == list(range(len(table)))
    keys = [{grouping_key(table[row][0]) for row in part} for part in (train, held_out, tested)]
    assert not keys[0] & keys[1]
    assert not keys[0] & keys[2]
    assert not keys[1] & keys[2]
    assert {table[row][1] for row in train} == {label for _, label in table}


@given(table=rows, seed=st.integers(0, 3), order=st.randoms(use_true_random=False))
def test_the_cut_follows_from_the_seed_whatever_the_order(
    table: list[tuple[str, str]], seed: int, order: object
) -> None:
    first, again = cut(table, 0.3, 0.3, seed), cut(table, 0.3, 0.3, seed)
    assert parts(first) == parts(again)
    shuffled = list(table)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    other = cut(shuffled, 0.3, 0.3, seed)
    for mine, theirs in zip(parts(first), parts(other), strict=True):
        assert Counter(table[row] for row in mine) == Counter(shuffled[row] for row in theirs)


def test_labels_keep_their_shares() -> None:
    table = [(f"text {number}", "rare" if number % 10 == 0 else "common") for number in range(1000)]
    _, validation, test = parts(cut(table, 0.1, 0.2, 0))
    assert Counter(table[row][1] for row in validation) == {"common": 90, "rare": 10}
    assert Counter(table[row][1] for row in test) == {"common": 180, "rare": 20}
    assert parts(cut(table, 0.1, 0.2, 0)) != parts(cut(table, 0.1, 0.2, 1))


def test_shares_that_leave_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match="leave nothing to train on"):
        cut([("a", "x")], 0.5, 0.5, 0)


def write(path: Path, table: list[tuple[str, str]]) -> str:
    path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in table), encoding="utf-8")
    return str(path)


def test_a_file_is_cut_in_three_and_its_counts_add_up(tmp_path: Path) -> None:
    table = [(f"text {number}", "xy"[number % 2]) for number in range(100)]
    source = write(tmp_path / "rows.csv", [*table, ("", "x"), ("no label", "")])
    notes: list[str] = []
    splits = load_splits(DataConfig(source=source), allow_fallback=False, notify=notes.append)
    assert splits.test is not None
    assert [len(part.texts) for part in (splits.train, splits.validation, splits.test)] == [86, 4, 10]
    counts = [part.counts for part in (splits.train, splits.validation, splits.test)]
    assert sum(count.read for count in counts) == 102
    assert (counts[0].empty, counts[0].unlabelled) == (1, 1)
    assert any("2 of 102 rows are left out: 1 without text, 1 without label" in note for note in notes)
    again = load_splits(DataConfig(source=source), allow_fallback=False, notify=notes.append)
    assert again.train.sha256 == splits.train.sha256


def test_a_validation_source_takes_the_place_of_the_cut(tmp_path: Path) -> None:
    source = write(tmp_path / "rows.csv", [(f"text {number}", "xy"[number % 2]) for number in range(40)])
    other = write(tmp_path / "other.csv", [("text 1", "y"), ("new", "x")])
    notes: list[str] = []
    config = DataConfig(source=source, validation_source=other)
    splits = load_splits(config, allow_fallback=False, notify=notes.append)
    assert splits.validation.texts == ["text 1", "new"]
    if "text 1" in splits.train.texts:
        assert any("1 of 2 texts are also training rows" in note for note in notes)


def test_validation_labels_that_mean_those_of_the_training_are_read_as_them(tmp_path: Path) -> None:
    labels = ("negative", "positive")
    source = write(tmp_path / "rows.csv", [(f"text {number}", labels[number % 2]) for number in range(40)])
    other = write(tmp_path / "other.csv", [("one", "긍정"), ("two", "Negative"), ("three", "unsure")])
    notes: list[str] = []
    config = DataConfig(source=source, validation_source=other)
    splits = load_splits(config, allow_fallback=False, notify=notes.append)
    assert splits.validation.labels == ["positive", "negative", "unsure"]
    assert f"{other}: labels 'Negative', '긍정' are read as the training rows' 'negative', 'positive'" in notes


def test_some_training_rows_are_drawn_and_the_other_splits_stay_whole(tmp_path: Path) -> None:
    source = write(tmp_path / "rows.csv", [(f"text {number}", "xy"[number % 2]) for number in range(100)])
    notes: list[str] = []
    whole, part, again, more = (
        load_splits(DataConfig(source=source, max_training_rows=rows), allow_fallback=False, notify=notes.append)
        for rows in (None, 20, 20, 1_000)
    )
    assert len(part.train.texts) == 20
    assert set(part.train.texts) < set(whole.train.texts)
    assert part.train == again.train
    assert more.train == whole.train
    assert part.validation == whole.validation
    assert part.test == whole.test
    assert notes.count(f"{source} train: 20 of 86 rows are drawn (data.max_training_rows)") == 2


@pytest.mark.parametrize("seed", range(8))
def test_a_rare_label_is_always_drawn(tmp_path: Path, seed: int) -> None:
    common = [(f"text {number}", "xy"[number % 2]) for number in range(300)]
    source = write(tmp_path / "rows.csv", [*common, *((f"rare {number}", "z") for number in range(6))])
    config = DataConfig(source=source, max_training_rows=20, split_seed=seed)
    splits = load_splits(config, allow_fallback=False, notify=lambda _: None)
    assert len(splits.train.texts) == len(set(splits.train.texts)) == 20
    assert splits.test is not None
    assert {*splits.train.labels} == {"x", "y", "z"} >= {*splits.validation.labels, *splits.test.labels}


def test_fewer_rows_than_labels_leave_some_out(tmp_path: Path) -> None:
    source = write(tmp_path / "rows.csv", [(f"text {number}", "uvxyz"[number % 5]) for number in range(50)])
    config = DataConfig(source=source, max_training_rows=3)
    splits = load_splits(config, allow_fallback=False, notify=lambda _: None)
    assert len(set(splits.train.labels)) == 3
