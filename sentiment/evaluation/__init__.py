"""Measure a model on labelled rows, with intervals, and compare it with baselines."""

from sentiment.evaluation.answers import Answers, answers_to
from sentiment.evaluation.comparison import PairedComparison, compare_paired
from sentiment.evaluation.linear import LinearModel, LinearSettings, NumberedRows, fit_linear, linear_probabilities
from sentiment.evaluation.report import (
    BaselineResult,
    EvaluatedData,
    EvaluationReport,
    Score,
    TrainedOn,
    UnseenAccuracy,
)
from sentiment.evaluation.run import LINEAR, MAJORITY, evaluate

__all__ = [
    "LINEAR",
    "MAJORITY",
    "Answers",
    "BaselineResult",
    "EvaluatedData",
    "EvaluationReport",
    "LinearModel",
    "LinearSettings",
    "NumberedRows",
    "PairedComparison",
    "Score",
    "TrainedOn",
    "UnseenAccuracy",
    "answers_to",
    "compare_paired",
    "evaluate",
    "fit_linear",
    "linear_probabilities",
]
