"""From logits to probabilities to classes: the only place for it, whatever the source of the logits."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Return the softmax over the last axis; logits of any size cannot overflow.

    Args:
        logits: (..., classes), finite.
        temperature: Divides the logits, above 0.
    """
    highest = logits.max(axis=-1, keepdims=True).astype(np.float64)
    exponentials = np.exp((logits - highest) / temperature)
    probabilities: NDArray[np.float64] = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return probabilities


def scaled_softmax(
    logits: NDArray[np.floating], scales: Sequence[float], biases: Sequence[float]
) -> NDArray[np.float64]:
    """Return softmax(scales ⊙ (logits - their mean) + biases) over the last axis: vector scaling.

    Only differences of logits mean something; without their mean, a number added to all of them changes nothing.

    Args:
        logits: (..., classes), finite.
        scales: one per class; all equal to 1 / T, without biases, are a temperature T.
        biases: one per class.
    """
    centred = logits - logits.mean(axis=-1, keepdims=True, dtype=np.float64)
    return softmax(np.asarray(scales) * centred + np.asarray(biases))


def most_probable(probabilities: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return the most probable class of each row, (n,); the first in case of a tie.

    Args:
        probabilities: (n, classes); the class of a row of NaN is 0.
    """
    return np.asarray(probabilities.argmax(axis=1), dtype=np.int64)


def mean_over_windows(
    probabilities: NDArray[np.float32], lengths: NDArray[np.int64], num_windows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the mean of each text's windows, weighted by their tokens; a single window is returned unchanged.

    Args:
        probabilities: (windows, classes), consecutive for each text.
        lengths: (windows,), tokens in each, >= 1.
        num_windows: (n,), windows of each text.

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
