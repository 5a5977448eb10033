"""Batches for prediction: of equal length, and small enough to keep memory flat."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sentiment.text.batches import batches_by_length

MAX_BATCH_TOKENS = 4_096
"""Most tokens of a batch: 256 texts of 512 tokens would take 0.9 GB in a 1-layer BiLSTM of 128, these take 0.03."""


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
        length = int(lengths[rows[0]])
        if length:
            step = max(1, max_batch_tokens // length)
            yield from (rows[begin : begin + step] for begin in range(0, len(rows), step))
