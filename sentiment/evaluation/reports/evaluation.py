"""The report of an evaluation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.bulk.reasons import reasons_of
from sentiment.evaluation.answers import Answers
from sentiment.evaluation.conclusions import conclusions
from sentiment.evaluation.mistakes import surest_mistakes
from sentiment.evaluation.report import EvaluationReport
from sentiment.evaluation.reports.charts import Axis, Line, line_chart
from sentiment.evaluation.reports.rendering import render
from sentiment.evaluation.reports.repeating import repeat_facts
from sentiment.inference import Classifier
from sentiment.metrics import ECE_BINS, calibration_error_by_chance, expected_calibration_error
from sentiment.model_dir import ModelSummary, called
from sentiment.probabilities import most_probable
from sentiment.stats.curves import ThresholdCurve, error_by_coverage, reliability
from sentiment.wording import on_one_line, shown_p_value

MOST_CLASSES = 12
MOST_CURVES = 5
SHOWN_ROWS = 20
SHOWN_SLICES = 30
MOST_CHARACTERS = 400


@dataclass(frozen=True)
class Chart:
    """A chart with its title and note, which are keys of the wording, and the values in them."""

    title: str
    svg: str
    note: str | None = None
    values: dict[str, str] = field(default_factory=dict)


def evaluation_html(report: EvaluationReport, command: Sequence[str]) -> str:
    """Return the report of an evaluation as one HTML page.

    Args:
        report: of the evaluation; without its rows, as from a cross-validation, it has no charts of them.
        command: that made it.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    metrics, answers = report.score.metrics, report.answers
    names = list(map(on_one_line, report.labels))
    charts = [*_charts(answers, names), *_learning_curves(report)] if answers is not None else []
    return render(
        "evaluation.html",
        {
            "title": f"{called(report.model)}: {100 * metrics.accuracy:.2f} %",
            "model": called(report.model),
            "n": metrics.n,
            "data": report.data,
            "accuracy": metrics.accuracy,
            "accuracy_interval": metrics.accuracy_interval,
            "right_of_100": round(100 * metrics.accuracy),
            "chosen": report.least_certain,
            "scores": list(_scores(report)),
            "paired": _paired(report),
            "against": conclusions(report.against) if report.against else [],
            "labels": names,
            "confusion": _confusion(metrics.confusion_matrix, names),
            "per_class": metrics.per_class,
            "charts": charts,
            "slices": {column: slices[:SHOWN_SLICES] for column, slices in report.slices.items()},
            **_shown_rows(report),
            "skipped": report.skipped,
            "unseen": report.score.without_seen,
            "repeat": {
                **repeat_facts(command, report.model_sha256),
                "data_sha256": report.data.sha256,
                "columns": f"{report.data.text_column}, {report.data.label_column}",
            },
        },
    )


def _highest(answers: Answers) -> NDArray[np.float64]:
    return np.asarray(answers.probabilities.max(axis=1), dtype=np.float64)


def _scores(report: EvaluationReport) -> Iterator[dict[str, Any]]:
    yield {"name": "", "is_this": True, "metrics": report.score.metrics, "reason": None}
    for baseline in reversed(report.baselines):
        metrics = baseline.score.metrics if baseline.score else None
        yield {"name": baseline.name, "is_this": False, "metrics": metrics, "reason": baseline.reason}


def _paired(report: EvaluationReport) -> str | None:
    paired = report.paired
    if paired is None:
        return None
    low, high = (100 * end for end in paired.accuracy_difference_interval)
    return (
        f"{100 * paired.accuracy_difference:+.2f} ({low:+.2f} … {high:+.2f}); McNemar: {shown_p_value(paired.p_value)}"
    )


def _confusion(matrix: Sequence[Sequence[int]], names: Sequence[str]) -> list[dict[str, Any]]:
    if not 0 < len(matrix) <= MOST_CLASSES:
        return []
    return [
        {
            "label": name,
            "cells": [{"count": count, "share": round(count / max(sum(row), 1), 4)} for count in row],
        }
        for name, row in zip(names, matrix, strict=True)
    ]


def _charts(answers: Answers, names: Sequence[str]) -> Iterator[Chart]:
    confidence, is_right = _highest(answers), answers.is_right
    share, sure = Axis("share_right"), Axis("confidence", 1 / len(names))
    bins = reliability(confidence, is_right, ECE_BINS)
    points = [(one.confidence, one.right / one.n) for one in bins]
    lines = [Line("", points, is_marked=True), Line("", [(sure.low, sure.low), (1, 1)], is_reference=True)]
    found = expected_calibration_error(answers.truth, answers.probabilities)
    errors = {"ece": f"{found:.4f}", "by_chance": f"{calibration_error_by_chance(answers.probabilities):.4f}"}
    yield Chart("reliability", line_chart(lines, sure, share), "reliability_note", errors)
    answered, wrong = error_by_coverage(confidence, is_right)
    highest = float(wrong.max()) or 0.01
    coverage = list(zip(answered.tolist(), wrong.tolist(), strict=True))
    yield Chart(
        "coverage",
        line_chart([Line("", coverage)], Axis("share_answered"), Axis("share_wrong", 0, highest)),
        "coverage_note",
    )
    yield from _threshold_charts(answers, names)


def _threshold_charts(answers: Answers, names: Sequence[str]) -> Iterator[Chart]:
    """Yield the curves of each class against the others; with two classes, of the second alone."""
    classes = [1] if len(names) == 2 else list(range(min(len(names), MOST_CURVES)))
    curves = {
        names[place]: ThresholdCurve.of(answers.truth == place, answers.probabilities[:, place]) for place in classes
    }
    curves = {name: curve for name, curve in curves.items() if curve.positives and curve.negatives}
    if not curves:
        return
    roc = [Line(name, _points(one.false_positive_rate, one.recall, start=(0, 0))) for name, one in curves.items()]
    areas = ", ".join(f"{name} {one.roc_area:.4f}" for name, one in curves.items())
    reference = Line("", [(0, 0), (1, 1)], is_reference=True)
    yield Chart(
        "roc", line_chart([*roc, reference], Axis("false_positive_rate"), Axis("recall")), "roc_note", {"areas": areas}
    )
    precise = [Line(name, _points(one.recall, one.precision)) for name, one in curves.items()]
    areas = ", ".join(f"{name} {one.average_precision:.4f}" for name, one in curves.items())
    yield Chart(
        "precision_recall",
        line_chart(precise, Axis("recall"), Axis("precision")),
        "precision_recall_note",
        {"areas": areas},
    )
    name, curve = list(curves.items())[-1]
    by_threshold = [
        Line("precision", _points(curve.thresholds, curve.precision)),
        Line("recall", _points(curve.thresholds, curve.recall)),
    ]
    yield Chart(
        "thresholds", line_chart(by_threshold, Axis("threshold"), Axis("share")), "thresholds_note", {"label": name}
    )


def _points(
    x: NDArray[np.float64], y: NDArray[np.float64], start: tuple[float, float] | None = None
) -> list[tuple[float, float]]:
    points = list(zip(x.tolist(), y.tolist(), strict=True))
    return [start, *points] if start is not None else points


def _learning_curves(report: EvaluationReport) -> Iterator[Chart]:
    """Yield the validation accuracy over the epochs of the training, if there were several."""
    summary = ModelSummary.read(report.model)
    epochs, best = summary.figure("epochs"), summary.figure("best_epoch")
    if not isinstance(epochs, list) or len(epochs) < 2:
        return
    points = [
        (float(epoch["epoch"]), float(epoch["accuracy"]))
        for epoch in epochs
        if isinstance(epoch, dict)
        and isinstance(epoch.get("epoch"), int | float)
        and isinstance(epoch.get("accuracy"), int | float)
    ]
    if len(points) < 2:
        return
    heights = [accuracy for _, accuracy in points]
    room = max(max(heights) - min(heights), 0.01)
    y = Axis("validation_accuracy", max(min(heights) - room / 2, 0.0), min(max(heights) + room / 2, 1.0))
    x = Axis("epoch", points[0][0], points[-1][0], is_share=False)
    yield Chart("curves", line_chart([Line("", points, is_marked=True)], x, y), "curves_note", {"best": str(best)})


def _shown_rows(report: EvaluationReport) -> dict[str, list[dict[str, Any]]]:
    """Return the surest mistakes and the least certain rows, with the words that mattered most."""
    answers = report.answers
    if answers is None:
        return {"worst": [], "unsure": []}
    classifier = Classifier.load(report.model)
    chosen = {"worst": surest_mistakes(answers), "unsure": np.argsort(_highest(answers), kind="stable")}
    return {name: _rows(answers, rows[:SHOWN_ROWS], classifier) for name, rows in chosen.items()}


def _rows(answers: Answers, rows: NDArray[np.int64], classifier: Classifier) -> list[dict[str, Any]]:
    best, highest = most_probable(answers.probabilities), _highest(answers)
    texts = [answers.texts[row] for row in rows.tolist()]
    reasons = reasons_of(texts, answers.probabilities[rows], classifier.probabilities)
    return [
        {
            "text": on_one_line(answers.texts[row], MOST_CHARACTERS),
            "truth": answers.labels[answers.truth[row]],
            "predicted": answers.labels[best[row]],
            "probability": float(highest[row]),
            "because": reason or "",
        }
        for row, reason in zip(rows.tolist(), reasons, strict=True)
    ]
