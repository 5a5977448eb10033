"""Folds hold every class, and no text is answered by a fit that has seen it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sentiment.data import number_neighbours
from sentiment.text.sequences import TokenSequences, offsets_of
from sentiment.training.probing.folds import number_texts, spread_over_folds


def sequences_of(rows: list[list[int]]) -> TokenSequences:
    ids = np.array([token for row in rows for token in row], dtype=np.int32)
    offsets = offsets_of(np.array([len(row) for row in rows], dtype=np.int64))
    return TokenSequences(ids, offsets, np.zeros(len(rows), dtype=np.bool_))


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=3), min_size=1, max_size=40), st.integers(2, 5))
def test_rows_of_one_text_share_a_fold(rows: list[list[int]], num_folds: int) -> None:
    texts = number_texts(sequences_of(rows))
    assert len(set(texts.tolist())) == len(set(map(tuple, rows)))
    folds = spread_over_folds(np.array([row[0] % 2 for row in rows]), texts, num_folds, seed=0)
    assert len({(tuple(row), fold) for row, fold in zip(rows, folds.tolist(), strict=True)}) == len(set(texts.tolist()))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.integers(0, 5))
def test_neighbours_and_rows_of_one_text_share_a_number(texts: list[int], added: int) -> None:
    num_rows = 10 * len(texts)  # each of ten rows that are alike
    places = np.concatenate([10 * np.arange(len(texts)), num_rows + np.arange(added)])
    text_of_row = np.array([*texts, *range(100, 100 + added)])
    numbers = number_neighbours(text_of_row, places, num_rows).tolist()
    of_text = dict(zip(text_of_row.tolist(), numbers, strict=True))
    assert [of_text[text] for text in text_of_row.tolist()] == numbers
    assert len(set(numbers[len(texts) :])) == added
    assert not set(numbers[len(texts) :]) & set(numbers[: len(texts)])


def test_neighbours_are_in_one_block_of_a_hundred() -> None:
    numbers = number_neighbours(np.arange(2000), np.arange(2000), 2000)
    assert numbers.tolist() == [row // 20 for row in range(2000)]


def test_each_class_is_spread_over_the_folds() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    folds = spread_over_folds(labels, np.arange(100), 5, seed=3)
    assert [np.bincount(folds[labels == label]).tolist() for label in (0, 1)] == [[18] * 5, [2] * 5]
