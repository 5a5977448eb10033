"""Metrics of probabilities against true classes: pure functions for training and evaluation."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.probabilities import most_probable

ECE_BINS = 15
MOST_CLASSES_OF_A_MATRIX = 1_000
"""With more, the confusion matrix takes most of the values allowed in metrics.json, and gigabytes for 10,000."""
LOWEST_PROBABILITY = float(np.finfo(np.float32).eps)
_ROW_SUM_TOLERANCE = 1e-3

Probabilities = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True)
class ClassMetrics:
    """Metrics of one class against all others; a ratio with denominator 0 is 0."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class ClassificationMetrics:
    """The result of `classification_metrics` on `n` rows.

    Attributes:
        n: rows scored.
        accuracy: share of the rows whose most probable class is the true one.
        accuracy_interval: Wilson's 95 % interval of the accuracy.
        macro_f1: mean F1 of the classes that occur among the true or the predicted ones.
        log_loss: see `log_loss`, in nats.
        brier: see `brier_score`, 0 to 2.
        ece: see `expected_calibration_error`, 0 to 1.
        per_class: metrics of each class, in the order of the label names.
        confusion_matrix: rows are true classes, columns predicted ones, both in the order of the label names; empty
            for more than 1,000 classes.
        ece_by_chance: see `calibration_error_by_chance`, 0 to 1; None in what an earlier version measured.
    """

    n: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_f1: float
    log_loss: float
    brier: float
    ece: float
    per_class: dict[str, ClassMetrics]
    confusion_matrix: list[list[int]]
    ece_by_chance: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; every number is finite."""
        return {**asdict(self), "accuracy_interval": list(self.accuracy_interval)}


def accuracy_interval(correct: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion.

    Unlike the textbook p ± z·se, it stays inside [0, 1] and keeps its coverage near 0, near 1 and for small n
    (Wilson 1927; recommended by Brown, Cai and DasGupta 2001).

    Args:
        correct: successes, 0 to n.
        n: trials, at least 1.
        confidence: two-sided, strictly between 0 and 1.

    Returns:
        The lower and the upper end.

    Raises:
        ValueError: if an argument is out of its range.
    """
    if not 0 <= correct <= n or n < 1:
        raise ValueError(f"correct and n are {correct} and {n}; wanted 0 <= correct <= n and n >= 1")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence is {confidence}; wanted a number between 0 and 1")
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    share = correct / n
    scale = 1.0 / (1.0 + z * z / n)
    centre = scale * (share + z * z / (2 * n))
    margin = scale * z * (share * (1.0 - share) / n + z * z / (4 * n * n)) ** 0.5
    # The ends at 0 and at n successes are exact in theory; rounding must not push them past the share itself.
    return min(max(centre - margin, 0.0), share), max(min(centre + margin, 1.0), share)


def log_loss(labels: NDArray[np.int64], probabilities: Probabilities) -> float:
    """Return the mean of -ln p(true class), in nats.

    Probabilities are clipped from below at the float32 machine epsilon, 1.19e-7: the networks answer in float32, where
    a saturated softmax rounds to 0, and one such row would make the mean infinite. A row thus costs at most 15.94.

    Args:
        labels: (n,), true classes, n >= 1.
        probabilities: (n, classes).

    Raises:
        ValueError: if the arrays don't fit each other, or rows are no distributions.
    """
    return _log_loss(*_checked(labels, probabilities))


def brier_score(labels: NDArray[np.int64], probabilities: Probabilities) -> float:
    """Return the mean over rows of the sum over classes of (p - [class is true])², 0 to 2.

    This is Brier's own definition (1950). With two classes it is twice the one-sided form that some libraries report.

    Args:
        labels: (n,), true classes, n >= 1.
        probabilities: (n, classes).

    Raises:
        ValueError: if the arrays don't fit each other, or rows are no distributions.
    """
    return _brier_score(*_checked(labels, probabilities))


def expected_calibration_error(
    labels: NDArray[np.int64], probabilities: Probabilities, num_bins: int = ECE_BINS
) -> float:
    """Return the gap between confidence and accuracy, averaged over bins by their share of the rows, 0 to 1.

    The confidence of a row is its highest probability. Bins have equal width and are open below, closed above: bin m of
    M holds ((m - 1) / M, m / M], as in Guo et al. 2017, who took 15. The estimate is biased upwards when rows are few:
    `calibration_error_by_chance` says how far.

        ECE = Σ_m |B_m| / n · |accuracy(B_m) - confidence(B_m)|

    Args:
        labels: (n,), true classes, n >= 1.
        probabilities: (n, classes).
        num_bins: M, at least 1.

    Raises:
        ValueError: if the arrays don't fit each other, rows are no distributions, or there is no bin.
    """
    if num_bins < 1:
        raise ValueError(f"num_bins is {num_bins}; wanted at least 1")
    return _expected_calibration_error(*_checked(labels, probabilities), num_bins)


def calibration_error_by_chance(probabilities: Probabilities, num_bins: int = ECE_BINS) -> float:
    """Return the calibration error to be expected of these answers if their probabilities were exactly right.

    A row of confidence c is then right with probability c. The gap of a bin has mean 0 and the variance
    Σ c (1 - c) / |B_m|², and a normal one of variance v has the mean absolute value sqrt(2 v / π):

        Σ_m |B_m| / n · sqrt(2 / π · Σ_(i in B_m) c_i (1 - c_i)) / |B_m|

    It falls with the root of the number of rows. An error near it is no sign of probabilities that are wrong.

    Args:
        probabilities: (n, classes), n >= 1.
        num_bins: as in `expected_calibration_error`.

    Raises:
        ValueError: if rows are no distributions, or there is no bin.
    """
    if num_bins < 1:
        raise ValueError(f"num_bins is {num_bins}; wanted at least 1")
    return _calibration_error_by_chance(_checked_distributions(probabilities), num_bins)


def classification_metrics(
    labels: NDArray[np.int64], probabilities: Probabilities, label_names: Sequence[str]
) -> ClassificationMetrics:
    """Score probabilities against the true classes; ties go to the first class.

    Args:
        labels: (n,), true classes as positions in `label_names`, n >= 1. Classes may be absent.
        probabilities: (n, classes), rows that sum to 1.
        label_names: one distinct name per class, two or more.

    Raises:
        ValueError: if the arrays and names don't fit each other, or rows are no distributions.
    """
    labels, probabilities = _checked(labels, probabilities)
    if len(set(label_names)) != len(label_names) or len(label_names) != probabilities.shape[1]:
        raise ValueError(
            f"{len(label_names)} label names, {probabilities.shape[1]} classes; wanted as many, and distinct"
        )
    predicted = most_probable(probabilities)
    num_classes = len(label_names)
    right = np.bincount(labels[predicted == labels], minlength=num_classes)
    support, answered = np.bincount(labels, minlength=num_classes), np.bincount(predicted, minlength=num_classes)
    precision, recall, f1 = _ratio(right, answered), _ratio(right, support), _ratio(2 * right, support + answered)
    correct = int(right.sum())
    return ClassificationMetrics(
        n=len(labels),
        accuracy=correct / len(labels),
        accuracy_interval=accuracy_interval(correct, len(labels)),
        macro_f1=float(f1[support + answered > 0].mean()),
        log_loss=_log_loss(labels, probabilities),
        brier=_brier_score(labels, probabilities),
        ece=_expected_calibration_error(labels, probabilities, ECE_BINS),
        per_class={
            name: ClassMetrics(float(precision[i]), float(recall[i]), float(f1[i]), int(support[i]))
            for i, name in enumerate(label_names)
        },
        confusion_matrix=_confusion_matrix(labels, predicted, num_classes),
        ece_by_chance=_calibration_error_by_chance(probabilities, ECE_BINS),
    )


def _confusion_matrix(labels: NDArray[np.int64], predicted: NDArray[np.int64], num_classes: int) -> list[list[int]]:
    if num_classes > MOST_CLASSES_OF_A_MATRIX:
        return []
    counts = np.bincount(labels * num_classes + predicted, minlength=num_classes**2)
    matrix: list[list[int]] = counts.reshape(num_classes, -1).tolist()
    return matrix


def _ratio(numerator: NDArray[np.int64], denominator: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide; 0 / 0 is 0."""
    return numerator / np.maximum(denominator, 1)


def _log_loss(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
    of_truth = probabilities[np.arange(len(labels)), labels]
    return float(np.log(1.0 / of_truth.clip(LOWEST_PROBABILITY, 1.0)).mean())


def _brier_score(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
    truth = np.zeros_like(probabilities)
    truth[np.arange(len(labels)), labels] = 1.0
    return float(np.square(probabilities - truth).sum(axis=1).mean())


def _expected_calibration_error(labels: NDArray[np.int64], probabilities: NDArray[np.float64], num_bins: int) -> float:
    confidence = probabilities.max(axis=1)
    correct = most_probable(probabilities) == labels
    bins = _bins(confidence, num_bins)
    # |B| · |accuracy - confidence| is the gap between two sums over the bin, so that an empty bin needs no division.
    gaps = np.bincount(bins, weights=correct - confidence, minlength=num_bins)
    return float(np.abs(gaps).sum() / len(labels))


def _calibration_error_by_chance(probabilities: NDArray[np.float64], num_bins: int) -> float:
    confidence = probabilities.max(axis=1).clip(0.0, 1.0)  # a sum of 1 may be rounded up
    variances = np.bincount(_bins(confidence, num_bins), weights=confidence * (1.0 - confidence), minlength=num_bins)
    return float(np.sqrt(2.0 / np.pi * variances).sum() / len(probabilities))


def _bins(confidence: NDArray[np.float64], num_bins: int) -> NDArray[np.int64]:
    return np.clip(np.ceil(confidence * num_bins).astype(np.int64) - 1, 0, num_bins - 1)


def _checked(labels: NDArray[np.int64], probabilities: Probabilities) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return labels and probabilities, the latter in float64, so that a mean over many rows keeps its digits."""
    distributions = _checked_distributions(probabilities)
    if labels.shape != distributions.shape[:1]:
        raise ValueError(f"labels have shape {labels.shape}; wanted ({len(distributions)},)")
    num_classes = distributions.shape[1]
    if labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(f"labels reach from {labels.min()} to {labels.max()}; wanted 0 to {num_classes - 1}")
    return labels, distributions


def _checked_distributions(probabilities: Probabilities) -> NDArray[np.float64]:
    if probabilities.ndim != 2 or probabilities.shape[1] < 2 or len(probabilities) == 0:
        raise ValueError(
            f"probabilities have shape {probabilities.shape}; wanted (n, classes), one row or more, 2 classes or more"
        )
    distributions = probabilities.astype(np.float64)
    # A NaN makes a comparison false, hence the form: all good, instead of none bad.
    sums_to_one = (np.abs(distributions.sum(axis=1) - 1.0) < _ROW_SUM_TOLERANCE).all()
    if not (sums_to_one and (distributions >= 0.0).all()):
        raise ValueError(
            "a row of probabilities is not a distribution: it is negative, not a number, or does not sum to 1"
        )
    return distributions
