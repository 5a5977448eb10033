"""Several classifiers as one: each text is predicted by the one for its script."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sentiment.inference.classifier import DEFAULT_BATCH_SIZE, Classifier
from sentiment.inference.prediction import Prediction, Scores
from sentiment.inference.texts import checked_texts
from sentiment.model_dir import ModelDirectory
from sentiment.text.scripts import written_in

if TYPE_CHECKING:
    from sentiment.inference.inside import Explanation, Gates, Trace

MIXED = 0.05
"""Share of the texts that other models than the leading one may predict."""


class ClassifierByScript:
    """Predicts each text with the classifier for its script, as that classifier does.

    A classifier is loaded when the first text for it comes. A class that only others have gets a probability of 0. It
    is thread-safe.
    """

    def __init__(
        self, paths: Mapping[str, Path], *, threads: int | None, loaded: Callable[[str, Path], None] = lambda *_: None
    ) -> None:
        """Choose among models.

        Args:
            paths: The model directory for each script, as named by `sentiment.text.scripts`; the first also predicts
                texts without a letter, or in other scripts.
            threads: Batches that run at the same time; one per core if None.
            loaded: Called with the script and the path when a classifier is loaded.
        """
        self._paths = dict(paths)
        self._threads = threads
        self._loaded = loaded
        self._classifiers: dict[Path, Classifier] = {}
        self._num_texts = dict.fromkeys(self._paths, 0)
        self._lock = Lock()

    @property
    def path(self) -> Path:
        """The directory of the model that has predicted the most texts."""
        return self._paths[self._leading_script]

    @property
    def paths_used(self) -> list[Path]:
        """The directories of the models that have predicted a text, the one of the most texts first."""
        used = [script for script, number in self._num_texts.items() if number]
        return list(
            dict.fromkeys(self._paths[script] for script in sorted(used, key=lambda each: -self._num_texts[each]))
        )

    @property
    def leading(self) -> Classifier:
        """The classifier that has predicted the most texts."""
        return self.classifier(self._leading_script)

    @property
    def is_mixed(self) -> bool:
        """Whether other models have predicted so many of the texts that the errors of the leading one do not tell.

        Where they have other classes, one text is enough.
        """
        total = sum(self._num_texts.values())
        differ = self.labels_used != ModelDirectory.open(self.path).labels
        return differ or total - self._num_texts[self._leading_script] > MIXED * total

    def counting_anew(self) -> "ClassifierByScript":
        """Return one that shares the classifiers of this one, and has predicted no text yet."""
        other = copy(self)
        other._num_texts = dict.fromkeys(self._paths, 0)
        return other

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes of all models: those of the first, then those that only others have."""
        return _joint(directory.labels for directory in self._directories)

    @property
    def labels_used(self) -> tuple[str, ...]:
        """Names of the classes of the models that have predicted a text: the leading one's, then those of others."""
        return _joint(ModelDirectory.open(path).labels for path in self.paths_used or [self.path])

    @cached_property
    def fingerprint(self) -> str:
        """A SHA-256 over the fingerprints of all models."""
        return sha256("".join(directory.fingerprint() for directory in self._directories).encode()).hexdigest()

    @property
    def max_tokens(self) -> int:
        """The most tokens that one of the models reads at once."""
        return max(directory.max_tokens for directory in self._directories)

    def prepare(self, texts: Sequence[str]) -> None:
        """Load the classifiers that some texts need."""
        for script in self._rows_by_script(texts):
            self.classifier(script)

    def classifier(self, script: str) -> Classifier:
        """Return the classifier for a script, loaded if it is not yet."""
        path = self._paths[script]
        with self._lock:
            if path not in self._classifiers:
                self._classifiers[path] = Classifier.load(path, threads=self._threads)
                self._loaded(script, path)
            return self._classifiers[path]

    def score(self, texts: Sequence[str], batch_size: int = DEFAULT_BATCH_SIZE) -> Scores:
        """Predict every text, as arrays; see `Classifier.score`."""
        several = checked_texts(texts)
        scores = Scores(
            np.empty((len(several), len(self.labels)), dtype=np.float32),
            np.empty(len(several), dtype=np.int64),
            np.empty(len(several), dtype=np.int64),
        )
        for script, rows in self._rows_by_script(several).items():
            classifier = self.classifier(script)
            part = classifier.score([several[row] for row in rows], batch_size)
            scores.probabilities[rows] = self._with_all_columns(part.probabilities, classifier.labels)
            scores.num_tokens[rows] = part.num_tokens
            scores.num_windows[rows] = part.num_windows
        return scores

    def probabilities(self, texts: Sequence[str], batch_size: int = DEFAULT_BATCH_SIZE) -> NDArray[np.float32]:
        """Return the probability of every class for every text; see `Classifier.probabilities`."""
        return self.score(texts, batch_size).probabilities

    def predict(
        self, texts: Sequence[str], batch_size: int = DEFAULT_BATCH_SIZE, *, unsure_below: float = 0.0
    ) -> list[Prediction]:
        """Predict every text, in order; see `Classifier.predict`."""
        several = checked_texts(texts)
        answers: dict[int, Prediction] = {}
        for script, rows in self._rows_by_script(several).items():
            part = [several[row] for row in rows]
            predictions = self.classifier(script).predict(part, batch_size, unsure_below=unsure_below)
            answers.update(zip(rows, map(self._with_all_labels, predictions), strict=True))
        return [answers[row] for row in range(len(several))]

    def predictors(self, texts: Sequence[str]) -> list[tuple[Sequence[int], Classifier]]:
        """Return the rows that each classifier predicts, with its own labels; they do not count as predicted."""
        return [(rows, self.classifier(script)) for script, rows in self._divided(texts).items()]

    def explain(self, text: str) -> "Explanation":
        """Explain the prediction for one text; see `Classifier.explain`."""
        return self._classifier_of(text).explain(text)

    def trace(self, text: str) -> "Trace":
        """Trace the prediction for one text; see `Classifier.trace`."""
        return self._classifier_of(text).trace(text)

    def gates(self, text: str) -> "Gates":
        """Return the gates and states for one text; see `Classifier.gates`."""
        return self._classifier_of(text).gates(text)

    def unknown_tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Return how many tokens of each text its model has never seen; see `Classifier.unknown_tokens`."""
        several = checked_texts(texts)
        counts = np.empty(len(several), dtype=np.int64)
        for script, rows in self._rows_by_script(several).items():
            counts[rows] = self.classifier(script).unknown_tokens([several[row] for row in rows])
        return counts

    @property
    def _leading_script(self) -> str:
        return max(self._num_texts, key=self._num_texts.__getitem__)

    @cached_property
    def _directories(self) -> list[ModelDirectory]:
        return [ModelDirectory.open(path) for path in dict.fromkeys(self._paths.values())]

    def _with_all_columns(self, probabilities: NDArray[np.float32], labels: Sequence[str]) -> NDArray[np.float32]:
        """Return the probabilities, (n, classes), of a model with some labels as those of `self.labels`."""
        if tuple(labels) == self.labels:
            return probabilities
        wide = np.zeros((len(probabilities), len(self.labels)), dtype=np.float32)
        wide[:, [self.labels.index(label) for label in labels]] = probabilities
        wide[np.isnan(probabilities).any(axis=1)] = np.nan
        return wide

    def _with_all_labels(self, prediction: Prediction) -> Prediction:
        found = prediction.probabilities
        if found is None or tuple(found) == self.labels:
            return prediction
        return replace(prediction, probabilities={label: found.get(label, 0.0) for label in self.labels})

    def _classifier_of(self, text: str) -> Classifier:
        (script,) = self._rows_by_script([text])
        return self.classifier(script)

    def _rows_by_script(self, texts: Sequence[str]) -> dict[str, list[int]]:
        """Return the rows that each model predicts, and count them."""
        rows = self._divided(texts)
        with self._lock:
            for script, part in rows.items():
                self._num_texts[script] += len(part)
        return rows

    def _divided(self, texts: Sequence[str]) -> dict[str, list[int]]:
        first = next(iter(self._paths))
        rows: dict[str, list[int]] = {}
        for row, text in enumerate(texts):
            script = written_in(text, self._paths) or first
            rows.setdefault(script, []).append(row)
        return rows or {first: []}


def _joint(several: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for labels in several for label in labels))


def models_used(classifier: Classifier | ClassifierByScript) -> tuple[list[Path], str]:
    """Return the directories of the models that have predicted, and a fingerprint of them.

    Returns:
        The directories, the one of the most texts first; the fingerprint of the model if it is one, otherwise
        `ClassifierByScript.fingerprint`.
    """
    if isinstance(classifier, ClassifierByScript):
        if len(used := classifier.paths_used) > 1:
            return used, classifier.fingerprint
        classifier = classifier.leading
    return [classifier.path], classifier.fingerprint


def labels_used(classifier: Classifier | ClassifierByScript) -> tuple[str, ...]:
    """Return the names of the classes of the models that have predicted."""
    return classifier.labels_used if isinstance(classifier, ClassifierByScript) else classifier.labels


def is_answered_by_several(classifier: Classifier | ClassifierByScript) -> bool:
    """Return whether several models have predicted, none of them nearly all texts, or with different classes."""
    return isinstance(classifier, ClassifierByScript) and classifier.is_mixed
