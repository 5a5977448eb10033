"""Rows as tokens: training rows, epoch by epoch, and rows to measure on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import tokenizers
from numpy.typing import NDArray

from sentiment.text.sequences import TokenSequences
from sentiment.text.subword_sampling import SubwordSampler
from sentiment.text.windows import cut_at_words


class TrainingSequences(Protocol):
    """The training rows as tokens, epoch by epoch: the same each time, or a new sample of subwords."""

    def sample(self, seed: int, epoch: int) -> TokenSequences:
        """Return the rows of an epoch as a pure function of (seed, epoch)."""


@dataclass(frozen=True)
class FixedSequences:
    """Training rows whose tokens are the same in every epoch."""

    sequences: TokenSequences

    def sample(self, seed: int, epoch: int) -> TokenSequences:  # noqa: ARG002
        """Return the rows, whatever the seed and epoch."""
        return self.sequences


@dataclass(frozen=True)
class SequencesInPieces:
    """Training rows whose texts are read in pieces of at most `max_tokens` tokens.

    Attributes:
        whole: the texts, uncut.
        begins_word: (vocab_size,), whether a token is the first of a word.
    """

    whole: TrainingSequences
    max_tokens: int
    begins_word: NDArray[np.bool_]

    def sample(self, seed: int, epoch: int) -> TokenSequences:
        """Return the pieces of an epoch, as `cut_at_words` does."""
        return cut_at_words(self.whole.sample(seed, epoch), self.max_tokens, self.begins_word)


@dataclass(frozen=True)
class LabelledSequences:
    """Rows as tokens, each with the number of its class.

    Attributes:
        labels: (n,), int64.
    """

    sequences: TokenSequences
    labels: NDArray[np.int64]


def training_sequences(
    sequences: TokenSequences,
    texts: Sequence[str],
    tokenizer: tokenizers.Tokenizer,
    dropout: float,
    max_tokens: int | None,
) -> TrainingSequences:
    """Return texts as training rows.

    Args:
        sequences: their tokens without noise.
        texts: n of them.
        tokenizer: whose tokens they are.
        dropout: probability that a merge is skipped; 0 for the same tokens in every epoch.
        max_tokens: longer texts are cut after this many; None cuts none.
    """
    return SubwordSampler(tokenizer, texts, dropout, max_tokens) if dropout else FixedSequences(sequences)
