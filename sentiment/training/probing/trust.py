"""How far two parts of a model are trusted: the factors of their scores, learned on rows that neither was fitted on."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from sentiment.metrics import log_loss
from sentiment.nn import NgramScores, RecurrentClassifier
from sentiment.probabilities import softmax
from sentiment.training.loop.answers import scores_by
from sentiment.training.loop.rows import LabelledSequences

PRIOR_ROWS = 20.0
"""How many rows what is believed of the factors outweighs, where each such row would move one by about 1.

The rows may have chosen the epoch, too, and then make the network seem better than it is.
"""

LEAST, MOST = 0.0, 3.0


def fit_trust(
    parts: NDArray[np.float64],
    labels: NDArray[np.int64],
    *,
    believed: tuple[float, ...],
    fixed: NDArray[np.float64] | None = None,
    prior_rows: float = PRIOR_ROWS,
) -> NDArray[np.float64]:
    """Return the factors f at which softmax(Σ_k f_k parts_k + fixed) has the least log loss, with a prior.

    Source: Wolpert 1992, "Stacked generalization".

    Args:
        parts: (num_parts, n, classes), the scores of each part.
        labels: (n,), int64, the true classes.
        believed: of each part, the factor that few rows leave it with.
        fixed: (n, classes), scores that are taken as they are.
        prior_rows: how many rows `believed` outweighs.

    Returns:
        (num_parts,), each from `LEAST` to `MOST`.
    """
    from scipy.optimize import minimize

    prior = np.array(believed)
    of_truth = parts[:, np.arange(len(labels)), labels]

    def loss_and_slope(factors: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = np.tensordot(factors, parts, axes=1) + (0.0 if fixed is None else fixed)
        probabilities = softmax(logits)
        loss = len(labels) * log_loss(labels, probabilities) + prior_rows / 2 * np.square(factors - prior).sum()
        slope = ((probabilities * parts).sum(axis=2) - of_truth).sum(axis=1) + prior_rows * (factors - prior)
        return float(loss), slope

    found = minimize(loss_and_slope, prior, jac=True, method="L-BFGS-B", bounds=[(LEAST, MOST)] * len(parts))
    factors: NDArray[np.float64] = found.x
    return factors


@torch.no_grad()
def scale_parts(model: RecurrentClassifier, network: float, ngrams: float) -> None:
    """Multiply the scores of the recurrent network and of the n-grams by a factor each."""
    if model.ngrams is None:
        raise ValueError("the model has no n-grams")
    scale_scores(model.output, network)
    scale_scores(model.ngrams, ngrams)


@torch.no_grad()
def scale_scores(part: nn.Linear | NgramScores, factor: float) -> None:
    """Multiply the scores of a part by a factor."""
    part.weight.mul_(factor)
    part.bias.mul_(factor)


def weigh_parts(model: RecurrentClassifier, rows: LabelledSequences, *, is_pretrained: bool) -> str:
    """Scale the recurrent network and the n-grams by how far each is trusted.

    Args:
        model: with n-grams; its output layer and their weights are multiplied.
        rows: that neither was fitted on.
        is_pretrained: whether the network started from an encoder; otherwise few rows leave it with a factor of 0,
            as a network trained on some hundreds of rows often does harm.

    Returns:
        What was found, for people.
    """
    if model.ngrams is None:
        raise ValueError("the model has no n-grams")
    parts = [scores_by(part, model, rows.sequences) for part in (model.network_logits, model.ngrams)]
    believed = (1.0, 1.0) if is_pretrained else (0.0, 1.0)
    network, ngrams = fit_trust(np.array(parts, dtype=np.float64), rows.labels, believed=believed)
    scale_parts(model, network, ngrams)
    return f"scores of the network count {network:.2f} times, those of n-grams {ngrams:.2f} times"
