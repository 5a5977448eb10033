"""Long token sequences in windows that a model can read."""

import numpy as np
from numpy.typing import NDArray

from sentiment.text.sequences import TokenSequences, offsets_of


def cut_into_windows(sequences: TokenSequences, max_tokens: int) -> tuple[TokenSequences, NDArray[np.int64]]:
    """Cut each sequence into as few windows as `max_tokens` allows, balanced in length, that share no token.

    Of n tokens the window i of k = ceil(n / max_tokens) holds those from floor(i n / k) on: lengths differ by one at
    most, so that no window is a stub at the end. No token is copied.

    Args:
        sequences: n of any length; one of length 0 has no window.
        max_tokens: tokens of a window, at most, >= 1.

    Returns:
        The windows, those of a sequence side by side, and how many each sequence has, (n,).
    """
    lengths = sequences.lengths
    num_windows = -(-lengths // max_tokens)
    rows = np.repeat(np.arange(len(sequences)), num_windows)
    within = np.arange(len(rows)) - offsets_of(num_windows)[rows]
    starts = sequences.offsets[rows] + within * lengths[rows] // num_windows[rows]
    offsets = np.append(starts, sequences.offsets[-1])
    return TokenSequences(sequences.input_ids, offsets, np.zeros(len(rows), dtype=np.bool_)), num_windows
