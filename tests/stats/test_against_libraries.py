"""Every statistic equals that of a library that people trust, on random cases."""

from math import inf

import numpy as np
import pytest
import scipy.optimize
import scipy.special
import scipy.stats
import sklearn.calibration
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from sentiment.metrics import log_loss
from sentiment.probabilities import softmax
from sentiment.stats.beta import beta_quantile, incomplete_beta
from sentiment.stats.comparing import bootstrap_difference, compare_over_seeds, holm, mcnemar, t_quantile
from sentiment.stats.curves import ThresholdCurve, reliability
from sentiment.stats.drift import gap_p_value, kolmogorov, largest_gap
from sentiment.stats.proportions import clopper_pearson, highest_proportion, is_proportion_below
from sentiment.stats.scaling import fit_temperature, fit_vector

SEEDS = st.integers(0, 2**32 - 1)
CLOSE = 1e-9


@given(st.floats(0.05, 1e5), st.floats(0.05, 1e5), st.floats(0.0, 1.0))
def test_incomplete_beta(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x) == pytest.approx(scipy.special.betainc(a, b, x), abs=CLOSE)


@given(st.floats(0.5, 1e4), st.floats(0.5, 1e4), st.floats(0.001, 0.999))
def test_beta_quantile(a: float, b: float, probability: float) -> None:
    assert beta_quantile(probability, a, b) == pytest.approx(scipy.special.betaincinv(a, b, probability), abs=CLOSE)


@given(st.integers(1, 5_000), st.floats(0.0, 1.0), st.floats(0.5, 0.999))
def test_clopper_pearson(n: int, share: float, confidence: float) -> None:
    successes = round(share * n)
    expected = proportion_confint(successes, n, alpha=1 - confidence, method="beta")
    assert clopper_pearson(successes, n, confidence) == pytest.approx(expected, abs=CLOSE)
    highest = highest_proportion(successes, n, confidence)
    assert highest == pytest.approx(proportion_confint(successes, n, 2 * (1 - confidence), "beta")[1], abs=CLOSE)
    if successes < n:
        assert is_proportion_below(highest + 1e-9, successes, n, confidence)
        assert not is_proportion_below(highest - 1e-9, successes, n, confidence)


@pytest.mark.parametrize(("successes", "n", "confidence"), [(-1, 5, 0.9), (6, 5, 0.9), (0, 0, 0.9), (1, 5, 1.0)])
def test_impossible_proportions(successes: int, n: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="wanted"):
        clopper_pearson(successes, n, confidence)


@pytest.mark.parametrize(("a", "x"), [(0.0, 0.5), (inf, 0.5), (1.0, 1.5)])
def test_impossible_betas(a: float, x: float) -> None:
    with pytest.raises(ValueError, match="wanted"):
        incomplete_beta(a, 1.0, x)


@given(st.integers(0, 30_000), st.integers(0, 30_000))
def test_mcnemar(b: int, c: int) -> None:
    expected = statsmodels_mcnemar([[5, b], [c, 5]], exact=True).pvalue if b + c else 1.0
    assert mcnemar(b, c) == pytest.approx(expected, abs=CLOSE)


@given(SEEDS, st.integers(1, 20))
def test_holm(seed: int, n: int) -> None:
    p_values = (np.random.default_rng(seed).random(n) ** 3).tolist()
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1], abs=CLOSE)


@given(st.floats(0.6, 0.9999), st.floats(0.5, 1e4))
def test_t_quantile(probability: float, freedom: float) -> None:
    assert t_quantile(probability, freedom) == pytest.approx(scipy.stats.t.ppf(probability, freedom), rel=1e-7)


@given(SEEDS)
def test_one_seed_of_each_is_a_paired_t_test(seed: int) -> None:
    first, second = np.random.default_rng(seed).random((2, 1, 200)) < [[[0.8]], [[0.7]]]
    expected = scipy.stats.ttest_rel(first[0].astype(float), second[0].astype(float))
    found = compare_over_seeds(first, second)
    assert found.p_value == pytest.approx(expected.pvalue, abs=CLOSE)
    assert found.interval == pytest.approx(tuple(expected.confidence_interval(0.95)), abs=1e-7)


def test_seeds_that_differ_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    alike = rng.random((5, 2_000)) < 0.8
    apart = rng.random((5, 2_000)) < np.linspace(0.72, 0.88, 5)[:, None]
    other = rng.random((5, 2_000)) < 0.8
    narrow, wide = (compare_over_seeds(first, other).interval for first in (alike, apart))
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


def test_the_bootstrap_is_that_of_rows() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.random((2, 800)) < [[0.85], [0.8]]
    drawn = scipy.stats.bootstrap(
        ((first.astype(float) - second),), np.mean, n_resamples=10_000, method="percentile", rng=rng
    ).confidence_interval
    assert bootstrap_difference(first.astype(float), second.astype(float)) == pytest.approx(tuple(drawn), abs=0.004)


@given(SEEDS, st.integers(2, 300), st.integers(1, 20))
def test_curves(seed: int, n: int, distinct: int) -> None:
    rng = np.random.default_rng(seed)
    truth, scores = rng.random(n) < 0.6, rng.integers(0, distinct, n) / distinct
    truth[:2] = True, False
    curve = ThresholdCurve.of(truth, scores)
    rates, recalls, _ = sklearn.metrics.roc_curve(truth, scores, drop_intermediate=False)
    assert np.append(0.0, curve.false_positive_rate) == pytest.approx(rates, abs=CLOSE)
    assert np.append(0.0, curve.recall) == pytest.approx(recalls, abs=CLOSE)
    assert curve.roc_area == pytest.approx(sklearn.metrics.roc_auc_score(truth, scores), abs=CLOSE)
    precisions, _, thresholds = sklearn.metrics.precision_recall_curve(truth, scores)
    assert curve.precision[::-1] == pytest.approx(precisions[:-1], abs=CLOSE)
    assert curve.thresholds[::-1] == pytest.approx(thresholds, abs=CLOSE)
    assert curve.average_precision == pytest.approx(sklearn.metrics.average_precision_score(truth, scores), abs=CLOSE)


@given(SEEDS, st.integers(1, 300))
def test_reliability(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.random(n)
    right = rng.random(n) < confidence
    shares, means = sklearn.calibration.calibration_curve(right, confidence, n_bins=10)
    bins = reliability(confidence, right, 10)
    assert [one.confidence for one in bins] == pytest.approx(means, abs=CLOSE)
    assert [one.right / one.n for one in bins] == pytest.approx(shares, abs=CLOSE)


@given(SEEDS, st.integers(1, 200), st.integers(1, 200), st.booleans())
def test_largest_gap(seed: int, n: int, m: int, has_ties: bool) -> None:
    rng = np.random.default_rng(seed)
    first, second = (np.round(rng.random(size), 1 if has_ties else 15) for size in (n, m))
    gap = largest_gap(first, second)
    assert gap == pytest.approx(scipy.stats.ks_2samp(first, second).statistic, abs=CLOSE)
    expected = scipy.special.kolmogorov(np.sqrt(n * m / (n + m)) * gap)
    assert gap_p_value(gap, n, m) == pytest.approx(expected, abs=CLOSE)


@given(st.floats(0.0, 6.0))
def test_kolmogorov(x: float) -> None:
    assert kolmogorov(x) == pytest.approx(scipy.special.kolmogorov(x), abs=CLOSE)


@pytest.mark.parametrize("seed", range(3))
def test_vector_scaling_finds_the_minimum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(400, 3)) * 2
    labels = np.array([rng.choice(3, p=row) for row in softmax(logits * [0.5, 1.0, 1.5] + [0.0, 0.7, -0.7])])
    temperature = fit_temperature(logits, labels)
    assert isinstance(temperature, float)
    fitted = fit_vector(logits, labels, temperature)
    start = np.array([1 / temperature] * 3 + [0.0] * 3)

    def loss(theta: np.ndarray) -> float:
        centred = logits - logits.mean(axis=1, keepdims=True)
        penalty = float(np.square(theta - start).sum() / (2 * len(labels)))
        return log_loss(labels, softmax(theta[:3] * centred + theta[3:])) + penalty

    least = scipy.optimize.minimize(loss, start, tol=1e-12).fun
    assert loss(np.array([*fitted.scales, *fitted.biases])) == pytest.approx(least, abs=CLOSE)
    assert log_loss(labels, fitted.probabilities(logits)) < log_loss(labels, softmax(logits, temperature))
