"""Split long token sequences into windows that a model can read."""

import numpy as np
from numpy.typing import NDArray

from sentiment.text.sequences import TokenSequences, offsets_of


def cut_into_windows(sequences: TokenSequences, max_tokens: int) -> tuple[TokenSequences, NDArray[np.int64]]:
    """Split each sequence into as few windows as `max_tokens` allows, of balanced length and without overlap.

    Of n tokens, window i of k = ceil(n / max_tokens) starts at floor(i n / k): lengths differ by at most one, so there
    is no short window at the end. No token is copied.

    Args:
        sequences: n of any length; one of length 0 gets no window.
        max_tokens: tokens of a window, at most, >= 1.

    Returns:
        The windows, consecutive for each sequence, and the number of windows per sequence, (n,).
    """
    num_windows = -(-sequences.lengths // max_tokens)
    offsets = _balanced_offsets(sequences, num_windows)
    return TokenSequences(sequences.input_ids, offsets, np.zeros(len(offsets) - 1, dtype=np.bool_)), num_windows


def cut_at_words(sequences: TokenSequences, max_tokens: int, begins_word: NDArray[np.bool_]) -> TokenSequences:
    """Cut each sequence of more than `max_tokens` into pieces of nearly one length, between words where there is room.

    With r = floor(max_tokens / 8), n tokens make k = ceil(n / (max_tokens - r)) balanced windows. A border then moves
    to the nearest beginning of a word, by at most r / 2 tokens: lengths differ by 2 r + 1 at most. No token is copied.

    Args:
        sequences: n of any length, none truncated; one of length 0 has no piece.
        max_tokens: tokens of a piece, at most, >= 1.
        begins_word: (vocab_size,), whether a token is the first of a word.

    Returns:
        The pieces, those of a sequence side by side, and all but the last of them truncated.
    """
    lengths, room = sequences.lengths, max_tokens // 8
    num_pieces = np.where(lengths > max_tokens, -(-lengths // (max_tokens - room)), np.minimum(lengths, 1))
    offsets = _balanced_offsets(sequences, num_pieces)
    truncated = np.ones(len(offsets) - 1, dtype=np.bool_)
    truncated[np.cumsum(num_pieces)[num_pieces > 0] - 1] = False
    borders = 1 + np.flatnonzero(truncated)
    shifts = np.array(sorted(range(-(room // 2), room // 2 + 1), key=abs))  # 0 first, for where no word begins
    is_beginning = begins_word[sequences.input_ids[offsets[borders][:, None] + shifts]]
    offsets[borders] += shifts[is_beginning.argmax(axis=1)]
    return TokenSequences(sequences.input_ids, offsets, truncated)


def _balanced_offsets(sequences: TokenSequences, num_windows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the windows begin, and the last ends, that each sequence of n tokens has: from floor(i n / k) on."""
    rows = np.repeat(np.arange(len(sequences)), num_windows)
    within = np.arange(len(rows)) - offsets_of(num_windows)[rows]
    starts = sequences.offsets[rows] + within * sequences.lengths[rows] // num_windows[rows]
    return np.append(starts, sequences.offsets[-1])
