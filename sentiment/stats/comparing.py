"""Tests of whether one classifier is better than another, and of several at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from sentiment.stats.beta import incomplete_beta
from sentiment.stats.bisection import boundary

RESAMPLES = 10_000
_ROWS_AT_ONCE = 5_000_000


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test (McNemar 1947; for classifiers, Dietterich 1998).

    It is a binomial test of the discordant rows at 1/2: the probability, if both classifiers were equally good, of a
    split at least this uneven. It holds for any number of rows.

    Args:
        only_first: rows that only the first classifier gets right.
        only_second: rows that only the second gets right.
    """
    fewer, n = min(only_first, only_second), only_first + only_second
    return min(1.0, 2.0 * incomplete_beta(n - fewer, fewer + 1, 0.5)) if n else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that all of several tests together err with the chosen probability (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.minimum(1.0, np.maximum.accumulate(np.asarray(p_values, dtype=np.float64)[order] * factors))
    result = np.empty(len(p_values))
    result[order] = adjusted
    return [float(value) for value in result]


def bootstrap_difference(
    first: NDArray[np.floating], second: NDArray[np.floating], seed: int = 0, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the percentile interval of a paired bootstrap of mean(first) - mean(second) (Efron 1979).

    Rows that differ by the same amount are interchangeable, so a resample is drawn as one multinomial count of each
    amount: the same distribution as that of drawing rows, in a fraction of the time.

    Args:
        first: (n,), a score of each row, such as 1.0 where the first classifier is right; n >= 1.
        second: (n,), of the same rows.
        seed: of the resampling.
        confidence: two-sided.
    """
    amounts, counts = np.unique(np.asarray(first, np.float64) - second, return_counts=True)
    n = int(counts.sum())
    rng = np.random.default_rng(seed)
    at_once = max(1, _ROWS_AT_ONCE // len(amounts))
    means = np.concatenate(
        [
            rng.multinomial(n, counts / n, size=min(at_once, RESAMPLES - begin)) @ amounts / n
            for begin in range(0, RESAMPLES, at_once)
        ]
    )
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


@dataclass(frozen=True)
class MeanDifference:
    """The difference of two mean accuracies, over rows and over seeds.

    Attributes:
        difference: mean of the first minus that of the second.
        interval: its 95 % interval.
        p_value: two-sided, of no difference.
    """

    difference: float
    interval: tuple[float, float]
    p_value: float


def compare_over_seeds(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> MeanDifference:
    """Compare two systems of which several seeds were trained, on the same rows.

    Another draw of rows and another draw of seeds would both move the difference. The variances of the two add (law of
    total variance), and degrees of freedom are pooled after Welch and Satterthwaite:

        v = var_rows(mean over seeds of the difference) / n + var_seeds(accuracy) / k, for each system with k > 1

    The first term holds a share of the noise of seeds as well, so the test errs on the careful side. The seeds of a
    system with a single one are not known, and so not in it.

    Args:
        first: (k, n), whether each seed of the first system is right on each row; k >= 1, n >= 2.
        second: (l, n), the same of the second system.
    """
    rows = first.mean(axis=0) - second.mean(axis=0)
    parts = [(float(rows.var(ddof=1)) / len(rows), len(rows) - 1)]
    parts += [
        (float(right.mean(axis=1).var(ddof=1)) / len(right), len(right) - 1)
        for right in (first, second)
        if len(right) > 1
    ]
    variance, difference = sum(part for part, _ in parts), float(rows.mean())
    if not variance:
        return MeanDifference(difference, (difference, difference), float(difference == 0.0))
    freedom = variance**2 / sum(part**2 / degrees for part, degrees in parts)
    t = difference / variance**0.5
    margin = t_quantile(0.975, freedom) * variance**0.5
    p_value = incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))
    return MeanDifference(difference, (max(difference - margin, -1.0), min(difference + margin, 1.0)), p_value)


def t_quantile(probability: float, freedom: float) -> float:
    """Return a quantile of Student's t distribution, for a probability above 1/2."""

    def is_below(t: float) -> bool:
        return _upper_tail(t, freedom) > 1.0 - probability

    low, high = 0.0, 1.0
    while is_below(high) and high < inf:
        low, high = high, 2 * high
    return boundary(is_below, low, high)


def _upper_tail(t: float, freedom: float) -> float:
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) / 2
