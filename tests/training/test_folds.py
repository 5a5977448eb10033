"""Folds hold every class, and no text is answered by a fit that has seen it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

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


def test_each_class_is_spread_over_the_folds() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    folds = spread_over_folds(labels, np.arange(100), 5, seed=3)
    assert [np.bincount(folds[labels == label]).tolist() for label in (0, 1)] == [[18] * 5, [2] * 5]
