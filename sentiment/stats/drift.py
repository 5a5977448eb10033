"""Whether two samples of numbers come from one distribution."""

from math import exp, pi, sqrt

import numpy as np
from numpy.typing import NDArray

_TERMS = 101


def largest_gap(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Return the statistic of Kolmogorov and Smirnov: the largest gap between the two distribution functions, 0 to 1.

    Args:
        first: (n,), n >= 1.
        second: (m,), m >= 1.
    """
    points = np.concatenate([first, second])
    below_first = np.searchsorted(np.sort(first), points, side="right") / len(first)
    below_second = np.searchsorted(np.sort(second), points, side="right") / len(second)
    return float(np.abs(below_first - below_second).max())


def gap_p_value(gap: float, n: int, m: int) -> float:
    """Return how likely a gap at least this large is between samples of one distribution, for many rows.

    For numbers with ties, such as lengths, it is too high, so that a test errs on the careful side.

    Args:
        gap: as from `largest_gap`.
        n: numbers in the first sample.
        m: numbers in the second.
    """
    return kolmogorov(sqrt(n * m / (n + m)) * gap)


def kolmogorov(x: float) -> float:
    """Return the probability that Kolmogorov's distribution is above x; the faster converging of its two series."""
    if x < 0.04:  # both series lose their digits; the probability differs from 1 by less than 10^-300
        return 1.0
    odd = range(1, _TERMS, 2)
    if x < 1.0:
        return 1.0 - sqrt(2 * pi) / x * sum(exp(-((k * pi / x) ** 2) / 8) for k in odd)
    return 2.0 * sum((-1.0) ** (k - 1) * exp(-2 * (k * x) ** 2) for k in range(1, _TERMS))
