"""Measure a model on labelled rows, with intervals, and compare it with baselines."""

from sentiment.evaluation.answers import Answers, answers_to
from sentiment.evaluation.baselines import LINEAR, MAJORITY
from sentiment.evaluation.before_after import BeforeAfter, before_and_after
from sentiment.evaluation.calibrating import CalibrationReport, calibrate_model
from sentiment.evaluation.comparison import PairedComparison, compare_paired
from sentiment.evaluation.conclusions import conclusions
from sentiment.evaluation.linear import LinearModel, LinearSettings, NumberedRows, fit_linear, linear_probabilities
from sentiment.evaluation.report import (
    BaselineResult,
    EvaluatedData,
    EvaluationReport,
    Score,
    TrainedOn,
    UnseenAccuracy,
)
from sentiment.evaluation.rows import WantedRows, drawn_at_random, load_evaluation_rows
from sentiment.evaluation.run import evaluate
from sentiment.evaluation.shared_rows import load_shared_rows
from sentiment.evaluation.suited_model import find_suited_model
from sentiment.evaluation.systems import Comparison, Pair, System, compare_models
from sentiment.evaluation.training_origin import TrainingOrigin

__all__ = [
    "LINEAR",
    "MAJORITY",
    "Answers",
    "BaselineResult",
    "BeforeAfter",
    "CalibrationReport",
    "Comparison",
    "EvaluatedData",
    "EvaluationReport",
    "LinearModel",
    "LinearSettings",
    "NumberedRows",
    "Pair",
    "PairedComparison",
    "Score",
    "System",
    "TrainedOn",
    "TrainingOrigin",
    "UnseenAccuracy",
    "WantedRows",
    "answers_to",
    "before_and_after",
    "calibrate_model",
    "compare_models",
    "compare_paired",
    "conclusions",
    "drawn_at_random",
    "evaluate",
    "find_suited_model",
    "fit_linear",
    "linear_probabilities",
    "load_evaluation_rows",
    "load_shared_rows",
]
