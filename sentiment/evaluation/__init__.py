"""Measure a model on labelled rows, with intervals, and beside classifiers that it has to beat."""

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
    "compare_paired",
    "evaluate",
    "fit_linear",
    "linear_probabilities",
]
