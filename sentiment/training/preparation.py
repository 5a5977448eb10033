"""From rows to what the loop needs: label numbers, a tokenizer, and tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import tokenizers
from numpy.typing import NDArray

from sentiment.config import Config
from sentiment.data import LabelledTexts, Splits, label_names
from sentiment.errors import DataError
from sentiment.text import SubwordSampler, TokenSequences, encode, train_tokenizer
from sentiment.training.classification import LabelledSequences, TrainingSequences


@dataclass(frozen=True)
class FixedSequences:
    """Training rows whose tokens are the same in every epoch."""

    sequences: TokenSequences

    def sample(self, seed: int, epoch: int) -> TokenSequences:  # noqa: ARG002
        """Return the rows; seed and epoch do not matter."""
        return self.sequences


@dataclass(frozen=True)
class Preparation:
    """What stays the same all through a training.

    Attributes:
        labels: the classes, in the order of their numbers.
        training: the training rows as tokens, epoch by epoch.
        plain_training: the same without subword noise.
        training_labels: (n,), int64, the class of each training row.
        validation: None where no rows are kept for it.
        example_texts: rows to compare exports on.
    """

    labels: tuple[str, ...]
    tokenizer: tokenizers.Tokenizer
    training: TrainingSequences
    plain_training: TokenSequences
    training_labels: NDArray[np.int64]
    validation: LabelledSequences | None
    example_texts: Sequence[str]


def prepare(
    config: Config, splits: Splits, tokenizer: tokenizers.Tokenizer | None, notify: Callable[[str], None]
) -> Preparation:
    """Number the labels, train the tokenizer on the training rows and read all rows through it.

    Args:
        config: its sections `tokenizer` and `training` matter here.
        splits: the rows.
        tokenizer: the one of a training that goes on; None trains one.
        notify: hears of rows that cannot be used.

    Raises:
        DataError: one class only, a validation label that training does not know, or no row with a token.
    """
    labels = label_names(splits.train.labels)
    if tokenizer is None:
        tokenizer = train_tokenizer(splits.train.texts, config.tokenizer)
    texts, sequences, numbers = _read(splits.train, tokenizer, config, labels, notify)
    if not texts:
        raise DataError(f"{splits.train.name}: no text is left after normalisation; check the text column")
    dropout, max_tokens = config.tokenizer.dropout, config.tokenizer.max_tokens
    training: TrainingSequences = (
        SubwordSampler(tokenizer, texts, dropout, max_tokens) if dropout else FixedSequences(sequences)
    )
    validation, examples = None, texts
    if splits.validation.texts:
        examples, validation_sequences, validation_numbers = _read(splits.validation, tokenizer, config, labels, notify)
        validation = LabelledSequences(validation_sequences, validation_numbers) if examples else None
    return Preparation(labels, tokenizer, training, sequences, numbers, validation, examples or texts)


def _read(
    rows: LabelledTexts,
    tokenizer: tokenizers.Tokenizer,
    config: Config,
    labels: tuple[str, ...],
    notify: Callable[[str], None],
) -> tuple[list[str], TokenSequences, NDArray[np.int64]]:
    """Return the texts that hold a token, their tokens, and the numbers of their labels."""
    number_of = {label: number for number, label in enumerate(labels)}
    unknown = sorted(set(rows.labels) - number_of.keys())
    if unknown:
        raise DataError(f"{rows.name}: label {unknown[0]!r} is not one of the training rows' ({', '.join(labels)})")
    numbers = np.array([number_of[label] for label in rows.labels], dtype=np.int64)
    texts = list(rows.texts)
    sequences = encode(tokenizer, texts, config.tokenizer.max_tokens)
    usable = np.flatnonzero(sequences.lengths)
    if len(usable) < len(texts):
        notify(f"{rows.name}: {len(texts) - len(usable):,} rows hold no character that remains after normalisation")
        texts = [texts[row] for row in usable]
        sequences = encode(tokenizer, texts, config.tokenizer.max_tokens)
    cut = int(sequences.truncated.sum())
    if cut:
        notify(
            f"{rows.name}: {cut:,} rows are longer than tokenizer.max_tokens ({config.tokenizer.max_tokens}) and cut"
        )
    return texts, sequences, numbers[usable]
