"""The simple classifiers that a model is measured beside, trained on the same rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.errors import DataError, MissingExtraError
from sentiment.evaluation.answers import Answers
from sentiment.evaluation.comparison import compare_paired
from sentiment.evaluation.kept_linear import KeptLinear
from sentiment.evaluation.linear import NumberedRows, missing_extra
from sentiment.evaluation.report import BaselineResult, EvaluationReport, Score
from sentiment.evaluation.rows import TrainingRows, load_training_rows, number_labels
from sentiment.evaluation.training_origin import TrainingOrigin

MAJORITY = "majority class"
LINEAR = "character n-gram linear"


def without_baselines(report: EvaluationReport, reason: str) -> EvaluationReport:
    """Say in the report why there are none."""
    return replace(
        report,
        trained_on=replace(report.trained_on, reason=reason if report.score.without_seen is None else None),
        baselines=tuple(BaselineResult(name, None, reason) for name in (MAJORITY, LINEAR)),
    )


def beside_baselines(
    report: EvaluationReport,
    answers: Answers,
    training: TrainingRows | None,
    origin: TrainingOrigin,
    cache: Path | None,
    notify: Notify,
) -> EvaluationReport:
    """Score the baselines on the rows that the model predicted, and compare it with the linear one."""
    fault = missing_extra()
    if training is None:
        if fault is not None:
            return without_baselines(report, str(fault))
        try:
            training = load_training_rows(origin, notify)
        except (DataError, MissingExtraError) as error:
            return without_baselines(report, f"the model's training rows are not available: {error}")
    numbered = NumberedRows(training.rows.texts, number_labels(training.rows, report.labels), len(report.labels))
    answered = answers.select(answers.is_answered)
    majority = answered.by_another(majority_probabilities(numbered, len(answered)))
    report = replace(
        report,
        score=Score.of(answered, training.known_texts),
        baselines=(
            BaselineResult(MAJORITY, Score.of(majority, training.known_texts), None),
            BaselineResult(LINEAR, None, str(fault)),
        ),
    )
    if fault is not None:
        return report
    # On all rows: the cache entry must not depend on which of them this model can read.
    by_linear = answers.by_another(KeptLinear(numbered, cache, notify).probabilities(answers.texts))
    linear = by_linear.select(answers.is_answered)
    return replace(
        report,
        baselines=(report.baselines[0], BaselineResult(LINEAR, Score.of(linear, training.known_texts), None)),
        paired=compare_paired(answered.is_right, linear.is_right),
    )


def majority_probabilities(training: NumberedRows, num_rows: int) -> NDArray[np.float32]:
    """Return the shares of the classes in training, (num_rows, num_classes): the best prediction without the text."""
    shares = np.bincount(training.labels, minlength=training.num_classes) / len(training.labels)
    return np.tile(shares.astype(np.float32), (num_rows, 1))
