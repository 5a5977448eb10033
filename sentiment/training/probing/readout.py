"""Logistic regression on vectors, with a direction that is known beforehand."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.probabilities import most_probable, softmax
from sentiment.training.probing.folds import spread_over_folds

STRENGTHS = (0.1, 1.0, 10.0, 100.0)
"""Prior variances of the weights that are tried; vectors are scaled to a length of about 1."""

USUAL_STRENGTH = 1.0
CLEARLY = 2.0
"""Standard errors by which another strength has to be better than the usual one."""

KNOWN_SCALE = 3.0
"""Prior deviation of the weight of the known direction: it may lead from the first label on."""

BIAS_SCALE = 0.3
"""Prior deviation of the bias: twenty labels place the border worse than the known direction's own zero does."""

MAX_ITERATIONS = 300
NUM_FOLDS = 5

LOSS_FLOOR = 1e-4
"""The smallest probability in a cross entropy: one row with a wrong label must not decide the strength."""

LOGIT_FLOOR = 1e-6
"""The smallest probability whose logarithm is taken as a score."""


@dataclass(frozen=True)
class Direction:
    """A score that is linear in the vector: weight · v + bias, 0 if it is uninformative.

    Attributes:
        weight: (size,), float32.
    """

    weight: NDArray[np.float32]
    bias: float


@dataclass(frozen=True)
class Readout:
    """Scores of classes that are linear in the vector.

    Attributes:
        weight: (num_classes, size), float32.
        bias: (num_classes,), float32.
    """

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    def probabilities(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probabilities, (n, num_classes), of vectors, (n, size)."""
        return softmax(vectors @ self.weight.T + self.bias)


@dataclass(frozen=True)
class ReadoutRows:
    """Rows to fit on.

    Attributes:
        vectors: (n, size), float32.
        labels: (n,), int64, each below `num_classes`; not every class need occur.
        known: a direction that was learned before, from other rows; None where there is none.
    """

    vectors: NDArray[np.float32]
    labels: NDArray[np.int64]
    num_classes: int
    known: Direction | None = None

    def select(self, rows: NDArray[np.int64]) -> "ReadoutRows":
        """Return some of the rows."""
        return ReadoutRows(self.vectors[rows], self.labels[rows], self.num_classes, self.known)


def fit_readout(rows: ReadoutRows, strength: float, *, balanced: bool = False) -> Readout:
    """Fit multinomial logistic regression with normal priors: the vectors' deviation is the root of `strength`.

    The known direction is one more feature, with a wide prior of its own. It is linear in the vector, so the sum of
    both folds back into one weight a class.

    Args:
        rows: one or more. A class without a row gets no weights, and scores less than any other gets for the mean
            vector: by log(n + 1), as if it had one row in n + 1.
        strength: the prior variance; the smaller, the more careful.
        balanced: whether classes count alike, however many rows each has.
    """
    from sklearn.linear_model import LogisticRegression

    mean = rows.vectors.mean(axis=0)
    spread = float(np.sqrt(np.square(rows.vectors - mean).sum(axis=1).mean())) or 1.0
    scale = np.float32(np.sqrt(strength) / spread)
    features = [(rows.vectors - mean) * scale, np.full((len(rows.labels), 1), BIAS_SCALE, dtype=np.float32)]
    known_scale = 0.0
    if rows.known is not None:
        scores = rows.vectors @ rows.known.weight + np.float32(rows.known.bias)
        known_scale = KNOWN_SCALE / (float(np.sqrt(np.square(scores).mean())) or 1.0)
        features.append((scores * known_scale)[:, None])
    present = np.unique(rows.labels)
    found = np.zeros((rows.num_classes, sum(part.shape[1] for part in features)), dtype=np.float32)
    if len(present) > 1:
        classifier = LogisticRegression(
            fit_intercept=False, max_iter=MAX_ITERATIONS, class_weight="balanced" if balanced else None
        )
        with warnings.catch_warnings():
            # They are classes, however many there are: no regression is wanted.
            warnings.filterwarnings("ignore", message="The number of unique classes is greater than")
            classifier.fit(np.concatenate(features, axis=1), rows.labels)
        coefficients = classifier.coef_
        found[present] = coefficients if len(present) > 2 else np.concatenate([-coefficients, coefficients]) / 2
    size = rows.vectors.shape[1]
    weight, bias = found[:, :size] * scale, found[:, size] * np.float32(BIAS_SCALE)
    bias = bias - weight @ mean
    if rows.known is not None:
        weight = weight + np.outer(found[:, -1] * known_scale, rows.known.weight).astype(np.float32)
        bias = bias + found[:, -1] * np.float32(known_scale * rows.known.bias)
    absent = np.setdiff1d(np.arange(rows.num_classes), present)
    bias[absent] = (weight[present] @ mean + bias[present]).min() - np.log(len(rows.labels) + 1.0)
    return Readout(weight, bias)


@dataclass(frozen=True)
class CrossValidation:
    """Answers to rows, each by a fit on others.

    Attributes:
        labels: (n,), int64, the true classes.
        probabilities: (n, num_classes), float64.
    """

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    @property
    def accuracy(self) -> float:
        """The share of the rows that are answered right."""
        return float((most_probable(self.probabilities) == self.labels).mean())

    @property
    def logits(self) -> NDArray[np.float64]:
        """The logarithms of the probabilities, (n, num_classes), all finite."""
        return np.log(np.maximum(self.probabilities, LOGIT_FLOOR))

    def select(self, rows: NDArray[np.int64]) -> "CrossValidation":
        """Return the answers to some of the rows."""
        return CrossValidation(self.labels[rows], self.probabilities[rows])


@dataclass(frozen=True)
class ChosenStrength:
    """What cross-validation chose.

    Attributes:
        strength: the prior variance to fit all rows with.
        found: the answers with it; None where the rows are too few for any.
    """

    strength: float
    found: CrossValidation | None


def choose_strength(
    rows: ReadoutRows, texts: NDArray[np.int64], seed: int, *, balanced: bool = False
) -> ChosenStrength:
    """Choose among `STRENGTHS` by the cross entropy of rows that were left out.

    The usual one is kept unless another is clearly better, by two standard errors of the difference: few rows cannot
    tell, and a wrong choice costs more than the right one gains. It is a stricter form of the rule of Breiman et al.
    1984, "Classification and regression trees", 3.4.3.

    Args:
        rows: to divide.
        texts: (n,), the number of each row's text; rows of one text stay together.
        seed: of the division into folds.
        balanced: as for `fit_readout`.
    """
    folds = spread_over_folds(rows.labels, texts, NUM_FOLDS, seed)
    if len(np.unique(folds)) < 2 or any(len(np.unique(rows.labels[folds != fold])) < 2 for fold in np.unique(folds)):
        return ChosenStrength(USUAL_STRENGTH, None)
    answers = np.empty((len(STRENGTHS), len(rows.labels), rows.num_classes))
    for number, strength in enumerate(STRENGTHS):
        for fold in np.unique(folds):
            held_out = np.flatnonzero(folds == fold)
            readout = fit_readout(rows.select(np.flatnonzero(folds != fold)), strength, balanced=balanced)
            answers[number, held_out] = readout.probabilities(rows.vectors[held_out])
    losses = -np.log(np.maximum(answers[:, np.arange(len(rows.labels)), rows.labels], LOSS_FLOOR))
    gains = losses[STRENGTHS.index(USUAL_STRENGTH)] - losses
    errors = gains.std(axis=1) / np.sqrt(len(rows.labels))
    clear = gains.mean(axis=1) >= CLEARLY * errors  # the usual one is, by nothing
    chosen = int(np.where(clear, gains.mean(axis=1), -np.inf).argmax())
    return ChosenStrength(STRENGTHS[chosen], CrossValidation(rows.labels, answers[chosen]))
