"""Equal-length batches, in an order that depends only on seed and step; large ones in portions."""

from collections.abc import Iterator
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray


def equal_length_spans(lengths: NDArray[np.int64], batch_size: int) -> list[tuple[int, int]]:
    """Split rows sorted by length into batches of at most `batch_size` rows of equal length.

    Args:
        lengths: (n,), tokens in each row, in any order.
        batch_size: rows of a batch, at most.

    Returns:
        Half-open spans over the sorted rows, shortest rows first; together they cover all n.
    """
    rows_per_length = np.unique(lengths, return_counts=True)[1]
    edges = accumulate(rows_per_length.tolist(), initial=0)
    return [(i, min(i + batch_size, end)) for begin, end in pairwise(edges) for i in range(begin, end, batch_size)]


def portions(rows: NDArray[np.int64], lengths: NDArray[np.int64], max_tokens: int) -> Iterator[NDArray[np.int64]]:
    """Split a batch of equal length into portions that fit into memory.

    Args:
        rows: (batch,), its row numbers; none give no portion.
        lengths: (n,), tokens in each row, at least 1.
        max_tokens: tokens of a portion, at most; a longer row is a portion by itself.
    """
    size = max(1, max_tokens // int(lengths[rows[0]])) if len(rows) else 1
    return (rows[begin : begin + size] for begin in range(0, len(rows), size))


def equal_length_batches(
    lengths: NDArray[np.int64], batch_size: int, seed: int, epoch: int
) -> Iterator[NDArray[np.int64]]:
    """Yield the row numbers of every batch of an epoch, in an order that is a pure function of (seed, epoch).

    The rows of a batch have equal length, and together the batches hold every row once. A rare length gives a small
    batch: divide its summed loss by `batch_size`, so that all rows have the same weight.
    Takes O(n log n) time at the start and O(n) memory.

    Args:
        lengths: (n,), tokens in each row, n >= 1.
        batch_size: rows of a batch, at most.
        seed: of the order.
        epoch: counted from 0.
    """
    spans = np.array(equal_length_spans(lengths, batch_size))
    rng = np.random.default_rng([seed, epoch])
    shuffled = rng.permutation(len(lengths))
    by_length = shuffled[np.argsort(lengths[shuffled], kind="stable")]
    for begin, end in rng.permutation(spans):
        yield by_length[begin:end]


def batches_by_length(lengths: NDArray[np.int64], batch_size: int) -> Iterator[NDArray[np.int64]]:
    """Yield the row numbers of batches of equal length, shortest first: the order for prediction.

    Args:
        lengths: (n,), tokens in each row.
        batch_size: rows of a batch, at most.
    """
    by_length = np.argsort(lengths, kind="stable")
    for begin, end in equal_length_spans(lengths, batch_size):
        yield by_length[begin:end]
