"""Batches of equal length: what they hold, and that their order follows from seed and epoch alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sentiment.text.batches import batches_by_length, equal_length_batches, portions

lengths_of_rows = st.lists(st.integers(1, 12), min_size=1, max_size=200).map(np.array)


def check(batches: list[NDArray[np.int64]], lengths: NDArray[np.int64], batch_size: int) -> None:
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    for rows in batches:
        assert 1 <= len(rows) <= batch_size
        assert len(set(lengths[rows].tolist())) == 1


@given(lengths=lengths_of_rows, batch_size=st.integers(1, 20), seed=st.integers(0, 9), epoch=st.integers(0, 9))
def test_an_epoch_holds_every_row_once_in_batches_of_one_length(
    lengths: NDArray[np.int64], batch_size: int, seed: int, epoch: int
) -> None:
    check(list(equal_length_batches(lengths, batch_size, seed, epoch)), lengths, batch_size)


@given(lengths=lengths_of_rows, batch_size=st.integers(1, 20))
def test_prediction_meets_every_row_once_shortest_first(lengths: NDArray[np.int64], batch_size: int) -> None:
    batches = list(batches_by_length(lengths, batch_size))
    check(batches, lengths, batch_size)
    first = [int(lengths[rows[0]]) for rows in batches]
    assert first == sorted(first)


@given(lengths=lengths_of_rows, seed=st.integers(0, 9), epoch=st.integers(0, 9))
def test_the_order_is_a_function_of_seed_and_epoch(lengths: NDArray[np.int64], seed: int, epoch: int) -> None:
    first, second = ([rows.tolist() for rows in equal_length_batches(lengths, 4, seed, epoch)] for _ in range(2))
    assert first == second


def test_epochs_and_seeds_differ_in_batches_and_in_their_order() -> None:
    lengths = np.repeat([3, 5, 8], 100)
    orders = [
        [rows.tolist() for rows in equal_length_batches(lengths, 10, seed, epoch)]
        for seed, epoch in [(0, 0), (0, 1), (1, 0)]
    ]
    assert orders[0] != orders[1] != orders[2]
    assert sorted(map(sorted, orders[0])) != sorted(map(sorted, orders[1]))
    assert [lengths[rows[0]] for rows in orders[0]] != sorted(lengths[rows[0]] for rows in orders[0])


def test_only_the_last_batch_of_a_length_is_small() -> None:
    sizes = [len(rows) for rows in batches_by_length(np.repeat([2, 7], [25, 10]), 10)]
    assert sizes == [10, 10, 5, 10]


def test_no_rows_give_no_batches() -> None:
    assert list(batches_by_length(np.empty(0, dtype=np.int64), 10)) == []


@given(length=st.integers(1, 50), num_rows=st.integers(0, 40), max_tokens=st.integers(1, 200))
def test_portions_are_a_batch_in_order_and_fit(length: int, num_rows: int, max_tokens: int) -> None:
    rows = np.random.default_rng(0).permutation(num_rows)
    parts = list(portions(rows, np.full(num_rows, length), max_tokens))
    assert [row for part in parts for row in part.tolist()] == rows.tolist()
    assert all(len(part) == 1 or len(part) * length <= max_tokens for part in parts)
    assert len(parts) <= -(-num_rows // max(1, max_tokens // length))
