"""Windows hold every token once and are balanced."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text.sequences import TokenSequences, offsets_of
from sentiment.text.windows import cut_into_windows


def sequences_of(lengths: list[int]) -> TokenSequences:
    offsets = offsets_of(np.array(lengths, dtype=np.int64))
    return TokenSequences(np.arange(offsets[-1], dtype=np.int32), offsets, np.zeros(len(lengths), dtype=np.bool_))


@given(lengths=st.lists(st.integers(0, 60), max_size=12), max_tokens=st.integers(1, 20))
def test_every_token_is_in_one_window_and_windows_are_balanced(lengths: list[int], max_tokens: int) -> None:
    sequences = sequences_of(lengths)
    windows, num_windows = cut_into_windows(sequences, max_tokens)
    assert num_windows.tolist() == [-(-length // max_tokens) for length in lengths]
    assert len(windows) == num_windows.sum()
    window_lengths = np.split(windows.lengths, np.cumsum(num_windows)[:-1]) if lengths else []
    for length, ours in zip(lengths, window_lengths, strict=True):
        assert ours.sum() == length
        assert not len(ours) or 1 <= ours.min() <= ours.max() <= min(max_tokens, ours.min() + 1)
    read = [windows.batch(np.array([row])).ravel() for row in range(len(windows))]
    assert np.concatenate([*read, np.zeros(0, np.int64)]).tolist() == sequences.input_ids.tolist()


@pytest.mark.parametrize(("length", "expected"), [(0, []), (8, [8]), (9, [4, 5]), (16, [8, 8]), (19, [6, 6, 7])])
def test_no_stub_is_left_at_the_end(length: int, expected: list[int]) -> None:
    windows, num_windows = cut_into_windows(sequences_of([length]), 8)
    assert windows.lengths.tolist() == expected
    assert num_windows.tolist() == [len(expected)]


def test_the_tokens_are_not_copied() -> None:
    sequences = sequences_of([100])
    assert cut_into_windows(sequences, 7)[0].input_ids is sequences.input_ids
