"""A whole evaluation: a model directory and rows in, a report out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import DataError
from sentiment.evaluation.comparison import PairedComparison, compare_paired
from sentiment.evaluation.linear import NumberedRows, cached_linear_probabilities
from sentiment.evaluation.report import (
    BaselineResult,
    EvaluatedData,
    EvaluationReport,
    Score,
    TrainedOn,
    UnseenAccuracy,
)
from sentiment.evaluation.rows import EvaluationRows, TrainingOrigin, WantedRows, load_evaluation_rows, number_labels
from sentiment.inference import Classifier
from sentiment.metrics import accuracy_interval, classification_metrics
from sentiment.model_dir import ModelDirectory

MAJORITY = "majority class"
LINEAR = "character n-gram linear"


@dataclass(frozen=True)
class _Scale:
    """What answers are measured against, on the rows that have an answer.

    Attributes:
        truth: (n,), the true classes.
        seen: (n,), whether the model has seen the text; None where that cannot be known.
        labels: names of the classes.
    """

    truth: NDArray[np.int64]
    seen: NDArray[np.bool_] | None
    labels: tuple[str, ...]

    def correct(self, probabilities: NDArray[np.float32]) -> NDArray[np.bool_]:
        return np.asarray(probabilities.argmax(axis=1) == self.truth)

    def score(self, probabilities: NDArray[np.float32]) -> Score:
        metrics = classification_metrics(self.truth, probabilities, self.labels)
        if self.seen is None:
            return Score(metrics, None)
        return Score(metrics, _unseen_accuracy(self.correct(probabilities)[~self.seen], num_seen=int(self.seen.sum())))


def evaluate(
    model: Path,
    *,
    data: str | None = None,
    split: str | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
    threads: int | None = None,
    cache: Path | None = None,
    notify: Callable[[str], None],
) -> EvaluationReport:
    """Measure a model on rows, beside two baselines that learn from the model's own training rows.

    `majority class` answers every row with the shares of the classes in training; `character n-gram linear` is that of
    `linear_probabilities`. Where the training rows cannot be had, the report says why in their place.

    Args:
        model: the model directory.
        data: a named data set, a file or hub:NAME; None for what the model was trained on.
        split: train, validation or test; None for test where there is one, else for all rows.
        text_column: the column of `data` with the texts; found by its name if None.
        label_column: the column of `data` with the labels; found by its name if None.
        threads: batches that run at the same time; one for each core if None.
        cache: the folder for answers of the linear model; None for the user's cache folder.
        notify: gets one line for people at a time.

    Raises:
        ModelDirectoryError: if the model cannot be read.
        DataError: if the rows cannot be read, hold a label that the model does not know, or none has an answer.
        MissingExtraError: if scikit-learn, or what reads the rows, is not installed.
    """
    directory = ModelDirectory.open(model)
    origin = TrainingOrigin.read(directory)
    if origin.is_fallback:
        notify(
            f"WARNING: {origin.asked_source} could not be reached when {model} was trained; "
            f"it has only seen the small data set {origin.config.source}"
        )
    chosen = load_evaluation_rows(origin, WantedRows(data, split, text_column, label_column), notify)
    truth = number_labels(chosen.rows, directory.labels)
    probabilities = Classifier.load(model, threads=threads).probabilities(chosen.rows.texts)
    answered = np.asarray(~np.isnan(probabilities[:, 0]))
    if not answered.any():
        raise DataError(f"{chosen.rows.name}: no row holds a text that the model can read; nothing to score")
    scale = _Scale(truth[answered], _seen(chosen, answered), directory.labels)
    baselines, paired = _baselines(chosen, answered, scale, scale.correct(probabilities[answered]), cache, notify)
    return EvaluationReport(
        model=model,
        model_sha256=directory.fingerprint(),
        labels=directory.labels,
        data=_describe(chosen),
        trained_on=TrainedOn(origin.config.source, origin.is_fallback, origin.asked_source, chosen.reason),
        score=scale.score(probabilities[answered]),
        without_tokens=int(np.count_nonzero(~answered)),
        baselines=baselines,
        paired=paired,
    )


def _baselines(
    chosen: EvaluationRows,
    answered: NDArray[np.bool_],
    scale: _Scale,
    model_correct: NDArray[np.bool_],
    cache: Path | None,
    notify: Callable[[str], None],
) -> tuple[tuple[BaselineResult, ...], PairedComparison | None]:
    """Score the baselines on the rows that the model answered, and compare it with the linear one."""
    if chosen.training is None:
        reason = f"the model's training rows cannot be had: {chosen.reason}"
        notify(f"no baselines: {reason}")
        return tuple(BaselineResult(name, None, reason) for name in (MAJORITY, LINEAR)), None
    rows = chosen.training.rows
    training = NumberedRows(rows.texts, number_labels(rows, scale.labels), len(scale.labels))
    # On all rows: what is kept in the cache must not depend on which of them this model can read.
    linear = cached_linear_probabilities(training, chosen.rows.texts, cache=cache, notify=notify)[answered]
    majority = majority_probabilities(training, len(scale.truth))
    return (
        BaselineResult(MAJORITY, scale.score(majority), None),
        BaselineResult(LINEAR, scale.score(linear), None),
    ), compare_paired(model_correct, scale.correct(linear))


def majority_probabilities(training: NumberedRows, num_rows: int) -> NDArray[np.float32]:
    """Return the shares of the classes in training, (num_rows, num_classes): the best answer that reads no text."""
    shares = np.bincount(training.labels, minlength=training.num_classes) / len(training.labels)
    return np.tile(shares.astype(np.float32), (num_rows, 1))


def _seen(chosen: EvaluationRows, answered: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    if chosen.training is None:
        return None
    known = chosen.training.known_texts
    return np.array([text in known for text in chosen.rows.texts], dtype=np.bool_)[answered]


def _unseen_accuracy(correct: NDArray[np.bool_], num_seen: int) -> UnseenAccuracy:
    n, right = len(correct), int(np.count_nonzero(correct))
    return UnseenAccuracy(n, num_seen, right / n if n else None, accuracy_interval(right, n) if n else None)


def _describe(chosen: EvaluationRows) -> EvaluatedData:
    rows = chosen.rows
    return EvaluatedData(
        source=chosen.source,
        name=rows.name,
        split=chosen.split,
        sha256=rows.sha256,
        text_column=rows.text_column,
        label_column=rows.label_column,
        counts=rows.counts,
    )
