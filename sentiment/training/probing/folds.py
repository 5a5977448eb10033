"""Rows divided into parts, each to be answered by what was fitted on the others."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sentiment.text.sequences import TokenSequences


def number_texts(sequences: TokenSequences) -> NDArray[np.int64]:
    """Return a number for the text of each row, (n,): rows of the same tokens share one."""
    ids, offsets = sequences.input_ids, sequences.offsets.tolist()
    number_of: dict[bytes, int] = {}
    numbers = [number_of.setdefault(ids[start:end].tobytes(), len(number_of)) for start, end in pairwise(offsets)]
    return np.array(numbers, dtype=np.int64)


def spread_over_folds(
    labels: NDArray[np.int64], texts: NDArray[np.int64], num_folds: int, seed: int
) -> NDArray[np.int64]:
    """Return the fold of each row, (n,), so that every class is spread over the folds and no text is in two.

    Args:
        labels: (n,).
        texts: (n,), the number of each row's text.
        num_folds: parts.
        seed: of the division.
    """
    _, first, text_of_row = np.unique(texts, return_index=True, return_inverse=True)
    shuffled = np.random.default_rng(seed).permutation(len(first))
    by_label = shuffled[np.argsort(labels[first][shuffled], kind="stable")]
    folds = np.empty(len(first), dtype=np.int64)
    folds[by_label] = np.arange(len(first)) % num_folds
    return folds[text_of_row]
