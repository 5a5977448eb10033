"""What a model says about many texts, as arrays: from the logits of windows to the probabilities of texts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Scores:
    """The answers to n texts, in their order.

    Attributes:
        probabilities: (n, classes), float32; a row sums to 1, or is NaN where the text is empty. Of a text that was
            read in several windows, the mean of theirs, weighted by their tokens.
        num_tokens: (n,), tokens of each text, all of which were read.
        num_windows: (n,), windows in which it was read; 0 if it is empty, 1 if it is no longer than `max_tokens`.
    """

    probabilities: NDArray[np.float32]
    num_tokens: NDArray[np.int64]
    num_windows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.num_tokens)


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn scores into probabilities over the last axis; logits of any size overflow nothing.

    Args:
        logits: (..., classes), finite.
    """
    exponentials = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    probabilities: NDArray[np.float64] = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return probabilities


def mean_over_windows(
    probabilities: NDArray[np.float32], lengths: NDArray[np.int64], num_windows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the mean of the windows of each text, weighted by their tokens; that of a single window is its own.

    Args:
        probabilities: (windows, classes), those of a text side by side.
        lengths: (windows,), tokens in each, >= 1.
        num_windows: (n,), how many each text has.

    Returns:
        (n, classes); NaN where there is no window.
    """
    means = np.full((len(num_windows), probabilities.shape[1]), np.nan, dtype=np.float32)
    read = np.flatnonzero(num_windows)
    if len(read):
        starts = np.cumsum(num_windows[read]) - num_windows[read]
        totals = np.add.reduceat(probabilities * lengths[:, None].astype(np.float64), starts)
        means[read] = totals / np.add.reduceat(lengths, starts)[:, None]
    return means
