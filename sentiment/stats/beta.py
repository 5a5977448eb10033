"""The regularised incomplete beta function, from which binomial and t probabilities and exact intervals follow."""

from math import exp, inf, lgamma, log, log1p

from sentiment.stats.bisection import boundary

_TINY = 1e-300
_PRECISION = 1e-15
_MOST_TERMS = 100_000
"""The fraction takes about √max(a, b) terms."""


def incomplete_beta(a: float, b: float, x: float) -> float:
    """Return I_x(a, b), the probability that a Beta(a, b) variable is at most x.

    It is the continued fraction of Press et al. 2007, "Numerical recipes", 6.4, evaluated by Lentz's method on the side
    where it converges fast. The relative error is below 1e-8 for a + b up to 10^6.

    Args:
        a: above 0.
        b: above 0.
        x: 0 to 1.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not (0.0 < a < inf and 0.0 < b < inf and 0.0 <= x <= 1.0):
        raise ValueError(f"a, b and x are {a}, {b} and {x}; wanted a > 0, b > 0 and 0 <= x <= 1")
    if x in (0.0, 1.0):
        return x
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    if x < (a + 1.0) / (a + b + 2.0):
        return min(1.0, front * _fraction(a, b, x) / a)
    return max(0.0, 1.0 - front * _fraction(b, a, 1.0 - x) / b)


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return the x with I_x(a, b) = probability, by bisection to the last bit.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"probability is {probability}; wanted 0 to 1")
    return boundary(lambda x: incomplete_beta(a, b, x) < probability, 0.0, 1.0)


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _away_from_0(1.0 - (a + b) * x / (a + 1.0))
    value = d
    for m in range(1, _MOST_TERMS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 / _away_from_0(1.0 + numerator * d)
            c = _away_from_0(1.0 + numerator / c)
            value *= c * d
        if abs(c * d - 1.0) < _PRECISION:
            break
    return value


def _away_from_0(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
