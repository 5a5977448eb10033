"""What thresholds and corrected counts promise, over many draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.stats.proportions import highest_proportion
from sentiment.stats.quantification import adjusted_count, shares_of, why_not_corrected
from sentiment.stats.scaling import choose_scaling
from sentiment.stats.selective import fewest_rows, safe_threshold


def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return confidences, and which answers are right, of a model that is less often right than it thinks."""
    confidences = rng.uniform(0.5, 1.0, n)
    return confidences, rng.random(n) < confidences**2


def error_above(threshold: float) -> float:
    """Return the true error of answers at or above a confidence in `draw`: 1 - the mean of c² from there to 1."""
    return 1 - (1 - threshold**3) / (3 * (1 - threshold))


@pytest.mark.parametrize("max_error", [0.1, 0.2, 0.3])
def test_the_promised_error_holds_in_95_of_100_draws(max_error: float) -> None:
    rng = np.random.default_rng(0)
    found = [safe_threshold(*draw(rng, 1_000), max_error) for _ in range(100)]
    answering = [one for one in found if one is not None]
    broken = sum(error_above(one.threshold) > max_error for one in answering)
    assert broken <= 0.05 * 100
    assert len(answering) > 75 or max_error < 0.2


@given(st.integers(0, 2**32 - 1), st.integers(1, 400), st.floats(0.01, 0.5))
def test_a_threshold_is_proved_by_the_rows_it_answers(seed: int, n: int, max_error: float) -> None:
    confidences, right = draw(np.random.default_rng(seed), n)
    confidences = confidences.round(2)  # ties are answered together
    found = safe_threshold(confidences, right, max_error)
    if found is not None:
        above = confidences >= found.threshold
        assert (found.answered, found.wrong) == (above.sum(), (above & ~right).sum())
        assert highest_proportion(found.wrong, found.answered) <= max_error
    elif n >= 4 * fewest_rows(max_error, 0.99):
        assert not right.all()


def test_too_few_rows_promise_nothing() -> None:
    assert fewest_rows(0.05) == 59
    all_right = np.ones(58, dtype=np.bool_)
    assert safe_threshold(np.linspace(0.5, 1.0, 58), all_right, 0.05) is None
    assert safe_threshold(np.linspace(0.5, 1.0, 400), np.ones(400, dtype=np.bool_), 0.05) is not None


def test_by_hand() -> None:
    # m = [[0.9, 0.2], [0.1, 0.8]] nearly; q = (0.55, 0.45): π = ((0.55 - 0.2) / 0.7, ...) = (0.5, 0.5).
    shares, intervals = adjusted_count(np.array([550, 450]), np.array([[900_000, 100_000], [200_000, 800_000]]))
    assert shares == pytest.approx([0.5, 0.5], abs=1e-5)
    # √((0.5 · 0.09 + 0.5 · 0.16) / 1000) / 0.7, as the rates are known.
    margin = 1.959964 * (0.125 / 1_000) ** 0.5 / 0.7
    assert intervals[0] == pytest.approx([0.5 - margin, 0.5 + margin], abs=1e-3)


@pytest.mark.parametrize("classes", [2, 4])
def test_intervals_cover_and_correct(classes: int) -> None:
    rng = np.random.default_rng(classes)
    rates = np.full((classes, classes), 0.2 / (classes - 1)) + np.eye(classes) * (0.8 - 0.2 / (classes - 1))
    covered, raw_error, error = [], 0.0, 0.0
    for _ in range(200):
        confusion = np.array([rng.multinomial(300, row) for row in rates])
        truth = rng.multinomial(800, rng.dirichlet(np.ones(classes)))
        counted = np.sum([rng.multinomial(n, row) for n, row in zip(truth, rates, strict=True)], axis=0)
        shares, intervals = adjusted_count(counted, confusion)
        covered.append((intervals[:, 0] <= truth / 800) & (truth / 800 <= intervals[:, 1]))
        raw_error += np.abs(counted - truth).sum() / 800
        error += np.abs(shares - truth / 800).sum()
        assert shares.sum() == pytest.approx(1.0)
        assert (shares >= 0.0).all()
    assert np.mean(covered) > 0.93
    assert error < raw_error / 2


@pytest.mark.parametrize(
    ("confusion", "reason"),
    [([[9, 0], [0, 90]], "at least 10 rows"), ([[50, 50], [49, 51]], "too often"), ([[90, 10], [10, 90]], None)],
)
def test_what_cannot_be_corrected(confusion: list[list[int]], reason: str | None) -> None:
    found = why_not_corrected(np.array(confusion))
    assert (found is None) if reason is None else (found is not None and reason in found)
    (first, _) = shares_of(("a", "b"), np.array([30, 10]), np.array(confusion))
    assert (first.counted, first.raw) == (30, 0.75)
    assert (first.corrected is None) == (first.interval is None) == (reason is not None)


def test_a_matrix_nobody_measured() -> None:
    assert why_not_corrected(np.zeros((0, 0), dtype=np.int64)) is not None


def test_scaling_of_two_classes_changes_no_label() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(500, 2))
    labels = (rng.random(500) < 1 / (1 + np.exp(-3 * (logits[:, 1] - logits[:, 0]) - 1))).astype(np.int64)
    scaling = choose_scaling(logits, labels)
    assert not isinstance(scaling, str)
    assert (scaling.biases, scaling.scales[0]) == ((0.0, 0.0), scaling.scales[1])


def test_biases_of_more_classes_where_they_pay() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2_000, 3))
    shifted = np.exp(logits + np.array([2.0, 0.0, 0.0]))
    labels = np.array([rng.choice(3, p=row / row.sum()) for row in shifted])
    scaling = choose_scaling(logits, labels)
    assert not isinstance(scaling, str)
    assert scaling.biases[0] - scaling.biases[1] == pytest.approx(2.0, abs=0.3)
    unshifted = np.array([rng.choice(3, p=row / row.sum()) for row in np.exp(logits)])
    plain = choose_scaling(logits, unshifted)
    assert not isinstance(plain, str)
    assert plain.biases == pytest.approx([0.0] * 3, abs=0.15)


def test_a_class_without_rows_keeps_its_probability() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2_000, 3))
    labels = np.array([rng.choice(2, p=row / row.sum()) for row in np.exp(2 * logits[:, :2])])
    scaling = choose_scaling(logits, labels)
    assert not isinstance(scaling, str)
    assert scaling.temperature is not None
    labels[rng.choice(2_000, 40, replace=False)] = 2
    scaling = choose_scaling(logits, labels)
    assert not isinstance(scaling, str)
    assert scaling.biases[2] < -1
