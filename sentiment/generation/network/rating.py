"""The ratings that an encoder predicts for texts, with its ordinal head."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.config import ModelConfig
from sentiment.generation.network.weights import WeightsFile
from sentiment.numpy_network.cells import Array
from sentiment.numpy_network.encoder import Encoder
from sentiment.numpy_network.pooling import Attention, Pooling


@dataclass(frozen=True)
class RatingModel:
    """Embedding, whole encoder, pooling and the ordinal head: P(grade <= k) = σ(θ_k - w · v).

    Attributes:
        embedding: (vocab_size, embedding_size).
        encoder: in both directions.
        pooling: of the states into v.
        direction: w, (pooled,).
        thresholds: θ, (grades - 1,), ascending.
    """

    embedding: Array
    encoder: Encoder
    pooling: Pooling
    direction: Array
    thresholds: NDArray[np.float64]

    @classmethod
    def read(
        cls, weights: WeightsFile, config: ModelConfig, embedding: Array, encoder: Encoder, num_grades: int
    ) -> "RatingModel":
        """Take the weights of the rating head.

        Raises:
            ModelDirectoryError: there are none, or they are for another number of grades.
        """
        size = config.hidden_size * encoder.num_directions
        first = weights.take("rating.first_threshold", 1).astype(np.float64)
        steps = np.exp(weights.take("rating.log_steps", num_grades - 2).astype(np.float64))
        thresholds = np.concatenate([first, first + steps.cumsum()])
        direction = weights.take("rating.direction.weight", 1, size * len(config.pooling))[0]
        return cls(embedding, encoder, _read_pooling(weights, config, size), direction, thresholds)

    def probabilities(self, texts: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """Return the probability of each grade, (texts, grades); NaN for a text without tokens."""
        grades = np.full((len(texts), len(self.thresholds) + 1), np.nan)
        lengths = np.array([len(text) for text in texts])
        for length in np.unique(lengths[lengths > 0]):
            rows = np.flatnonzero(lengths == length)
            batch = np.array([texts[row] for row in rows.tolist()])
            placed = self.pooling(*self.encoder.states(self.embedding[batch])) @ self.direction
            cumulative = 1.0 / (1.0 + np.exp(np.clip(placed[:, np.newaxis] - self.thresholds, -700.0, 700.0)))
            grades[rows] = np.diff(cumulative, axis=1, prepend=0.0, append=1.0)
        return grades


def _read_pooling(weights: WeightsFile, config: ModelConfig, size: int) -> Pooling:
    """Take the weights of a pooling over states of the given size."""
    if "attention" not in config.pooling:
        return Pooling(config.pooling, None)
    projection = weights.take("pooling.attention.projection.weight", size, size)
    bias = weights.take("pooling.attention.projection.bias", size)
    query = weights.take("pooling.attention.query.weight", 1, size)[0]
    return Pooling(config.pooling, Attention(projection, bias, query))
