"""The members of an ensemble: models, files of answers, and a linear model.

A member without an answer to a text, as a model to an empty one, gives every class the same probability, and so does
not influence the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.data import LabelledTexts, Splits, label_names, read_teacher
from sentiment.errors import DataError
from sentiment.evaluation import LinearSettings, NumberedRows, fit_linear
from sentiment.evaluation.rows import number_labels
from sentiment.evaluation.training_origin import TrainingOrigin
from sentiment.inference import Classifier
from sentiment.model_dir import ModelDirectory, locate_model


@dataclass(frozen=True)
class Member:
    """A member: texts in, (texts, classes) probabilities out, in the order of the labels."""

    name: str
    answer: Callable[[Sequence[str]], NDArray[np.float32]]


def shared_rows(models: Sequence[str], notify: Notify) -> Splits:
    """Load the rows that all models were trained on, with the same split.

    Raises:
        DataError: there is no model, they differ in their rows, or the rows are not available.
        ModelDirectoryError: one is not a model, or does not record what it was trained on.
        MissingExtraError: reading the rows needs a package that is not installed.
    """
    if not models:
        raise DataError("only files of answers are given; add a model, whose validation rows weigh the members")
    first, *others = [TrainingOrigin.read(ModelDirectory.open(locate_model(model))) for model in models]
    for model, other in zip(models[1:], others, strict=True):
        if other.sha256 != first.sha256:
            raise DataError(
                f"{model}: was trained on other rows than {models[0]}; choose models trained on the same rows"
            )
    splits = first.load(notify)
    if not splits.validation.texts:
        raise DataError(f"{splits.source}: the models kept no validation rows to weigh them by; train them with some")
    return splits


def model_member(name: str, labels: Sequence[str], threads: int | None) -> Member:
    """Load a model.

    Raises:
        DataError: it has other labels.
        ModelDirectoryError: it is invalid.
    """
    model = Classifier.load(name, threads=threads)
    if list(model.labels) != list(labels):
        known, wanted = ", ".join(model.labels), ", ".join(labels)
        raise DataError(f"{name}: its labels are {known}, not {wanted}; choose another model")

    def answer(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.nan_to_num(model.probabilities(texts), nan=1.0 / len(labels))

    return Member(name, answer)


def file_member(path: Path, labels: Sequence[str], validation: LabelledTexts, notify: Notify) -> Member:
    """Read a file of answers, like `sentiment train --teacher`.

    Raises:
        DataError: it cannot be read, or has no answer to a validation text.
        MissingExtraError: it is Parquet, and pyarrow is not installed.
    """
    answers = read_teacher(path, labels, validation.text_column, notify)
    row_of = {text: row for row, text in enumerate(answers.texts)}
    if row_of.keys().isdisjoint(validation.texts):
        raise DataError(
            f"{path}: has no answer to a validation text, so it cannot be weighed; add answers to the training rows"
        )

    def answer(texts: Sequence[str]) -> NDArray[np.float32]:
        probabilities = np.full((len(texts), len(labels)), 1.0 / len(labels), dtype=np.float32)
        found = [(place, row_of[text]) for place, text in enumerate(texts) if text in row_of]
        places, rows = np.array(found, dtype=np.int64).reshape(-1, 2).T
        probabilities[places] = answers.probabilities[rows]
        if len(found) < len(texts):
            notify(f"{path}: answers {len(found):,} of {len(texts):,} texts, and is ignored for the others")
        return probabilities

    return Member(str(path), answer)


def linear_member(training: LabelledTexts, notify: Notify) -> Member:
    """Fit a linear model on character n-grams.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    labels = label_names(training.labels)
    notify(f"linear: fitting it on {len(training.texts):,} rows")
    rows = NumberedRows(training.texts, number_labels(training, labels), len(labels))
    return Member("linear", fit_linear(rows, LinearSettings.for_rows(len(training.texts)), notify).probabilities)
