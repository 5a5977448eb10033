"""Linear probing: an output layer that fits the encoder as it is, before the encoder moves.

A random output layer drags the encoder along while it finds its way, and what the encoder knew beyond the training rows
is lost. Source: Kumar et al. 2022, "Fine-tuning can distort pretrained features and underperform out-of-distribution".
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from sentiment.data import ABSENT
from sentiment.nn import RecurrentClassifier
from sentiment.probabilities import softmax
from sentiment.text.sequences import TokenSequences
from sentiment.training.loop.answers import pooled_vectors
from sentiment.training.probing.folds import number_texts
from sentiment.training.probing.readout import CrossValidation, Direction, ReadoutRows, choose_strength, fit_readout
from sentiment.training.probing.trust import fit_trust, scale_parts

OF_ENCODER, OF_RANDOM_WEIGHTS = (1.0, 0.0), (0.0, 1.0)
"""Prior factors of the network and of the n-grams: what was not pretrained has to prove its worth."""

PRIOR_ROWS = 5.0
"""How many rows they outweigh: rows by cross-validation, which have chosen nothing but the strength of the readout."""

MAX_ROWS = 20_000
MAX_ROWS_TO_CHOOSE = 4_000
"""Rows to fit on, and to cross-validate on: more take minutes and change little."""


@dataclass(frozen=True)
class Probe:
    """How an output layer was fitted, and how good it is.

    Attributes:
        num_rows: rows it was fitted on.
        strength: the prior variance that was chosen.
        cross_validation: on the training rows, or some of many; None where they are too few.
        cross_validated: (n,), int64, the positions of its rows among the sequences.
        knows_polarity: whether a direction of the encoder's was used.
        is_pretrained: whether the encoder is.
        ngrams_factor: what the weights of the n-grams were multiplied by.
    """

    num_rows: int
    strength: float
    cross_validation: CrossValidation | None
    cross_validated: NDArray[np.int64]
    knows_polarity: bool
    is_pretrained: bool = True
    ngrams_factor: float = 1.0

    def summary(self) -> str:
        """Tell people what was done, on one line."""
        direction = " and its direction from bad to good" if self.knows_polarity else ""
        vectors = f"the encoder's vectors{direction}" if self.is_pretrained else "the vectors of random weights"
        found = "too few to cross-validate"
        if self.cross_validation is not None:
            found = f"accuracy {self.cross_validation.accuracy:.1%} by cross-validation"
        return f"output layer fitted on {vectors}, {self.num_rows:,} rows: {found}"


def fit_probe(
    model: RecurrentClassifier,
    sequences: TokenSequences,
    labels: NDArray[np.int64],
    known: Direction | None,
    seed: int,
    scores: NDArray[np.float32] | None = None,
    *,
    is_final: bool = False,
    is_pretrained: bool = True,
) -> Probe:
    """Fit the output layer of a network to its own pooled vectors, without noise.

    Args:
        model: its output layer is replaced.
        sequences: n training rows of at least one token each.
        labels: (n,), int64; rows whose label is ABSENT are left out.
        known: a direction of the encoder's, if it has one.
        seed: of the choice among more rows than are needed, and of the folds.
        scores: (n, num_classes), added to the logits of the network; None for nothing.
            The output layer is then scaled to what it adds to them.
        is_final: whether no epoch follows, so that the n-grams are scaled too.
        is_pretrained: whether the encoder is; one of random weights counts for nothing until the rows show more.
    """
    labelled = np.flatnonzero(labels != ABSENT)
    rows = np.sort(np.random.default_rng(seed).permutation(labelled)[:MAX_ROWS])
    data = ReadoutRows(pooled_vectors(model, sequences, rows), labels[rows], model.output.out_features, known)
    few = np.random.default_rng(seed).permutation(len(rows))[:MAX_ROWS_TO_CHOOSE]
    chosen = choose_strength(data.select(few), number_texts(sequences)[rows[few]], seed)
    readout, found = fit_readout(data, chosen.strength), chosen.found
    with torch.no_grad():
        model.output.weight.copy_(torch.from_numpy(readout.weight))
        model.output.bias.copy_(torch.from_numpy(readout.bias))
    beside, believed = 1.0, OF_ENCODER if is_pretrained else OF_RANDOM_WEIGHTS
    if scores is not None and found is not None:
        of_rows = scores[rows[few]].astype(np.float64)
        found, network, beside = _beside(found, of_rows, believed if is_final else None)
        scale_parts(model, network, beside)
    elif scores is not None and is_final:
        network, beside = believed
        scale_parts(model, network, beside)
    return Probe(len(rows), chosen.strength, found, rows[few], known is not None, is_pretrained, beside)


def _beside(
    found: CrossValidation, scores: NDArray[np.float64], believed: tuple[float, float] | None
) -> tuple[CrossValidation, float, float]:
    """Return the answers that the output layer and scores give together, and the factors of both.

    Args:
        found: the answers of the output layer.
        scores: (n, num_classes), those beside it.
        believed: the factors that few rows leave; None where the scores count as they are.
    """
    logits = found.logits
    if believed is not None:
        network, beside = fit_trust(np.array([logits, scores]), found.labels, believed=believed, prior_rows=PRIOR_ROWS)
    else:
        [network], beside = fit_trust(logits[None], found.labels, believed=(1.0,), fixed=scores), 1.0
    return CrossValidation(found.labels, softmax(network * logits + beside * scores)), float(network), float(beside)
