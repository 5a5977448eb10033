"""Prepare rows for the training loop: label numbers, a tokenizer, and tokens."""

from dataclasses import dataclass

import numpy as np
import tokenizers
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.config import Config
from sentiment.data import ABSENT, LabelledTexts, Splits, label_names
from sentiment.errors import DataError
from sentiment.probabilities import most_probable
from sentiment.text.encoding import encode
from sentiment.text.sequences import TokenSequences
from sentiment.text.tokenizer_training import train_tokenizer
from sentiment.training.classification.distillation import Teacher, mixed_targets
from sentiment.training.loop.rows import LabelledSequences, TrainingSequences, training_sequences

NUM_EXAMPLES = 512
"""Rows to compare an export on."""


@dataclass(frozen=True)
class Preparation:
    """What stays constant during a training.

    Attributes:
        labels: the classes, in the order of their numbers.
        training: the training rows as tokens, epoch by epoch.
        plain_training: the same without subword noise.
        training_labels: (n,), int64, the class of each training row; ABSENT for texts that a teacher added.
        training_places: (n,), int64, its position among the rows of the training split, then the teacher's texts.
        training_targets: (n, classes), target probabilities of each row; None where the classes are the targets.
        validation: the validation rows; None without any.
        examples: rows to compare exports on.
    """

    labels: tuple[str, ...]
    tokenizer: tokenizers.Tokenizer
    training: TrainingSequences
    plain_training: TokenSequences
    training_labels: NDArray[np.int64]
    training_places: NDArray[np.int64]
    training_targets: NDArray[np.float32] | None
    validation: LabelledSequences | None
    examples: TokenSequences

    @property
    def most_probable_labels(self) -> NDArray[np.int64]:
        """The class of each training row, (n,); with a teacher, the most probable class of the target."""
        return self.training_labels if self.training_targets is None else most_probable(self.training_targets)


def prepare(
    config: Config,
    splits: Splits,
    tokenizer: tokenizers.Tokenizer | None,
    notify: Notify,
    teacher: Teacher | None = None,
) -> Preparation:
    """Number the labels, train the tokenizer on the training rows and tokenize all rows.

    Args:
        config: only its sections `tokenizer` and `training` are used.
        splits: the rows.
        tokenizer: the one of a resumed training; None trains one.
        notify: gets notes on rows that cannot be used.
        teacher: its answers are learned too; the tokenizer is not trained on the texts that it adds.

    Raises:
        DataError: only one class, a validation label that no training row has, or a label without a row with a token.
    """
    labels = label_names(splits.train.labels)
    if tokenizer is None:
        tokenizer = train_tokenizer(splits.train.texts, config.tokenizer)
    added_texts = teacher.added_texts if teacher is not None else []
    numbers = np.pad(_class_numbers(splits.train, labels), (0, len(added_texts)), constant_values=ABSENT)
    texts = splits.train.texts + added_texts
    rows, sequences = _read(splits.train.name, texts, tokenizer, config, notify)
    if len(lost := np.setdiff1d(np.arange(len(labels)), numbers[rows])):
        all_lost = len(lost) == len(labels)
        of_label = "" if all_lost else f" of label {labels[lost[0]]!r}"
        remedy = "check the text column" if all_lost else "add texts, or remove its rows"
        raise DataError(f"{splits.train.name}: no text{of_label} is left after normalisation; {remedy}")
    dropout, max_tokens = config.tokenizer.dropout, config.tokenizer.max_tokens
    kept = [texts[row] for row in rows] if dropout else []
    training = training_sequences(sequences, kept, tokenizer, dropout, max_tokens)
    validation, examples = None, sequences
    if splits.validation.texts:
        classes = _class_numbers(splits.validation, labels)
        usable, read = _read(splits.validation.name, splits.validation.texts, tokenizer, config, notify)
        if len(usable):
            validation, examples = LabelledSequences(read, classes[usable]), read
    targets = mixed_targets(numbers, teacher, config.training)[rows] if teacher is not None else None
    return Preparation(
        labels,
        tokenizer,
        training,
        sequences,
        numbers[rows],
        rows,
        targets,
        validation,
        examples.first(NUM_EXAMPLES),
    )


def _class_numbers(rows: LabelledTexts, labels: tuple[str, ...]) -> NDArray[np.int64]:
    number_of = {label: number for number, label in enumerate(labels)}
    unknown = sorted(set(rows.labels) - number_of.keys())
    if unknown:
        raise DataError(f"{rows.name}: label {unknown[0]!r} is not one of the training rows' ({', '.join(labels)})")
    return np.array([number_of[label] for label in rows.labels], dtype=np.int64)


def _read(
    name: str, texts: list[str], tokenizer: tokenizers.Tokenizer, config: Config, notify: Notify
) -> tuple[NDArray[np.int64], TokenSequences]:
    """Return which texts contain a token, and the tokens of those."""
    usable, sequences = encode(tokenizer, texts, config.tokenizer.max_tokens).without_empty()
    if len(usable) < len(texts):
        notify(f"{name}: {len(texts) - len(usable):,} rows are empty after normalisation")
    cut = int(sequences.truncated.sum())
    if cut:
        notify(f"{name}: {cut:,} rows are longer than tokenizer.max_tokens ({config.tokenizer.max_tokens}) and are cut")
    return usable, sequences
