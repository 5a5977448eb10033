"""Paired comparison against values worked out by hand, and under exchange of the two classifiers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sentiment.evaluation import PairedComparison, compare_paired


def answers(both: int, only_model: int, only_baseline: int, neither: int) -> tuple[NDArray[np.bool_], ...]:
    model = [True] * both + [True] * only_model + [False] * only_baseline + [False] * neither
    baseline = [True] * both + [False] * only_model + [True] * only_baseline + [False] * neither
    return np.array(model), np.array(baseline)


def compare(*counts: int) -> PairedComparison:
    model, baseline = answers(*counts)
    return compare_paired(model, baseline)


def test_by_hand() -> None:
    comparison = compare(5, 3, 1, 1)
    assert (comparison.n, comparison.only_model_correct, comparison.only_baseline_correct) == (10, 3, 1)
    assert comparison.accuracy_difference == pytest.approx(0.2)
    # Of 4 disputed rows a split of 3 to 1 or worse: (1 + 4 + 4 + 1) / 16.
    assert comparison.p_value == pytest.approx(10 / 16)
    # 4/12 - 2/12 ± 1.95996 · √((6/12 - 1/36) / 12)
    assert comparison.accuracy_difference_interval == pytest.approx((-0.22214, 0.55547), abs=1e-5)


def test_large_counts_against_the_normal_approximation() -> None:
    comparison = compare(40_000, 3_200, 3_000, 3_800)
    # With the correction for continuity, (|b - c| - 1) / √(b + c) = 2.527 standard errors.
    assert comparison.p_value == pytest.approx(0.0115, abs=1e-4)
    low, high = comparison.accuracy_difference_interval
    assert (low + high) / 2 == pytest.approx(0.004, abs=1e-6)
    assert (high - low) / 2 == pytest.approx(1.96 * 6_200**0.5 / 50_000, rel=1e-3)


def test_equal_answers_prove_nothing() -> None:
    comparison = compare(9, 0, 0, 1)
    assert comparison.p_value == 1.0
    assert comparison.accuracy_difference == 0.0
    low, high = comparison.accuracy_difference_interval
    assert low < 0.0 < high


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 30), min_size=4, max_size=4).filter(any))
def test_exchange_mirrors_and_the_interval_holds_the_difference(counts: list[int]) -> None:
    both, only_model, only_baseline, neither = counts
    comparison, exchanged = compare(*counts), compare(both, only_baseline, only_model, neither)
    low, high = comparison.accuracy_difference_interval
    assert -1.0 <= low <= comparison.accuracy_difference <= high <= 1.0
    assert exchanged.accuracy_difference_interval == pytest.approx((-high, -low))
    assert exchanged.p_value == pytest.approx(comparison.p_value)
    assert 0.0 <= comparison.p_value <= 1.0


def test_the_interval_covers_as_promised() -> None:
    # 95 % intervals of 2,000 draws of 80 rows: coverage within four standard errors of 0.95, or above it.
    rng = np.random.default_rng(0)
    shares = [0.7, 0.12, 0.06, 0.12]
    covered = 0
    for counts in rng.multinomial(80, shares, size=2_000):
        low, high = compare(*counts.tolist()).accuracy_difference_interval
        covered += low <= 0.06 <= high
    assert covered / 2_000 > 0.95 - 4 * (0.95 * 0.05 / 2_000) ** 0.5


@pytest.mark.parametrize("shape", [(0,), (2, 1)])
def test_unfit_arrays_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"wanted \(n,\) twice"):
        compare_paired(np.ones(shape, dtype=bool), np.ones(shape, dtype=bool))
    with pytest.raises(ValueError, match=r"shapes are \(2,\) and \(3,\)"):
        compare_paired(np.ones(2, dtype=bool), np.ones(3, dtype=bool))
