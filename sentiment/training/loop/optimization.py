"""The schedule of the learning rate, and the moving average of the weights."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from sentiment.config import TrainingConfig


def learning_rate(config: TrainingConfig, progress: float) -> float:
    """Return the learning rate at a point of the training: linear warm-up, then the decay of the schedule.

    Args:
        config: gives the peak rate, the schedule and the warm-up fraction.
        progress: rows seen, including half of the current batch, over all rows of all epochs; in [0, 1].
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

    The decay rises towards its value over the first steps, as (1 + step) / (10 + step), so that the random start is
    soon forgotten.

    Sources: Polyak and Juditsky 1992; the warm-up of the decay is TensorFlow's `ExponentialMovingAverage`.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.parameters = dict(model.named_parameters())
        self.averages = {name: parameter.detach().clone() for name, parameter in self.parameters.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Include the weights after step `step`, counted from 0."""
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(list(self.averages.values()), list(self.parameters.values()), 1.0 - decay)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Put the averages into the model within the block; restore its own weights at the end."""
        own = {name: parameter.data for name, parameter in self.parameters.items()}
        try:
            self._assign(self.averages)
            yield
        finally:
            self._assign(own)

    def _assign(self, weights: dict[str, Tensor]) -> None:
        for name, parameter in self.parameters.items():
            parameter.data = weights[name]
