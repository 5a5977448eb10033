"""The optimisers: how a gradient updates the weights, and the state kept between steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim.adam import adam
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

from sentiment.config import TrainingConfig

ENCODER_PREFIXES = ("embedding.", "encoder.")

STATE_KEYS = {
    "adamw": ("exp_avg", "exp_avg_sq", "step"),
    "adam": ("exp_avg", "exp_avg_sq", "step"),
    "rmsprop": ("square_avg", "momentum_buffer", "step"),
    "sgd": ("momentum_buffer",),
}
"""The state that each optimiser keeps per parameter: tensors of its shape, and the number of its steps."""


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that share a learning rate.

    Attributes:
        numbers: of the parameters; they name their state in a checkpoint.
        parameters: the parameters.
        rate_factor: multiplies the learning rate.
    """

    numbers: Sequence[int]
    parameters: Sequence[nn.Parameter]
    rate_factor: float = 1.0


class Optimizer:
    """AdamW, Adam, RMSprop or SGD, by torch's functions for one step.

    torch's own optimiser classes import its compiler at the first step, which takes two seconds and is not needed here.

    Embedding and encoder, and the layers above, are two groups where their rates differ (Howard and Ruder 2018,
    "Universal language model fine-tuning for text classification", section 3.2).
    """

    def __init__(self, model: nn.Module, config: TrainingConfig) -> None:
        self._config = config
        self._groups = _groups(model, config.encoder_learning_rate_factor)
        self._state: dict[int, dict[str, Tensor]] = {}

    def zero_grad(self) -> None:
        """Clear the gradients."""
        for group in self._groups:
            for parameter in group.parameters:
                parameter.grad = None

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Update every parameter that has a gradient."""
        for group in self._groups:
            moved = [
                (number, parameter)
                for number, parameter in zip(group.numbers, group.parameters, strict=True)
                if parameter.grad is not None
            ]
            state = [self._state_of(number, parameter) for number, parameter in moved]
            self._move([parameter for _, parameter in moved], state, learning_rate * group.rate_factor)

    def tensors(self) -> dict[str, Tensor]:
        """Return the state as tensors named `<parameter number>.<key>`."""
        return {f"{number}.{key}": tensor for number, state in self._state.items() for key, tensor in state.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Restore the state that `tensors` returned.

        Raises:
            KeyError, ValueError: they are not the state of these parameters.
        """
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            owner, _, key = name.partition(".")
            state.setdefault(int(owner), {})[key] = tensor
        parameters = {
            number: parameter
            for group in self._groups
            for number, parameter in zip(group.numbers, group.parameters, strict=True)
        }
        for number, own in state.items():
            if _form(own) != _form(self._new_state(parameters[number])):
                raise ValueError(f"the optimiser's state of parameter {number} has other keys, shapes or types")
        self._state = {
            number: {key: tensor.to(parameters[number].device) for key, tensor in own.items()}
            for number, own in state.items()
        }

    def _state_of(self, number: int, parameter: nn.Parameter) -> dict[str, Tensor]:
        if number not in self._state:
            self._state[number] = self._new_state(parameter)
        return self._state[number]

    def _new_state(self, parameter: nn.Parameter) -> dict[str, Tensor]:
        kept = [key for key in STATE_KEYS[self._config.optimizer] if key != "momentum_buffer" or self._config.momentum]
        return {
            key: torch.zeros((), device=parameter.device) if key == "step" else torch.zeros_like(parameter)
            for key in kept
        }

    def _move(self, parameters: list[Tensor], state: list[dict[str, Tensor]], rate: float) -> None:
        config = self._config
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        of = {key: [own[key] for own in state if key in own] for key in STATE_KEYS[config.optimizer]}
        match config.optimizer:
            case "adamw" | "adam":
                adam(
                    parameters,
                    gradients,
                    of["exp_avg"],
                    of["exp_avg_sq"],
                    [],
                    of["step"],
                    fused=True,
                    decoupled_weight_decay=config.optimizer == "adamw",
                    amsgrad=False,
                    beta1=0.9,
                    beta2=0.999,
                    lr=rate,
                    weight_decay=config.weight_decay,
                    eps=1e-8,
                    maximize=False,
                )
            case "rmsprop":
                rmsprop(
                    parameters,
                    gradients,
                    of["square_avg"],
                    [],
                    of["momentum_buffer"],
                    of["step"],
                    lr=rate,
                    alpha=0.99,
                    eps=1e-8,
                    weight_decay=config.weight_decay,
                    momentum=config.momentum,
                    centered=False,
                )
            case "sgd":
                sgd(
                    parameters,
                    gradients,
                    [*of["momentum_buffer"]] or [None] * len(parameters),
                    lr=rate,
                    weight_decay=config.weight_decay,
                    momentum=config.momentum,
                    dampening=0.0,
                    nesterov=False,
                    maximize=False,
                )


def _form(state: Mapping[str, Tensor]) -> dict[str, tuple[torch.Size, torch.dtype]]:
    return {key: (tensor.shape, tensor.dtype) for key, tensor in state.items()}


def _groups(model: nn.Module, encoder_rate_factor: float) -> list[ParameterGroup]:
    named = list(model.named_parameters())
    if encoder_rate_factor == 1.0:
        return [ParameterGroup(range(len(named)), [parameter for _, parameter in named])]
    lower = [parameter for name, parameter in named if name.startswith(ENCODER_PREFIXES)]
    upper = [parameter for name, parameter in named if not name.startswith(ENCODER_PREFIXES)]
    return [
        ParameterGroup(range(len(lower)), lower, encoder_rate_factor),
        ParameterGroup(range(len(lower), len(named)), upper),
    ]
