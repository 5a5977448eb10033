"""The direction from bad to good in an encoder's vectors, learned from star ratings once it is pretrained.

A rating head places all grades on one line while the encoder still moves and noise is on; most reviews are good, so it
spends its direction on the difference between eight stars and ten. Logistic regression of the low grades against the
high ones, both weighing alike, on the finished encoder without noise, tells bad from good much better. Whoever then
brings twenty labels need not learn it from them.
"""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.nn.text_encoder import TextEncoder
from sentiment.text.sequences import TokenSequences
from sentiment.training.loop.answers import pooled_vectors
from sentiment.training.probing.readout import Direction, ReadoutRows, fit_readout

WEIGHT_NAME = "polarity.weight"
BIAS_NAME = "polarity.bias"

LOW_SHARE, HIGH_SHARE = 0.4, 0.2
"""Of the grades, how many from below are bad, and from above good: of ten stars 1 to 4 and 9 to 10, of five 1, 2 and 5.
People who like a film give many; 7 of 10 mixes praise and blame, and costs a point of accuracy."""

ROWS_A_SIDE = 20_000
STRENGTH = 1.0
"""Prior variance of the weights, as of `readout`; 10 loses half a point on reviews of another source."""

# Keeps this draw apart from all others of the same seed.
_STREAM = 0x706F_6C61


def fit_polarity(
    network: TextEncoder, sequences: TokenSequences, grades: NDArray[np.int64], *, num_grades: int, seed: int
) -> Direction | None:
    """Fit the direction on texts of low and of high grades, 20,000 of each at most.

    Args:
        network: pretrained; it answers without noise here.
        sequences: n texts of at least one token each.
        grades: (n,), counted from 0, below 0 where a text has none.
        num_grades: grades that there are.
        seed: of the choice among more texts.

    Returns:
        None where one side has no text.
    """
    first_good = num_grades - max(1, int(HIGH_SHARE * num_grades))
    first_mixed = min(first_good, max(1, int(LOW_SHARE * num_grades)))
    sides = [np.flatnonzero((grades >= 0) & (grades < first_mixed)), np.flatnonzero(grades >= first_good)]
    if not all(map(len, sides)):
        return None
    rng = np.random.default_rng([seed, _STREAM])
    rows = np.concatenate([rng.permutation(side)[:ROWS_A_SIDE] for side in sides])
    good = (grades[rows] >= first_good).astype(np.int64)
    readout = fit_readout(ReadoutRows(pooled_vectors(network, sequences, rows), good, 2), STRENGTH, balanced=True)
    return Direction(readout.weight[1] - readout.weight[0], float(readout.bias[1] - readout.bias[0]))


def polarity_tensors(direction: Direction | None) -> dict[str, Tensor]:
    """Return a direction as weights of an encoder directory; none for None."""
    if direction is None:
        return {}
    return {WEIGHT_NAME: torch.from_numpy(direction.weight)[None], BIAS_NAME: torch.tensor([direction.bias])}


def stored_polarity(weights: Mapping[str, Tensor], size: int) -> Direction | None:
    """Return the direction among the weights of an encoder, or None where it has none for vectors of `size`."""
    weight, bias = weights.get(WEIGHT_NAME), weights.get(BIAS_NAME)
    if weight is None or bias is None or weight.shape != (1, size):
        return None
    return Direction(weight[0].numpy(), float(bias))
