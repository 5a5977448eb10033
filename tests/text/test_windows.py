"""Windows hold every token once and are balanced."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text.sequences import TokenSequences, offsets_of
from sentiment.text.windows import cut_at_words, cut_into_windows


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


@given(
    lengths=st.lists(st.integers(0, 300), max_size=8),
    max_tokens=st.integers(1, 70),
    words=st.lists(st.booleans(), min_size=1, max_size=30),
)
def test_pieces_are_the_text_none_is_too_long_and_they_are_nearly_of_one_length(
    lengths: list[int], max_tokens: int, words: list[bool]
) -> None:
    sequences = sequences_of(lengths)
    begins_word = np.resize(np.array(words), sum(lengths))
    pieces = cut_at_words(sequences, max_tokens, begins_word)
    assert pieces.input_ids is sequences.input_ids
    assert pieces.lengths.min(initial=1) >= 1
    assert pieces.lengths.max(initial=0) <= max_tokens
    texts = [text for text, length in enumerate(lengths) if length]
    for number, text in enumerate(texts):
        ours = np.flatnonzero(pieces.text_of_piece == number)
        assert pieces.offsets[ours[0]] == sequences.offsets[text]
        assert pieces.offsets[ours[-1] + 1] == sequences.offsets[text + 1]
        assert pieces.truncated[ours].tolist() == [True] * (len(ours) - 1) + [False]
        assert (len(ours) == 1) == (lengths[text] <= max_tokens)
        assert np.ptp(pieces.lengths[ours]) <= max_tokens // 4 + 1
    assert len(pieces) == 0 or pieces.text_of_piece[-1] == len(texts) - 1


@given(seed=st.integers(0, 2**32), length=st.integers(81, 2000))
def test_pieces_begin_with_a_word_where_words_are_short(seed: int, length: int) -> None:
    words = np.random.default_rng(seed).integers(1, 6, length)
    begins_word = np.zeros(length, dtype=np.bool_)
    begins_word[np.cumsum(words)[np.cumsum(words) < length]] = True
    pieces = cut_at_words(sequences_of([length]), 80, begins_word)
    assert begins_word[pieces.offsets[1:-1]].all()


@pytest.mark.parametrize(
    ("words", "expected"), [([], [27, 27]), ([25], [25, 29]), ([23, 29], [29, 25]), ([20, 34], [27, 27])]
)
def test_a_border_moves_to_the_nearest_word_that_is_near(words: list[int], expected: list[int]) -> None:
    begins_word = np.zeros(54, dtype=np.bool_)
    begins_word[words] = True
    assert cut_at_words(sequences_of([54]), 48, begins_word).lengths.tolist() == expected
