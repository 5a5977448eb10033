"""Rows divided into parts, each to be answered by what was fitted on the others."""

import numpy as np
from numpy.typing import NDArray


def spread_over_folds(labels: NDArray[np.int64], num_folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each row, (n,), so that every class is spread over the folds.

    Args:
        labels: (n,).
        num_folds: parts.
        seed: of the division.
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    folds = np.empty(len(labels), dtype=np.int64)
    folds[by_label] = np.arange(len(labels)) % num_folds
    return folds
