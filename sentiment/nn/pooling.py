"""Pooling: from the states of a sequence to one vector."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class AttentionPooling(nn.Module):
    """Weights the states by their content: u_t = tanh(W h_t + b), α = softmax(u_t · q), Σ α_t h_t.

    Source: Yang et al. 2016, "Hierarchical attention networks for document classification", equations 5 to 7.
    """

    def __init__(self, state_size: int) -> None:
        super().__init__()
        self.projection = nn.Linear(state_size, state_size)
        self.query = nn.Linear(state_size, 1, bias=False)

    def weights(self, states: Tensor) -> Tensor:
        """Return α, (batch, time), positive, summing to 1 over time, of `states`, (batch, time, state_size)."""
        scores: Tensor = self.query(torch.tanh(self.projection(states)))
        return scores.squeeze(2).softmax(dim=1)

    def forward(self, states: Tensor) -> Tensor:
        """Return the weighted mean, (batch, state_size), of `states`, (batch, time, state_size)."""
        return (self.weights(states).unsqueeze(2) * states).sum(dim=1)


class Pooling(nn.Module):
    """Pools a sequence's states into one vector; several kinds are concatenated in order.

    `last` is the state after the last token in each direction, which for the backward half is the first token.
    """

    def __init__(self, kinds: Sequence[str], state_size: int) -> None:
        super().__init__()
        self.kinds = tuple(kinds)
        self.output_size = len(self.kinds) * state_size
        if "attention" in self.kinds:
            self.attention = AttentionPooling(state_size)

    def forward(self, states: Tensor, final: Tensor) -> Tensor:
        """Pool sequences of equal length.

        Args:
            states: (batch, time, state_size).
            final: (batch, state_size), the final state of each direction.

        Returns:
            (batch, output_size).
        """
        return torch.cat([self._pool(kind, states, final) for kind in self.kinds], dim=1)

    def _pool(self, kind: str, states: Tensor, final: Tensor) -> Tensor:
        match kind:
            case "last":
                return final
            case "mean":
                return states.mean(dim=1)
            case "max":
                return states.amax(dim=1)
            case "attention":
                pooled: Tensor = self.attention(states)
                return pooled
            case _:
                raise ValueError(f"unknown pooling {kind!r}")
