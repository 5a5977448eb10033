"""Curves over thresholds of a score, and of how sure a classifier is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ThresholdCurve:
    """Counts at every distinct score, from the highest down: what is at least the score is taken as positive.

    Attributes:
        thresholds: (m,), descending.
        true_positives: (m,), int64.
        false_positives: (m,), int64.
        positives: rows that are positive.
        negatives: rows that are not.
    """

    thresholds: NDArray[np.float64]
    true_positives: NDArray[np.int64]
    false_positives: NDArray[np.int64]
    positives: int
    negatives: int

    @classmethod
    def of(cls, is_positive: NDArray[np.bool_], scores: NDArray[np.floating]) -> "ThresholdCurve":
        """Count for scores, (n,), n >= 1, of rows that are positive or not, (n,)."""
        order = np.argsort(-scores, kind="stable")
        ranked, truth = scores[order], is_positive[order]
        last = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
        found = np.cumsum(truth)[last].astype(np.int64)
        positives = int(np.count_nonzero(is_positive))
        return cls(ranked[last].astype(np.float64), found, last + 1 - found, positives, len(scores) - positives)

    @property
    def recall(self) -> NDArray[np.float64]:
        """The share of the positives that is found, (m,); 0 without positives."""
        return self.true_positives / max(self.positives, 1)

    @property
    def false_positive_rate(self) -> NDArray[np.float64]:
        """The share of the negatives that is taken as positive, (m,); 0 without negatives."""
        return self.false_positives / max(self.negatives, 1)

    @property
    def precision(self) -> NDArray[np.float64]:
        """The share of what is taken as positive that is positive, (m,)."""
        return self.true_positives / (self.true_positives + self.false_positives)

    @property
    def roc_area(self) -> float | None:
        """The area under the curve of recall over false positive rate; None if one kind of row is missing."""
        if not self.positives or not self.negatives:
            return None
        x, y = np.append(0.0, self.false_positive_rate), np.append(0.0, self.recall)
        return float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))

    @property
    def average_precision(self) -> float | None:
        """The precision at each threshold, weighted by the recall gained there; None without positives."""
        if not self.positives:
            return None
        return float(np.sum(np.diff(np.append(0.0, self.recall)) * self.precision))


@dataclass(frozen=True)
class ReliabilityBin:
    """Rows of like confidence.

    Attributes:
        n: rows, at least 1.
        confidence: their mean confidence.
        right: those that are right.
    """

    n: int
    confidence: float
    right: int


def reliability(confidence: NDArray[np.floating], is_right: NDArray[np.bool_], num_bins: int) -> list[ReliabilityBin]:
    """Return the non-empty bins of equal width, open below and closed above, as in the calibration error.

    Args:
        confidence: (n,), probability of the predicted class.
        is_right: (n,).
        num_bins: of the range from 0 to 1.
    """
    bins = np.clip(np.ceil(confidence.astype(np.float64) * num_bins).astype(np.int64) - 1, 0, num_bins - 1)
    counts = np.bincount(bins, minlength=num_bins)
    sums = np.bincount(bins, weights=confidence, minlength=num_bins)
    right = np.bincount(bins, weights=is_right, minlength=num_bins)
    return [ReliabilityBin(int(counts[i]), float(sums[i] / counts[i]), int(right[i])) for i in np.flatnonzero(counts)]


def error_by_coverage(
    confidence: NDArray[np.floating], is_right: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of rows answered and the error among them, each (m,), for every threshold of confidence."""
    curve = ThresholdCurve.of(is_right, confidence)
    answered = curve.true_positives + curve.false_positives
    return answered / len(is_right), curve.false_positives / answered
