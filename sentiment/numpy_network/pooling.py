"""Pooling in numpy: from the states of a text to one vector, or to one for each of its beginnings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.numpy_network.cells import Array


@dataclass(frozen=True)
class Attention:
    """The weights of softmax(tanh(W h_t + b) · q).

    Attributes:
        projection: W, (size, size).
        bias: b, (size,).
        query: q, (size,).
    """

    projection: Array
    bias: Array
    query: Array

    def scores(self, states: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return tanh(W h_t + b) · q, (batch, time), of `states`, (batch, time, size)."""
        scores: NDArray[np.floating] = np.tanh(states @ self.projection.T + self.bias) @ self.query
        return scores


@dataclass(frozen=True)
class Pooling:
    """Pools the states of a text into one vector, like `sentiment.nn.Pooling`.

    Attributes:
        kinds: Concatenated in this order.
        attention: The weights of the kind `attention`, if it is one of them.
    """

    kinds: tuple[str, ...]
    attention: Attention | None

    def __call__(self, states: Array, final: Array) -> Array:
        """Pool texts of equal length: `states` (batch, time, size), `final` (batch, size)."""
        return np.concatenate([self._pool(kind, states, final) for kind in self.kinds], axis=1)

    def of_prefixes(self, states: Array) -> Array:
        """Pool the first state, the first two, and so on: (batch, time, kinds * size).

        A state may depend on itself and those before it alone, so the last of some is the final one of their text.
        """
        return np.concatenate([self._pool_prefixes(kind, states) for kind in self.kinds], axis=2)

    def _pool(self, kind: str, states: Array, final: Array) -> Array:
        if kind == "last":
            return final
        if kind == "mean":
            mean: Array = states.mean(axis=1)
            return mean
        if kind == "max":
            highest: Array = states.max(axis=1)
            return highest
        shares = self._relevance(kind, states)
        shares /= shares.sum(axis=1, keepdims=True)
        weighed: Array = (shares[:, :, np.newaxis] * states).sum(axis=1)
        return weighed

    def _pool_prefixes(self, kind: str, states: Array) -> Array:
        if kind == "last":
            return states
        if kind == "max":
            return np.maximum.accumulate(states, axis=1)
        if kind == "mean":
            shares = np.ones((*states.shape[:2], 1))
        else:
            shares = self._relevance(kind, states.astype(np.float64))[:, :, np.newaxis]
        weighed: Array = (np.cumsum(shares * states, axis=1) / np.cumsum(shares, axis=1)).astype(np.float32)
        return weighed

    def _relevance(self, kind: str, states: NDArray[np.floating]) -> NDArray[np.floating]:
        """Return exp(score) of each state, (batch, time), up to a factor of each text."""
        if self.attention is None:
            raise ValueError(f"unknown pooling {kind!r}")
        scores = self.attention.scores(states)
        relevance: NDArray[np.floating] = np.exp(scores - scores.max(axis=1, keepdims=True))
        return relevance
