"""Dropout for recurrent networks: whole tokens, one mask per sentence, and recurrent weights."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class TokenDropout(nn.Module):
    """Replace whole tokens by `<unk>`, so that no single word dominates and `<unk>` gets trained.

    Source: Iyyer et al. 2015, "Deep unordered composition rivals syntactic methods", section 2.3.
    """

    def __init__(self, probability: float, unknown_id: int = 0) -> None:
        super().__init__()
        self.probability = probability
        self.unknown_id = unknown_id

    def forward(self, input_ids: Tensor) -> Tensor:
        """Return `input_ids` of the same shape; unchanged outside training."""
        if not self.training or self.probability == 0.0:
            return input_ids
        dropped = torch.rand(input_ids.shape, device=input_ids.device) < self.probability
        return input_ids.masked_fill(dropped, self.unknown_id)


class VariationalDropout(nn.Module):
    """Drop the same features at every step of a sequence.

    Source: Gal and Ghahramani 2016, "A theoretically grounded application of dropout in recurrent neural networks".
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, states: Tensor) -> Tensor:
        """Return `states`, (batch, time, features), with one mask per row; unchanged outside training."""
        if not self.training or self.probability == 0.0:
            return states
        mask = states.new_empty(states.shape[0], 1, states.shape[2]).bernoulli_(1.0 - self.probability)
        return states * mask.div_(1.0 - self.probability)


class WeightDropout(nn.Module):
    """Drop single recurrent weights, the same for every step and row of a batch (DropConnect).

    Source: Merity et al. 2018, "Regularizing and optimizing LSTM language models", section 2.
    """

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, weight: Tensor) -> Tensor:
        """Return `weight` of the same shape; unchanged outside training."""
        return functional.dropout(weight, self.probability, self.training)
