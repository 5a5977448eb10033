"""Thresholds of confidence above which answers keep a promised error."""

from dataclasses import dataclass
from math import ceil, log

import numpy as np
from numpy.typing import NDArray

from sentiment.stats.proportions import is_proportion_below

CONFIDENCE = 0.95
_STARTS = 4
_STEPS = 100


@dataclass(frozen=True)
class SafeThreshold:
    """A threshold that keeps a promise.

    Attributes:
        threshold: answers whose confidence is at least this are given.
        answered: calibration rows at or above it.
        wrong: those of them that are wrong.
    """

    threshold: float
    answered: int
    wrong: int


def fewest_rows(max_error: float, confidence: float = CONFIDENCE) -> int:
    """Return how many rows, all of them right, prove an error of at most `max_error`."""
    return ceil(log(1.0 - confidence) / log(1.0 - max_error))


def safe_threshold(
    confidences: NDArray[np.floating],
    is_right: NDArray[np.bool_],
    max_error: float,
    confidence: float = CONFIDENCE,
) -> SafeThreshold | None:
    """Return the lowest threshold proved to keep the error among the answers at or below `max_error`; None if none is.

    With the given confidence over the draw of the rows, at most this share of the answers is wrong on rows drawn in the
    same way. Thresholds are tested from strict to lenient by the exact bound of Clopper and Pearson, until one fails:
    a sequence fixed before the errors are seen, so that each test keeps the whole level. Several sequences start at
    stricter and more lenient thresholds and share the level, as a single early mistake would end one.

    Source: Angelopoulos et al. 2021, "Learn then test", section 3.

    Args:
        confidences: (n,), of the predicted classes.
        is_right: (n,).
        max_error: strictly between 0 and 1.
        confidence: of the promise.
    """
    order = np.argsort(-confidences, kind="stable")
    ranked, wrong = confidences[order], np.cumsum(~is_right[order])
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) + 1  # equal confidences are answered together
    level = 1.0 - (1.0 - confidence) / _STARTS
    least = fewest_rows(max_error, level)
    starts = [least * 2**power for power in range(_STARTS)]
    best = None
    for start in starts:
        for answered in _sequence(ends, start):
            errors = int(wrong[answered - 1])
            if not is_proportion_below(max_error, errors, answered, level):
                break
            if best is None or answered > best.answered:
                best = SafeThreshold(float(ranked[answered - 1]), answered, errors)
    return best


def _sequence(ends: NDArray[np.int64], start: int) -> list[int]:
    """Return numbers of answered rows to test, ascending: about a hundred from `start` to all rows."""
    if not len(ends) or start > ends[-1]:
        return []
    wanted = np.linspace(start, ends[-1], _STEPS)
    return sorted({int(end) for end in ends[np.searchsorted(ends, wanted.round())]})
