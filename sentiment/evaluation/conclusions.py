"""What a comparison says in words, and what it does not say."""

from collections.abc import Iterator
from math import ceil
from statistics import NormalDist

from sentiment.evaluation.systems import MCNEMAR, Comparison, Pair
from sentiment.wording import shown_p_value

SIGNIFICANCE = 0.05
_POWER = 0.8


def conclusions(comparison: Comparison) -> list[str]:
    """Return one sentence for each pair, then what limits them."""
    return [*(_of_pair(pair, comparison.n) for pair in comparison.pairs), *_limits(comparison)]


def _of_pair(pair: Pair, n: int) -> str:
    low, high = (100 * end for end in pair.interval)
    figures = (
        f"{100 * pair.difference:+.2f} points, 95 % interval {low:+.2f} to {high:+.2f}; {pair.test}: "
        f"{shown_p_value(pair.p_adjusted)}"
    )
    if pair.p_adjusted < SIGNIFICANCE:
        better, worse = (pair.first, pair.second) if pair.difference > 0 else (pair.second, pair.first)
        return f"{better} is better than {worse} on rows like these ({figures})."
    needed = _rows_needed(pair, n)
    more = f" A difference of this size would need about {needed:,} rows to show." if needed else ""
    return f"These rows do not show whether {pair.first} or {pair.second} is better ({figures}).{more}"


def _rows_needed(pair: Pair, n: int) -> int | None:
    """Return how many rows would show the observed difference in four of five draws; None if unknown."""
    if pair.only_first_right is None or pair.only_second_right is None or not pair.difference:
        return None
    normal = NormalDist()
    z = normal.inv_cdf(1 - SIGNIFICANCE / 2) + normal.inv_cdf(_POWER)
    variance = (pair.only_first_right + pair.only_second_right) / n - pair.difference**2
    needed = ceil(z**2 * variance / pair.difference**2)
    return needed if needed > n else None


def _limits(comparison: Comparison) -> Iterator[str]:
    if len(comparison.pairs) > 1:
        yield f"The p-values are adjusted for {len(comparison.pairs)} comparisons (Holm)."
    if any(pair.test == MCNEMAR for pair in comparison.pairs):
        yield (
            "Of a model with one seed, this compares the model at hand, not the way it was trained: another seed moves "
            "the accuracy too. To compare ways of training, give several seeds of each."
        )
    if few := [system.name for system in comparison.systems if 1 < len(system.models) < 3]:
        yield f"Two seeds say little about their spread: {', '.join(few)}."
    yield "None of this holds for rows of another kind."
