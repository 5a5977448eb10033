"""Metrics against values worked out by hand, against scikit-learn, and under permutation."""

import json
import subprocess
import sys
from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from sentiment.files import parse_json
from sentiment.metrics import (
    accuracy_interval,
    brier_score,
    calibration_error_by_chance,
    classification_metrics,
    expected_calibration_error,
    log_loss,
)

Scored = tuple[NDArray[np.int64], NDArray[np.float64]]

LABELS = np.array([0, 0, 1, 2])
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.1, 0.8, 0.1], [0.5, 0.3, 0.2]])


@st.composite
def scored_rows(draw: st.DrawFn) -> Scored:
    """Labels and probabilities of 1 to 30 rows and 2 to 5 classes; classes may be absent, zeros may occur."""
    n, classes = draw(st.integers(1, 30)), draw(st.integers(2, 5))
    labels = draw(hnp.arrays(np.int64, n, elements=st.integers(0, classes - 1)))
    weights = draw(hnp.arrays(np.float64, (n, classes), elements=st.integers(0, 8).map(float)))
    weights[weights.sum(axis=1) == 0.0] = 1.0
    return labels, weights / weights.sum(axis=1, keepdims=True)


def names(probabilities: NDArray[np.float64]) -> list[str]:
    return [f"class {i}" for i in range(probabilities.shape[1])]


def test_three_classes_by_hand() -> None:
    # Predicted: 0, 1, 1, 0.
    metrics = classification_metrics(LABELS, PROBABILITIES, ["a", "b", "c"])
    assert metrics.n == 4
    assert metrics.accuracy == 0.5
    assert metrics.confusion_matrix == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    a, b, c = (metrics.per_class[name] for name in ("a", "b", "c"))
    assert (a.precision, a.recall, a.f1, a.support) == (0.5, 0.5, 0.5, 2)
    assert (b.precision, b.recall, b.f1, b.support) == (0.5, 1.0, 2 / 3, 1)
    assert (c.precision, c.recall, c.f1, c.support) == (0.0, 0.0, 0.0, 1)
    assert metrics.macro_f1 == pytest.approx((1 / 2 + 2 / 3 + 0) / 3)
    assert metrics.log_loss == pytest.approx(-(log(0.7) + log(0.3) + log(0.8) + log(0.2)) / 4)
    # (0.09 + 0.04 + 0.01) + (0.49 + 0.36 + 0.01) + (0.01 + 0.04 + 0.01) + (0.25 + 0.09 + 0.64)
    assert metrics.brier == pytest.approx((0.14 + 0.86 + 0.06 + 0.98) / 4)
    # One row a bin: gaps 0.3, 0.6, 0.2 and 0.5.
    assert metrics.ece == pytest.approx((0.3 + 0.6 + 0.2 + 0.5) / 4)


@pytest.mark.parametrize(
    ("correct", "n", "expected"),
    [
        (8, 10, (0.4902, 0.9433)),  # Brown, Cai and DasGupta's form, worked out to four digits
        (0, 10, (0.0, 0.2775)),  # upper end z² / (n + z²)
        (10, 10, (0.7225, 1.0)),
        (43_740, 50_000, (0.8719, 0.8777)),
    ],
)
def test_wilson_interval_by_hand(correct: int, n: int, expected: tuple[float, float]) -> None:
    assert accuracy_interval(correct, n) == pytest.approx(expected, abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_holds_the_share_and_mirrors(case: tuple[int, int]) -> None:
    correct, n = case
    low, high = accuracy_interval(correct, n)
    assert 0.0 <= low <= correct / n <= high <= 1.0
    assert accuracy_interval(n - correct, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)
    wider_low, wider_high = accuracy_interval(correct, n, confidence=0.99)
    assert wider_low <= low
    assert high <= wider_high


def test_wilson_interval_equals_scipy() -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    for correct, n in [(1, 3), (17, 40), (999, 1000)]:
        expected = scipy_stats.binomtest(correct, n).proportion_ci(0.95, method="wilson")
        assert accuracy_interval(correct, n) == pytest.approx((expected.low, expected.high))


def test_ece_bins_are_closed_above() -> None:
    # Of 2 bins the lower holds a confidence of exactly 0.5: gaps |1 - 0.5| and |0 - 0.6|, not |1 - 1.1| together.
    probabilities = np.array([[0.5, 0.5], [0.6, 0.4]])
    assert expected_calibration_error(np.array([0, 1]), probabilities, num_bins=2) == pytest.approx((0.5 + 0.6) / 2)


def test_ece_averages_inside_a_bin() -> None:
    # Both confidences lie in (12/15, 13/15]: accuracy 1/2, mean confidence 0.83.
    probabilities = np.array([[0.82, 0.18], [0.84, 0.16]])
    assert expected_calibration_error(np.array([0, 1]), probabilities) == pytest.approx(0.33)


@pytest.mark.parametrize("n", [300, 3_000])
def test_right_probabilities_have_the_error_of_chance(n: int) -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([2.0, 1.0, 0.5], n)
    errors = []
    for _ in range(200):
        labels = (probabilities.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
        errors.append(expected_calibration_error(labels, probabilities))
    assert calibration_error_by_chance(probabilities) == pytest.approx(np.mean(errors), rel=0.06)


def test_sure_answers_leave_nothing_to_chance() -> None:
    assert calibration_error_by_chance(np.array([[1.0, 0.0], [0.0, 1.0]])) == 0.0
    with pytest.raises(ValueError, match="wanted at least 1"):
        calibration_error_by_chance(np.array([[1.0, 0.0]]), 0)


def test_a_sure_error_costs_a_finite_log_loss() -> None:
    probabilities = np.array([[1.0, 0.0]], dtype=np.float32)
    assert log_loss(np.array([1]), probabilities) == pytest.approx(-log(2.0**-23))
    assert log_loss(np.array([0]), probabilities) == 0.0
    assert brier_score(np.array([1]), probabilities) == 2.0
    assert expected_calibration_error(np.array([1]), probabilities) == 1.0


def test_absent_classes_count_for_nothing() -> None:
    # "b" is neither true nor predicted: it must not pull the macro F1 down.
    probabilities = np.array([[0.8, 0.1, 0.1], [0.2, 0.1, 0.7]])
    metrics = classification_metrics(np.array([0, 2]), probabilities, ["a", "b", "c"])
    assert metrics.macro_f1 == 1.0
    assert metrics.per_class["b"].support == 0
    assert metrics.confusion_matrix[1] == [0, 0, 0]


@settings(deadline=None, max_examples=60)
@given(scored_rows())
def test_agrees_with_scikit_learn(scored: Scored) -> None:
    sklearn_metrics = pytest.importorskip("sklearn.metrics")
    labels, probabilities = scored
    metrics = classification_metrics(labels, probabilities, names(probabilities))
    predicted = probabilities.argmax(axis=1)
    assert metrics.accuracy == pytest.approx(sklearn_metrics.accuracy_score(labels, predicted))
    assert metrics.macro_f1 == pytest.approx(
        sklearn_metrics.f1_score(labels, predicted, average="macro", zero_division=0)
    )
    classes = range(probabilities.shape[1])
    assert metrics.confusion_matrix == sklearn_metrics.confusion_matrix(labels, predicted, labels=classes).tolist()
    scores = sklearn_metrics.precision_recall_fscore_support(labels, predicted, labels=classes, zero_division=0)
    for own, theirs in zip(metrics.per_class.values(), np.transpose(scores), strict=True):
        assert (own.precision, own.recall, own.f1, own.support) == pytest.approx(tuple(theirs))
    assert metrics.brier == pytest.approx(
        sklearn_metrics.brier_score_loss(
            labels, probabilities, labels=range(probabilities.shape[1]), scale_by_half=False
        )
        if probabilities.shape[1] > 2
        else 2 * sklearn_metrics.brier_score_loss(labels, probabilities[:, 1], pos_label=1)
    )


@settings(deadline=None, max_examples=60)
@given(scored_rows(), st.randoms(use_true_random=False))
def test_order_of_rows_and_of_classes_is_irrelevant(scored: Scored, random: object) -> None:
    labels, probabilities = scored
    # Ties go to the first class, so only tie-free answers survive a change of the class order.
    probabilities = probabilities + np.linspace(0.0, 1e-3, probabilities.shape[1])
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    metrics = classification_metrics(labels, probabilities, names(probabilities))
    rows = np.random.default_rng(0).permutation(len(labels))
    classes = np.arange(probabilities.shape[1])[::-1]
    moved = classification_metrics(
        classes[labels[rows]], probabilities[rows][:, classes], [names(probabilities)[i] for i in classes]
    )
    assert moved.per_class == metrics.per_class
    for name in ("n", "accuracy", "macro_f1", "log_loss", "brier", "ece", "ece_by_chance"):
        assert getattr(moved, name) == pytest.approx(getattr(metrics, name)), name
    assert np.array_equal(np.array(moved.confusion_matrix)[::-1, ::-1], metrics.confusion_matrix)


@settings(deadline=None, max_examples=60)
@given(scored_rows())
def test_ranges_sums_and_json(scored: Scored) -> None:
    labels, probabilities = scored
    metrics = classification_metrics(labels, probabilities, names(probabilities))
    assert 0.0 <= metrics.brier <= 2.0 + 1e-12
    assert 0.0 <= metrics.ece <= 1.0
    assert 0.0 <= metrics.log_loss <= 16.0
    assert np.sum(metrics.confusion_matrix) == metrics.n
    assert np.sum(metrics.confusion_matrix, axis=1).tolist() == [c.support for c in metrics.per_class.values()]
    assert np.trace(metrics.confusion_matrix) / metrics.n == pytest.approx(metrics.accuracy)
    as_dict = metrics.to_dict()
    assert json.loads(json.dumps(as_dict, allow_nan=False)) == as_dict


@settings(deadline=None, max_examples=40)
@given(scored_rows())
def test_float32_gives_the_same_figures(scored: Scored) -> None:
    labels, probabilities = scored
    exact = classification_metrics(labels, probabilities, names(probabilities))
    single = classification_metrics(labels, probabilities.astype(np.float32), names(probabilities))
    assert single.confusion_matrix == exact.confusion_matrix
    assert single.brier == pytest.approx(exact.brier, abs=1e-6)
    assert single.log_loss == pytest.approx(exact.log_loss, abs=1e-5)


@pytest.mark.parametrize(
    ("labels", "probabilities", "fault"),
    [
        ([0], [[0.5, np.nan]], "not a distribution"),
        ([0], [[1.5, -0.5]], "not a distribution"),
        ([0], [[0.5, 0.4]], "not a distribution"),
        ([0], [[1.0]], "2 classes or more"),
        ([2], [[0.5, 0.5]], "wanted 0 to 1"),
        ([-1], [[0.5, 0.5]], "wanted 0 to 1"),
        ([0, 1], [[0.5, 0.5]], r"wanted \(1,\)"),
        ([], np.empty((0, 2)), "one row or more"),
    ],
)
def test_unfit_arrays_are_refused(labels: list[int], probabilities: object, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        classification_metrics(np.array(labels, dtype=np.int64), np.asarray(probabilities, dtype=float), ["a", "b"])


def test_unfit_names_and_settings_are_refused() -> None:
    labels, probabilities = np.array([0]), np.array([[0.5, 0.5]])
    with pytest.raises(ValueError, match="3 label names, 2 classes"):
        classification_metrics(labels, probabilities, ["a", "b", "c"])
    with pytest.raises(ValueError, match="distinct"):
        classification_metrics(labels, probabilities, ["a", "a"])
    with pytest.raises(ValueError, match="num_bins is 0"):
        expected_calibration_error(labels, probabilities, num_bins=0)
    for correct, n in [(0, 0), (3, 2), (-1, 2)]:
        with pytest.raises(ValueError, match="correct and n"):
            accuracy_interval(correct, n)
    with pytest.raises(ValueError, match=r"confidence is 1\.0"):
        accuracy_interval(1, 2, confidence=1.0)


def test_neither_scikit_learn_nor_scipy_is_needed() -> None:
    code = (
        "import sys, numpy as np; from sentiment.metrics import classification_metrics\n"
        "classification_metrics(np.array([0]), np.array([[0.5, 0.5]]), ['a', 'b'])\n"
        "print({'sklearn', 'scipy', 'torch'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout == "set()\n"


@pytest.mark.parametrize(("classes", "rows_of_matrix"), [(1_000, 1_000), (1_001, 0), (20_000, 0)])
def test_figures_of_many_classes_can_be_stored_and_read_again(classes: int, rows_of_matrix: int) -> None:
    """A matrix of 20,000 classes would take 3 GB."""
    labels = np.arange(3, dtype=np.int64)
    probabilities = np.zeros((3, classes), np.float32)
    probabilities[[0, 1, 2], [0, 1, 1]] = 1.0
    metrics = classification_metrics(labels, probabilities, [str(label) for label in range(classes)])
    assert len(metrics.confusion_matrix) == rows_of_matrix
    assert [tuple(vars(metrics.per_class[name]).values()) for name in "012"] == [
        (1.0, 1.0, 1.0, 1),
        (0.5, 1.0, pytest.approx(2 / 3), 1),
        (0.0, 0.0, 0.0, 1),
    ]
    told = metrics.to_dict()
    record = json.dumps({"validation": told, "test": told}).encode()
    assert parse_json(record, max_structure=4_000_000)["validation"] == told
