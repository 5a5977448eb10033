"""Batches for prediction: of equal length or nearly so, and small enough to keep memory flat."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sentiment.text.batches import batches_by_length, portions

MAX_BATCH_TOKENS = 4_096
"""Most tokens of a batch: 256 texts of 512 tokens would take 0.9 GB in a 1-layer BiLSTM of 128, these take 0.03."""

_ROWS_OF_A_STEP = 16
"""Rows that take as long as what a step takes for any number of them."""
_PAD_COST = 1.07
"""How much longer a batch takes in the graph that accepts pads."""


def inference_batches(
    lengths: NDArray[np.int64], batch_size: int, max_batch_tokens: int = MAX_BATCH_TOKENS
) -> Iterator[NDArray[np.int64]]:
    """Yield the row numbers of batches of equal length, shortest first; rows of length 0 are skipped.

    Args:
        lengths: (n,), tokens in each row.
        batch_size: Rows of a batch, at most; fewer where their tokens would be more than `max_batch_tokens`.
        max_batch_tokens: Tokens of a batch, at most; a longer text is a batch by itself.
    """
    for rows in batches_by_length(lengths, batch_size):
        if lengths[rows[0]]:
            yield from portions(rows, lengths, max_batch_tokens)


def joined_batches(
    batches: Sequence[NDArray[np.int64]],
    lengths: NDArray[np.int64],
    batch_size: int,
    max_batch_tokens: int,
    threads: int = 1,
) -> list[NDArray[np.int64]]:
    """Join batches where reading pads takes less time than another run of the network.

    Args:
        batches: The row numbers of batches of equal length, shortest first.
        lengths: (n,), tokens in each row.
        batch_size: Rows of a batch, at most.
        max_batch_tokens: Tokens of a batch with its pads, at most.
        threads: Batches that run at the same time; no joined one has more than its share of the rows.

    Returns:
        The same rows in the same order, a batch each for one or more of `batches`.
    """
    most_rows = min(batch_size, -(-sum(map(len, batches)) // threads))
    least, begins = [0.0], [0]  # what the first batches take together, and where the last group of them begins
    for end in range(1, len(batches) + 1):
        length, rows = int(lengths[batches[end - 1][0]]), 0
        choices = []
        for begin in range(end - 1, -1, -1):
            rows += len(batches[begin])
            is_joined = begin < end - 1
            if is_joined and (rows > most_rows or rows * length > max_batch_tokens):
                break
            cost = length * (_ROWS_OF_A_STEP + rows) * (_PAD_COST if is_joined else 1)
            choices.append((least[begin] + cost, begin))
        cost, begin = min(choices)
        least.append(cost)
        begins.append(begin)
    joined, end = [], len(batches)
    while end:
        joined.append(np.concatenate(batches[begins[end] : end]))
        end = begins[end]
    return joined[::-1]
