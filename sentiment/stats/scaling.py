"""Scale logits so that probabilities are right as often as they say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.metrics import log_loss
from sentiment.model_dir import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE
from sentiment.probabilities import scaled_softmax, softmax
from sentiment.stats.bisection import boundary

MOST_VECTOR_CLASSES = 50
"""With more, there are rarely rows enough for two numbers of each class, and the Hessian takes seconds."""
_FOLDS = 5
LEAST_ROWS_OF_A_CLASS = 2 * _FOLDS
"""Without rows, a bias would be fitted that all but removes the class."""

_MOST_STEPS = 50


@dataclass(frozen=True)
class Scaling:
    """A scale and a bias of each class, for `scaled_softmax`; temperature scaling has equal scales and no biases.

    Attributes:
        scales: one per class.
        biases: one per class.
    """

    scales: tuple[float, ...]
    biases: tuple[float, ...]

    def probabilities(self, logits: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return probabilities, (n, classes), for logits, (n, classes)."""
        return scaled_softmax(logits, self.scales, self.biases)

    @property
    def temperature(self) -> float | None:
        """The temperature, if it is all there is."""
        return None if len(set(self.scales)) > 1 or any(self.biases) else 1.0 / self.scales[0]


def fit_temperature(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> float | str:
    """Return the temperature T that minimises the log loss of softmax(logits / T), or why there is none.

    In β = 1 / T the log loss is convex, and its slope is the mean over rows of the expected logit minus the logit of
    the true class:

        L'(β) = mean_i (Σ_k p_ik z_ik - z_i,y_i),  p_i = softmax(β z_i)

    Its root is found by bisection on log β, to the last bit: it cannot diverge, and takes about 60 passes.

    Source: Guo et al. 2017, "On calibration of modern neural networks", section 4.2.

    Args:
        logits: (n, classes), n >= 1.
        labels: (n,), true classes.
    """
    if not np.isfinite(logits).all():
        return "some scores of validation rows are NaN or infinite"
    centred = logits - logits.max(axis=1, keepdims=True)
    of_truth = centred[np.arange(len(labels)), labels]
    if not of_truth.any():
        return "every validation row is predicted correctly, so only a temperature of 0 would fit"

    def slope(log_beta: float) -> float:
        return float(((softmax(np.exp(log_beta) * centred) * centred).sum(axis=1) - of_truth).mean())

    low, high = -np.log(HIGHEST_TEMPERATURE), -np.log(LOWEST_TEMPERATURE)
    if not slope(low) < 0.0 < slope(high):
        return (
            f"no temperature from {LOWEST_TEMPERATURE:g} to {HIGHEST_TEMPERATURE:g} is the best one for the "
            "validation rows"
        )
    return float(np.exp(-boundary(lambda log_beta: slope(log_beta) < 0.0, low, high)))


def fit_vector(logits: NDArray[np.float64], labels: NDArray[np.int64], temperature: float) -> Scaling:
    """Return the scaling that minimises the log loss plus a penalty as heavy as one row, by Newton's method.

    The penalty, |scales - 1/T|² + |biases|² over 2 n, keeps a class with few rows close to temperature scaling. The
    loss is convex in all of them.

    Source: Guo et al. 2017, section 4.2, vector scaling.

    Args:
        logits: (n, classes), finite, n >= 1.
        labels: (n,), true classes.
        temperature: T, as from `fit_temperature`.
    """
    n, classes = logits.shape
    start = np.concatenate([np.full(classes, 1 / temperature), np.zeros(classes)])
    truth = np.eye(classes)[labels]
    centred = logits - logits.mean(axis=1, keepdims=True)

    def loss(theta: NDArray[np.float64]) -> float:
        probabilities = softmax(theta[:classes] * centred + theta[classes:])
        of_truth = np.maximum(probabilities[np.arange(n), labels], np.finfo(np.float64).tiny)
        return float(-np.log(of_truth).mean() + np.square(theta - start).sum() / (2 * n))

    theta = start
    for _ in range(_MOST_STEPS):
        probabilities = softmax(theta[:classes] * centred + theta[classes:])
        error = probabilities - truth
        slope = np.concatenate([(error * centred).mean(axis=0), error.mean(axis=0)]) + (theta - start) / n
        both = np.concatenate([probabilities * centred, probabilities], axis=1)
        curvature = np.eye(2 * classes) / n - both.T @ both / n
        # Only the terms of one class with itself have a further part, of its scale and its bias.
        for one, other, power in ((0, 0, 2), (0, 1, 1), (1, 0, 1), (1, 1, 0)):
            place = np.arange(classes)
            part = (probabilities * centred**power).mean(axis=0)
            curvature[one * classes + place, other * classes + place] += part
        step = np.linalg.solve(curvature, slope)
        size = 1.0
        while loss(theta - size * step) > loss(theta) and size > 1e-6:
            size /= 2
        theta = theta - size * step
        if np.abs(size * step).max() < 1e-10:
            break
    return Scaling(tuple(theta[:classes].tolist()), tuple(theta[classes:].tolist()))


def choose_scaling(logits: NDArray[np.float64], labels: NDArray[np.int64], seed: int = 0) -> Scaling | str:
    """Return the scaling with the lower log loss on rows left out: one temperature, or a scale and bias of each class.

    With two classes, or few rows of one, it is the temperature, which changes no label.

    Args:
        logits: (n, classes).
        labels: (n,), true classes.
        seed: of the division of the rows.

    Returns:
        Why nothing fits, in words, as from `fit_temperature`.
    """
    temperature = fit_temperature(logits, labels)
    if isinstance(temperature, str):
        return temperature
    classes = logits.shape[1]
    same = Scaling((1 / temperature,) * classes, (0.0,) * classes)
    folds = np.random.default_rng(seed).permutation(len(labels)) % _FOLDS
    is_rare = np.bincount(labels, minlength=classes).min() < LEAST_ROWS_OF_A_CLASS
    if is_rare or not 2 < classes <= MOST_VECTOR_CLASSES:
        return same
    vector = np.empty_like(logits)
    for fold in range(_FOLDS):
        rest = folds != fold
        vector[~rest] = fit_vector(logits[rest], labels[rest], temperature).probabilities(logits[~rest])
    if log_loss(labels, vector) >= log_loss(labels, same.probabilities(logits)):
        return same
    return fit_vector(logits, labels, temperature)
