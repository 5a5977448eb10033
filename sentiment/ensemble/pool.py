"""Combine the answers of several models."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import MissingExtraError
from sentiment.metrics import log_loss
from sentiment.probabilities import softmax

LEAST_PROBABILITY = 1e-6


@dataclass(frozen=True)
class Pool:
    """A logarithmic opinion pool (Hinton 2002, "Training products of experts", section 2).

    It is a weighted sum of the members' log probabilities, plus a bias for each class. So it is calibrated too, and a
    member that adds nothing gets no weight.

    Attributes:
        weights: (members,), >= 0.
        biases: (classes,).
    """

    weights: NDArray[np.float64]
    biases: NDArray[np.float64]

    @classmethod
    def fit(cls, answers: NDArray[np.floating], labels: NDArray[np.int64]) -> Self:
        """Fit the weights and biases that minimise the log loss.

        Args:
            answers: (members, rows, classes), probabilities.
            labels: (rows,), the true classes.

        Raises:
            MissingExtraError: scikit-learn, which brings scipy, is not installed.
        """
        try:
            from scipy.optimize import minimize
        except ModuleNotFoundError as error:
            raise MissingExtraError("scikit-learn", "eval") from error
        members, rows, classes = answers.shape
        logs = _logarithms(answers)

        def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            probabilities = softmax(np.tensordot(point[:members], logs, axes=1) + point[members:])
            errors = probabilities.copy()
            errors[np.arange(rows), labels] -= 1.0
            gradient = np.concatenate([np.tensordot(logs, errors, axes=2), errors.sum(axis=0)]) / rows
            return log_loss(labels, probabilities), gradient

        start = np.concatenate([np.full(members, 1.0 / members), np.zeros(classes)])
        bounds = [(0.0, None)] * members + [(None, None)] * classes
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
        return cls(found.x[:members], found.x[members:])

    def join(self, answers: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the combined probabilities, (rows, classes), of answers of (members, rows, classes)."""
        return softmax(np.tensordot(self.weights, _logarithms(answers), axes=1) + self.biases)


def _logarithms(answers: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.log(np.maximum(answers.astype(np.float64), LEAST_PROBABILITY))
