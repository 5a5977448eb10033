"""Token sequences of different lengths, stored in flat arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


def offsets_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the start of each sequence and the end of the last, (n + 1,), from lengths, (n,)."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def ragged_positions(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Concatenate the positions `starts[i], ..., starts[i] + lengths[i] - 1` for every i.

    Args:
        starts: (n,).
        lengths: (n,), each >= 0.

    Returns:
        (sum of lengths,).
    """
    offsets = offsets_of(lengths)
    positions: NDArray[np.int64] = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
    return positions


@dataclass(frozen=True, eq=False)
class TokenSequences:
    """The tokens of n texts.

    Attributes:
        input_ids: (sum of lengths,), the tokens of all texts, one after the other.
        offsets: (n + 1,), text i is `input_ids[offsets[i]:offsets[i + 1]]`.
        truncated: (n,), whether a text had more tokens than are held.
    """

    input_ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    truncated: NDArray[np.bool_]

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each text, (n,)."""
        return self.offsets[1:] - self.offsets[:-1]

    @cached_property
    def text_of_piece(self) -> NDArray[np.int64]:
        """Which text each sequence is of, (n,), from 0 on, where all pieces of a text but the last are truncated."""
        return offsets_of((~self.truncated).astype(np.int64))[:-1]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def without_empty(self) -> "tuple[NDArray[np.int64], TokenSequences]":
        """Return the indices of texts that contain a token, (kept,), and the sequences of those alone."""
        kept = np.flatnonzero(self.lengths)
        return kept, TokenSequences(self.input_ids, offsets_of(self.lengths[kept]), self.truncated[kept])

    def first(self, number: int) -> "TokenSequences":
        """Return the first texts, or all if there are fewer."""
        offsets = self.offsets[: number + 1]
        return TokenSequences(self.input_ids[: offsets[-1]], offsets, self.truncated[:number])

    def batch(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Gather texts of equal length into one array.

        Args:
            rows: (batch,), batch >= 1.

        Returns:
            (batch, time).

        Raises:
            ValueError: the lengths differ.
        """
        starts = self.offsets[rows]
        lengths = self.offsets[rows + 1] - starts
        if (lengths != lengths[0]).any():
            raise ValueError(f"rows of a batch must have equal length, got {lengths.min()} to {lengths.max()} tokens")
        return self.input_ids[starts[:, None] + np.arange(lengths[0])].astype(np.int64)

    def padded_batch(self, rows: NDArray[np.int64], pad: int) -> NDArray[np.int64]:
        """Gather texts into one array, the shorter ones followed by pads.

        Args:
            rows: (batch,), batch >= 1.
            pad: what follows them.

        Returns:
            (batch, time of the longest).
        """
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        filled = np.full((len(rows), lengths.max()), pad, dtype=np.int64)
        filled[np.arange(filled.shape[1]) < lengths[:, None]] = self.input_ids[
            ragged_positions(self.offsets[rows], lengths)
        ]
        return filled


def concatenate(parts: Sequence[TokenSequences]) -> TokenSequences:
    """Concatenate several token sequences."""
    lengths = [part.lengths for part in parts]
    return TokenSequences(
        np.concatenate([np.zeros(0, np.int32), *(part.input_ids for part in parts)]),
        offsets_of(np.concatenate([np.zeros(0, np.int64), *lengths])),
        np.concatenate([np.zeros(0, np.bool_), *(part.truncated for part in parts)]),
    )
