"""A model's predictions on labelled rows: computed once, cached, and the only input of every figure."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import compress
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.data import LabelledTexts
from sentiment.distribution import installed_version
from sentiment.errors import DataError
from sentiment.evaluation.cache import Arrays, entry_path, read_entry, unambiguous, write_entry
from sentiment.evaluation.rows import number_labels
from sentiment.inference import Classifier, Scores
from sentiment.model_dir import ModelDirectory
from sentiment.probabilities import most_probable


@dataclass(frozen=True, eq=False)
class Answers:
    """A classifier's predictions on n labelled rows, with the truth: every figure is a pure function of it.

    Attributes:
        texts: n of them, in the order of the data.
        labels: names of the classes.
        truth: (n,), int64, the true classes, as positions in `labels`.
        probabilities: (n, classes), float32; a row is NaN where the model finds no token in the text.
        num_tokens: (n,), int64, tokens of each text.
        num_windows: (n,), int64, windows in which it was read.
    """

    texts: Sequence[str]
    labels: tuple[str, ...]
    truth: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    num_tokens: NDArray[np.int64]
    num_windows: NDArray[np.int64]

    @classmethod
    def of(cls, scores: Scores, rows: LabelledTexts, labels: tuple[str, ...]) -> Self:
        """Combine predictions and truth.

        Raises:
            DataError: if a row has a label that is not among `labels`.
        """
        return cls(rows.texts, labels, number_labels(rows, labels), **vars(scores))

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def is_answered(self) -> NDArray[np.bool_]:
        """Whether each row has a prediction, (n,)."""
        return ~np.isnan(self.probabilities[:, 0])

    @property
    def is_right(self) -> NDArray[np.bool_]:
        """Whether the most probable class of each row is the true one, (n,); every row must have a prediction."""
        return np.asarray(most_probable(self.probabilities) == self.truth)

    def readable(self, name: str) -> "Answers":
        """Return the rows that have a prediction.

        Raises:
            DataError: if none has; names the rows by `name`.
        """
        if not self.is_answered.any():
            raise DataError(f"{name}: no row has a text that the model can read; nothing to score")
        return self.select(self.is_answered)

    def select(self, rows: NDArray[np.bool_]) -> "Answers":
        """Return the rows where `rows`, (n,), is true."""
        return Answers(
            list(compress(self.texts, rows)),
            self.labels,
            self.truth[rows],
            self.probabilities[rows],
            self.num_tokens[rows],
            self.num_windows[rows],
        )

    def by_another(self, probabilities: NDArray[np.float32]) -> "Answers":
        """Return another classifier's probabilities for the same rows, (n, classes)."""
        return replace(self, probabilities=probabilities)


def answers_to(
    rows: LabelledTexts,
    directory: ModelDirectory,
    *,
    threads: int | None,
    cache: Path | None,
    notify: Notify,
) -> Answers:
    """Predict labelled rows with a model, unless its predictions for these texts are cached.

    Predictions are cached under a SHA-256 of the model, the texts, and the versions that compute them.

    Args:
        rows: to predict.
        directory: the model.
        threads: batches that run at the same time; one per core if None.
        cache: the cache folder; None for the user's cache folder.
        notify: gets notes on cached answers that are used, a damaged entry, and one that cannot be written.

    Raises:
        DataError: if a row has a label that is not among the model's.
        ModelDirectoryError: if the model cannot be read.
    """
    truth = number_labels(rows, directory.labels)
    path = entry_path(cache, "answers", _key(directory, rows.texts))
    n, classes = len(truth), len(directory.labels)
    shapes = {"probabilities": (n, classes), "num_tokens": (n,), "num_windows": (n,)}

    def is_sound(arrays: Arrays) -> bool:
        return {name: array.shape for name, array in arrays.items()} == shapes

    arrays = read_entry(path, notify, is_sound)
    if arrays is None:
        arrays = vars(Classifier.load(directory.path, threads=threads).score(rows.texts))
        write_entry(path, arrays, notify)
    else:
        notify(f"using the model's answers to these {n:,} rows from an earlier evaluation")
    return Answers(rows.texts, directory.labels, truth, **arrays)


def _key(directory: ModelDirectory, texts: Sequence[str]) -> str:
    versions = {"sentiment": installed_version(), "onnxruntime": version("onnxruntime")}
    digest = hashlib.sha256(json.dumps({"model": directory.fingerprint(), **versions}).encode())
    digest.update(unambiguous(texts))
    return digest.hexdigest()
