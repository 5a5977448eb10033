"""The linear n-gram model next to a network: fitted by logistic regression before the first step.

What it answers to a training row is learned from other rows (Wolpert 1992, "Stacked generalization"). So the network
that is trained beside it meets it as unsure as any new text will.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from sentiment.metrics import log_loss
from sentiment.nn import NgramScores
from sentiment.probabilities import most_probable, softmax
from sentiment.text.batches import batches_by_length
from sentiment.text.sequences import TokenSequences, offsets_of, ragged_positions
from sentiment.training.probing.folds import number_texts, spread_over_folds

if TYPE_CHECKING:
    from scipy.sparse import csr_array

BATCH_SIZE = 256
INVERSE_PENALTIES = (4.0, 16.0, 64.0)
"""scikit-learn's C, for vectors whose length is about 1: opinions want the first, many subjects the last."""

CLEARLY_LESS = 0.99
"""Share of a log loss below which another is less by more than chance."""

WORD_SCALES = (0.3, 1.0)
"""Lengths of the vectors of words, where those of characters have 1."""

MAX_ROWS_TO_CHOOSE = 20_000
"""Rows to choose one of them by."""

MANY_CLASSES, ENOUGH_IN_A_FOLD = 12, 400
"""From so many on, one fold of so many rows chooses: a fit takes as long as there are weights, some for each class."""

MANY_ROWS = 50_000
NUM_FOLDS, FOLDS_OF_MANY = 5, 3
LEFT_OUT = -1
"""In place of a fold: a row that is fitted to by all and scored by none."""

MAX_ITERATIONS = 60
TOLERANCE = 1e-4
SMOOTHING = 0.3
"""What is added to the sums of an n-gram, in units of the vectors: few occurrences say little of the classes."""

OCCURRENCES_AT_ONCE = 2**22
"""Of n-grams, to be counted or weighted."""


@dataclass(frozen=True)
class Strength:
    """What is chosen by rows held out.

    Attributes:
        word_scale: the length of the vectors of words.
        inverse_penalty: scikit-learn's C.
    """

    word_scale: float
    inverse_penalty: float = INVERSE_PENALTIES[0]


@dataclass(frozen=True)
class NgramRows:
    """Rows to fit n-grams to.

    Attributes:
        features: (n, used buckets), as from `ngram_features`, without the columns of other buckets.
        labels: (n,), int64.
        texts: (n,), int64, equal for equal texts.
        num_classes: of the labels.
        first_word: the first column of words.
    """

    features: "csr_array"
    labels: NDArray[np.int64]
    texts: NDArray[np.int64]
    num_classes: int
    first_word: int

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, rows: NDArray[np.int64]) -> "NgramRows":
        """Return some of the rows, with copies of their features."""
        return replace(self, features=self.features[rows], labels=self.labels[rows], texts=self.texts[rows])

    def folds(self, seed: int) -> NDArray[np.int64]:
        """Return the fold of each row, (n,); equal texts are in one."""
        num_folds = NUM_FOLDS if len(self) < MANY_ROWS else FOLDS_OF_MANY
        return spread_over_folds(self.labels, self.texts, num_folds, seed)


@dataclass(frozen=True)
class NgramFit:
    """What a linear model of n-grams answers to its own training rows.

    Attributes:
        num_rows: that it was fitted on.
        scores: (n, num_classes), float32, each row's by a fit on others; None where that was not asked for.
        num_scored: rows that were scored by a fit on others.
        accuracy: of these scores.
    """

    num_rows: int
    scores: NDArray[np.float32] | None
    num_scored: int
    accuracy: float

    def summary(self) -> str:
        """Tell people how good it is, on one line."""
        some = "" if self.num_scored == self.num_rows else f" on {self.num_scored:,} of them"
        return f"n-grams fitted on {self.num_rows:,} rows: accuracy {self.accuracy:.1%} by cross-validation{some}"


def fit_ngrams(
    part: NgramScores, sequences: TokenSequences, labels: NDArray[np.int64], seed: int, *, cross_fit: bool = True
) -> NgramFit:
    """Fit the weights to rows, as TF-IDF with multinomial logistic regression does, and put them into the network.

    The weight of words relative to characters is chosen by the log loss of held-out rows: it is higher in languages
    that put spaces between words and do not inflect them much. So is the penalty: what a text is about, a few n-grams
    tell for sure; what it feels, many tell a little.

    Args:
        part: its weights and biases are replaced.
        sequences: n rows of at least one token each.
        labels: (n,), int64.
        seed: of the division into folds.
        cross_fit: whether all rows are scored, rather than those that the choice is made by.
    """
    features, used = _without_empty_columns(ngram_features(part, sequences))
    first_word = int(np.searchsorted(used, part.num_character_buckets))
    rows = NgramRows(features, labels, number_texts(sequences), len(part.bias), first_word)
    few = np.random.default_rng(seed).permutation(len(labels))[:MAX_ROWS_TO_CHOOSE]
    with threadpool_limits(1):  # the solver's threads wait for each other longer than they compute
        scales = WORD_SCALES if 0 < first_word < len(used) else (1.0,)
        strength, scores, is_scored = _choose(rows.select(few), scales, seed)
        scored, scores = few[is_scored], scores[is_scored]
        if cross_fit and len(scored) < len(labels):
            scored = np.arange(len(labels))
            scores = _cross_fit(rows, strength, rows.folds(seed))
        weight, bias = _fit(rows, strength)
    part.weight.zero_()
    part.weight[torch.from_numpy(used)] = torch.from_numpy(weight[:, 1:] - weight[:, :1])
    part.bias.copy_(torch.from_numpy(bias))
    accuracy = float((most_probable(scores) == labels[scored]).mean())
    return NgramFit(len(labels), scores[np.argsort(scored)] if cross_fit else None, len(scored), accuracy)


def _choose(
    rows: NgramRows, scales: Sequence[float], seed: int
) -> tuple[Strength, NDArray[np.float32], NDArray[np.bool_]]:
    """Return the strength with the least log loss, what it answers to rows by fits on others, and to which it does."""
    folds = rows.folds(seed)
    first = folds == folds.min()
    if rows.num_classes >= MANY_CLASSES and first.sum() >= ENOUGH_IN_A_FOLD:
        folds = np.where(first, folds, LEFT_OUT)
    is_scored = folds != LEFT_OUT

    def loss(scores: NDArray[np.float32], part: NDArray[np.bool_]) -> float:
        return log_loss(rows.labels[part], softmax(scores[part]))

    found = {Strength(scale): _cross_fit(rows, Strength(scale), folds) for scale in scales}
    best = min(found, key=lambda strength: loss(found[strength], is_scored))
    scores = found[best]
    # One fold tells first, at a fifth of the cost, whether a weaker penalty may be better.
    parts = (first,) if first.sum() == is_scored.sum() else (first, is_scored)
    for inverse_penalty in INVERSE_PENALTIES[1:]:
        weaker = replace(best, inverse_penalty=inverse_penalty)
        for part in parts:
            answers = _cross_fit(rows, weaker, np.where(part, folds, LEFT_OUT))
            if loss(answers, part) > CLEARLY_LESS * loss(scores, part):
                return best, scores, is_scored
        best, scores = weaker, answers
    return best, scores, is_scored


def _cross_fit(rows: NgramRows, strength: Strength, folds: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the scores of each row, (n, num_classes), by a fit on rows of other folds; 0 for those of `LEFT_OUT`."""
    scores = np.zeros((len(rows), rows.num_classes), dtype=np.float32)
    for fold in np.unique(folds[folds != LEFT_OUT]):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(inside):
            weight, bias = _fit(rows.select(inside), strength)
            scores[outside] = rows.features[outside] @ weight + bias
    return scores


def ngram_features(part: NgramScores, sequences: TokenSequences) -> "csr_array":
    """Return how much of each n-gram there is in each row: (n, num_buckets), float32.

    What a row has of a bucket is the number of its n-grams there, over the root of the number of all of that kind.
    """
    from scipy.sparse import coo_array, csr_array

    parts: list[tuple[NDArray[np.int64], csr_array]] = []
    counts = np.zeros(len(sequences), dtype=np.int64)
    # Batch by batch: all occurrences of n-grams at once take several times the memory of the matrix.
    for batch in batches_by_length(sequences.lengths, BATCH_SIZE):
        rows, buckets, shares = [], [], []
        for kind in part.kinds(torch.from_numpy(sequences.batch(batch))):
            row, place = kind.present.nonzero(as_tuple=True)
            rows.append(row.numpy())
            buckets.append(kind.buckets[row, place].numpy())
            shares.append(kind.present.sum(dim=1).rsqrt()[row].numpy())
        index = (np.concatenate(rows), np.concatenate(buckets))
        of_batch = coo_array((np.concatenate(shares), index), shape=(len(batch), part.num_buckets)).tocsr()
        counts[batch] = np.diff(of_batch.indptr)
        parts.append((batch, of_batch))
    offsets = offsets_of(counts)
    indices, data = np.empty(offsets[-1], dtype=np.int32), np.empty(offsets[-1], dtype=np.float32)
    while parts:
        batch, of_batch = parts.pop()
        positions = ragged_positions(offsets[batch], counts[batch])
        indices[positions], data[positions] = of_batch.indices, of_batch.data
    return csr_array((data, indices, offsets), shape=(len(sequences), part.num_buckets))


def _without_empty_columns(features: "csr_array") -> tuple["csr_array", NDArray[np.int64]]:
    """Return the columns that hold something, and their numbers: few rows leave most empty, and each costs time.

    The features are overwritten: there may be no memory for them twice.
    """
    from scipy.sparse import csr_array

    is_used = np.zeros(features.shape[1], dtype=np.bool_)
    is_used[features.indices] = True
    used = np.flatnonzero(is_used)
    if len(used) == len(is_used):
        return features, used
    places = (np.cumsum(is_used) - 1).astype(features.indices.dtype)
    for some in _slices(len(features.data)):
        features.indices[some] = places[features.indices[some]]
    return csr_array((features.data, features.indices, features.indptr), shape=(features.shape[0], len(used))), used


def _fit(rows: NgramRows, strength: Strength) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights, (columns, num_classes), and biases, (num_classes,), of logistic regression on TF-IDF.

    Each column is multiplied by how far it tells the classes apart by itself, see `_contrasts`. The features are
    overwritten: there may be no memory for them twice.
    """
    from sklearn.linear_model import LogisticRegression

    labels, num_classes = rows.labels, rows.num_classes
    weight = np.zeros((rows.features.shape[1], num_classes), dtype=np.float32)
    features, used = _without_empty_columns(rows.features)
    occurrences, squares = _occurrences_and_squares(features)
    factors = np.log((1 + len(labels)) / (1 + occurrences)) + 1.0
    kinds = ((used < rows.first_word, 1.0), (used >= rows.first_word, strength.word_scale))
    _set_lengths(factors, squares / len(labels), kinds)
    factors *= _contrasts(features, labels, factors)
    _set_lengths(factors, squares / len(labels), kinds)
    factors = factors.astype(np.float32)
    for some in _slices(len(features.data)):
        features.data[some] *= factors[features.indices[some]]
    present, counts = np.unique(labels, return_counts=True)
    bias = np.full(num_classes, -np.log(len(labels) + 1.0), dtype=np.float32)
    bias[present] = np.log(counts / len(labels))
    if len(present) > 1:
        classifier = LogisticRegression(C=strength.inverse_penalty, max_iter=MAX_ITERATIONS, tol=TOLERANCE)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of many classes, and of a fit that has not quite converged
            classifier.fit(features, labels)
        coefficients, intercepts = classifier.coef_, classifier.intercept_
        if len(present) == 2:
            coefficients, intercepts = (np.concatenate([-part, part]) / 2 for part in (coefficients, intercepts))
        weight[np.ix_(used, present)] = coefficients.T * factors[:, None]
        bias[present] = intercepts
    return weight, bias


def _set_lengths(
    factors: NDArray[np.float64], squares: NDArray[np.float64], kinds: Sequence[tuple[NDArray[np.bool_], float]]
) -> None:
    """Scale the factors of each kind, so that the root of the mean square of its vectors' lengths is as given."""
    for kind, length in kinds:
        found = np.sqrt((squares * factors**2)[kind].sum())
        factors[kind] *= length / (found or 1.0)


def _contrasts(features: "csr_array", labels: NDArray[np.int64], factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each column tells the classes apart by itself, (columns,).

        sqrt(mean over classes of |r|), r = log(p / |p|) - log(q / |q|)

    p is the sum of the vectors of a class, q that of all others, both plus `SMOOTHING`. The penalty then lets a weight
    grow where r is large. Source: Wang and Manning 2012, "Baselines and bigrams", who take r itself, of two classes.

    Args:
        features: (n, columns).
        labels: (n,), int64.
        factors: (columns,), of the features.
    """
    from scipy.sparse import csr_array

    present, numbers = np.unique(labels, return_inverse=True)
    places = (np.ones(len(labels), dtype=np.float32), (numbers, np.arange(len(labels))))
    by_class = csr_array(places, shape=(len(present), len(labels))) @ features
    total = by_class.sum(axis=0) * factors
    sizes = np.zeros(len(factors))
    for number in range(len(present)):  # of many classes, one row after the other takes less memory
        own = by_class[[number]].toarray()[0] * factors
        sizes += np.abs(_log_shares(own) - _log_shares(total - own))
    contrasts: NDArray[np.float64] = np.sqrt(sizes / len(present))
    return contrasts


def _log_shares(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    smoothed = np.maximum(sums, 0.0) + SMOOTHING  # a difference of sums may round to below 0
    logarithms: NDArray[np.float64] = np.log(smoothed / smoothed.sum())
    return logarithms


def _occurrences_and_squares(features: "csr_array") -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return in how many rows each column occurs, and the sum of the squares of its shares, (columns,)."""
    num_columns = features.shape[1]
    occurrences, squares = np.zeros(num_columns, dtype=np.int64), np.zeros(num_columns)
    for some in _slices(len(features.data)):  # bincount copies its input twice, in 64 bits
        occurrences += np.bincount(features.indices[some], minlength=num_columns)
        squares += np.bincount(features.indices[some], np.square(features.data[some]), minlength=num_columns)
    return occurrences, squares


def _slices(number: int) -> Iterator[slice]:
    return (slice(begin, begin + OCCURRENCES_AT_ONCE) for begin in range(0, number, OCCURRENCES_AT_ONCE))
