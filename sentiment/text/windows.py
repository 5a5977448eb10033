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
    lengths = sequences.lengths
    num_windows = -(-lengths // max_tokens)
    rows = np.repeat(np.arange(len(sequences)), num_windows)
    within = np.arange(len(rows)) - offsets_of(num_windows)[rows]
    starts = sequences.offsets[rows] + within * lengths[rows] // num_windows[rows]
    offsets = np.append(starts, sequences.offsets[-1])
    return TokenSequences(sequences.input_ids, offsets, np.zeros(len(rows), dtype=np.bool_)), num_windows
