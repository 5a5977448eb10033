"""Exact intervals of a proportion."""

from sentiment.stats.beta import beta_quantile, incomplete_beta


def clopper_pearson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact two-sided interval of a proportion (Clopper and Pearson 1934).

    Unlike Wilson's, which is shorter, it covers the true proportion with at least the confidence, whatever it is.

    Args:
        successes: 0 to n.
        n: trials, at least 1.
        confidence: strictly between 0 and 1.

    Raises:
        ValueError: an argument is out of its range.
    """
    tail = (1.0 - _checked(confidence, successes, n)) / 2.0
    low = beta_quantile(tail, successes, n - successes + 1) if successes else 0.0
    return low, highest_proportion(successes, n, 1.0 - tail)


def highest_proportion(successes: int, n: int, confidence: float = 0.95) -> float:
    """Return the exact one-sided upper bound of a proportion; arguments and errors as for `clopper_pearson`."""
    _checked(confidence, successes, n)
    return beta_quantile(confidence, successes + 1, n - successes) if successes < n else 1.0


def is_proportion_below(bound: float, successes: int, n: int, confidence: float = 0.95) -> bool:
    """Return whether `highest_proportion` is at most `bound`, without the search for it."""
    _checked(confidence, successes, n)
    return successes < n and incomplete_beta(successes + 1, n - successes, bound) >= confidence


def _checked(confidence: float, successes: int, n: int) -> float:
    if not 0 <= successes <= n or n < 1:
        raise ValueError(f"successes and n are {successes} and {n}; wanted 0 <= successes <= n and n >= 1")
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence is {confidence}; wanted a number between 0 and 1")
    return confidence
