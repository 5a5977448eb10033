"""The linear model of n-grams that stands beside a network: fitted before the first step, by logistic regression.

What it answers to a training row is learned from other rows (Wolpert 1992, "Stacked generalization"). So the network
that is trained beside it meets it as unsure as any new text will.
"""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from sentiment.nn import NgramScores
from sentiment.probabilities import most_probable
from sentiment.text.batches import batches_by_length
from sentiment.text.sequences import TokenSequences

if TYPE_CHECKING:
    from scipy.sparse import csr_array

BATCH_SIZE = 256
INVERSE_PENALTY = 4.0
"""scikit-learn's C, for vectors whose length is about 1."""

MANY_ROWS = 50_000
NUM_FOLDS, FOLDS_OF_MANY = 5, 2
MAX_ITERATIONS = 30
TOLERANCE = 1e-3


@dataclass(frozen=True)
class NgramFit:
    """What a linear model of n-grams answers to its own training rows.

    Attributes:
        scores: (n, num_classes), float32, each row's by a fit on others.
        accuracy: of these answers, over the rows that have a label.
    """

    scores: NDArray[np.float32]
    accuracy: float

    def summary(self) -> str:
        """Tell people how good it is, on one line."""
        return f"n-grams fitted on {len(self.scores):,} rows: accuracy {self.accuracy:.1%} by cross-validation"


def fit_ngrams(part: NgramScores, sequences: TokenSequences, labels: NDArray[np.int64], seed: int) -> NgramFit:
    """Fit the weights to rows, as TF-IDF with multinomial logistic regression does, and put them into the network.

    Args:
        part: its weights and biases are replaced.
        sequences: n rows of at least one token each.
        labels: (n,), int64.
        seed: of the division into folds.
    """
    features = ngram_features(part, sequences)
    scores = np.zeros((len(labels), part.weight.shape[1]), dtype=np.float32)
    folds = _folds(labels, NUM_FOLDS if len(labels) < MANY_ROWS else FOLDS_OF_MANY, seed)
    for fold in np.unique(folds):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(inside):
            weight, bias = _fit(features[inside], labels[inside], scores.shape[1])
            scores[outside] = features[outside] @ weight + bias
    weight, bias = _fit(features, labels, scores.shape[1])
    part.weight.copy_(torch.from_numpy(weight))
    part.bias.copy_(torch.from_numpy(bias))
    return NgramFit(scores, float((most_probable(scores) == labels).mean()))


def ngram_features(part: NgramScores, sequences: TokenSequences) -> "csr_array":
    """Return how much of each n-gram there is in each row: (n, num_buckets), float32.

    What a row has of a bucket is the number of its n-grams there, over the root of the number of all of that kind.
    """
    from scipy.sparse import coo_array

    rows, buckets, shares = [], [], []
    for batch in batches_by_length(sequences.lengths, BATCH_SIZE):
        for kind in part.kinds(torch.from_numpy(sequences.batch(batch))):
            row, place = kind.present.nonzero(as_tuple=True)
            rows.append(batch[row.numpy()])
            buckets.append(kind.buckets[row, place].numpy())
            shares.append(kind.present.sum(dim=1).rsqrt()[row].numpy())
    index = (np.concatenate(rows), np.concatenate(buckets))
    return coo_array((np.concatenate(shares), index), shape=(len(sequences), part.num_buckets)).tocsr()


def _fit(
    features: "csr_array", labels: NDArray[np.int64], num_classes: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights, (num_buckets, num_classes), and biases, (num_classes,), of logistic regression on TF-IDF."""
    from scipy.sparse import csr_array
    from sklearn.linear_model import LogisticRegression

    weight = np.zeros((features.shape[1], num_classes), dtype=np.float32)
    # Few rows leave most buckets empty, and each costs the solver as much as one that is not.
    used, places, occurrences = np.unique(features.indices, return_inverse=True, return_counts=True)
    features = csr_array((features.data, places, features.indptr), shape=(features.shape[0], len(used)))
    rarity = (np.log((1 + features.shape[0]) / (1 + occurrences)) + 1.0).astype(np.float32)
    weighted = features.multiply(rarity).tocsr()
    scale = 1 / np.sqrt(weighted.multiply(weighted).sum(axis=1).mean())
    weighted.data *= np.float32(scale)
    present, counts = np.unique(labels, return_counts=True)
    bias = np.full(num_classes, -np.log(len(labels) + 1.0), dtype=np.float32)
    bias[present] = np.log(counts / len(labels))
    if len(present) > 1:
        classifier = LogisticRegression(C=INVERSE_PENALTY, max_iter=MAX_ITERATIONS, tol=TOLERANCE)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of many classes, and of a fit that has not quite converged
            classifier.fit(weighted, labels)
        coefficients, intercepts = classifier.coef_, classifier.intercept_
        if len(present) == 2:
            coefficients, intercepts = (np.concatenate([-part, part]) / 2 for part in (coefficients, intercepts))
        weight[np.ix_(used, present)] = coefficients.T * (rarity * np.float32(scale))[:, None]
        bias[present] = intercepts
    return weight, bias


def _folds(labels: NDArray[np.int64], num_folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of each row, (n,), so that every class is spread over the folds."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    by_label = shuffled[np.argsort(labels[shuffled], kind="stable")]
    folds = np.empty(len(labels), dtype=np.int64)
    folds[by_label] = np.arange(len(labels)) % num_folds
    return folds
