"""How weights move: the optimiser, the schedule of its rate, and the moving average of the weights."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from sentiment.config import TrainingConfig

RATE_FACTOR = "rate_factor"
"""The key of a group of parameters under which its share of the learning rate stands."""

ENCODER_PREFIXES = ("embedding.", "encoder.")


def build_optimizer(model: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """Make the optimiser that the config names, over all of the model's parameters.

    Embedding and encoder, and what stands above them, are two groups where their rates differ (Howard and Ruder 2018,
    "Universal language model fine-tuning for text classification", section 3.2).
    """
    parameters: list[Any] = list(model.parameters())
    if config.encoder_learning_rate_factor != 1.0:
        lower = [parameter for name, parameter in model.named_parameters() if name.startswith(ENCODER_PREFIXES)]
        upper = [parameter for name, parameter in model.named_parameters() if not name.startswith(ENCODER_PREFIXES)]
        parameters = [{"params": lower, RATE_FACTOR: config.encoder_learning_rate_factor}, {"params": upper}]
    rate, decay = config.learning_rate, config.weight_decay
    match config.optimizer:
        case "adamw":
            return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, fused=True)
        case "adam":
            return torch.optim.Adam(parameters, lr=rate, weight_decay=decay, fused=True)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=rate, weight_decay=decay, momentum=config.momentum)
        case "sgd":
            return torch.optim.SGD(parameters, lr=rate, weight_decay=decay, momentum=config.momentum)


def learning_rate(config: TrainingConfig, progress: float) -> float:
    """Return the rate after a share of the training: a linear rise, then the fall that the schedule names.

    Args:
        config: names the highest rate, the schedule and the share of warm-up.
        progress: rows seen, half of the batch among them, over all rows of all epochs; in [0, 1].
    """
    if progress < config.warmup_fraction:
        return config.learning_rate * progress / config.warmup_fraction
    remaining = (1.0 - progress) / (1.0 - config.warmup_fraction)
    match config.schedule:
        case "constant":
            return config.learning_rate
        case "linear":
            return config.learning_rate * remaining
        case "cosine":
            return config.learning_rate * 0.5 * (1.0 - math.cos(math.pi * remaining))


class WeightAverage:
    """The exponential moving average of a model's weights: flatter minima, steadier answers.

    The decay rises from 0 to its value over the first steps, (1 + step) / (10 + step), so that the random start is
    forgotten soon.

    Sources: Polyak and Juditsky 1992; the warm-up of the decay is TensorFlow's `ExponentialMovingAverage`.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.parameters = dict(model.named_parameters())
        self.averages = {name: parameter.detach().clone() for name, parameter in self.parameters.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the weights after step `step`, counted from 0."""
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.averages.values()), list(self.parameters.values()), 1.0 - decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Lend the averages to the model; its own weights come back at the end."""
        own = {name: parameter.data for name, parameter in self.parameters.items()}
        try:
            self._assign(self.averages)
            yield
        finally:
            self._assign(own)

    def _assign(self, weights: dict[str, Tensor]) -> None:
        for name, parameter in self.parameters.items():
            parameter.data = weights[name]
