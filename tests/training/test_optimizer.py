"""The optimisers move weights as torch's own classes do, bit for bit, and go on from what they kept."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from sentiment.config import TrainingConfig
from sentiment.training.loop.optimizer import Optimizer

LEARNING_RATE, WEIGHT_DECAY, MOMENTUM, ENCODER_FACTOR = 0.01, 0.1, 0.9, 0.25

TORCH: dict[str, Callable[[list[dict[str, Any]]], torch.optim.Optimizer]] = {
    "adamw": lambda groups: torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY, fused=True),
    "adam": lambda groups: torch.optim.Adam(groups, weight_decay=WEIGHT_DECAY, fused=True),
    "rmsprop": lambda groups: torch.optim.RMSprop(groups, weight_decay=WEIGHT_DECAY, momentum=MOMENTUM),
    "sgd": lambda groups: torch.optim.SGD(groups, weight_decay=WEIGHT_DECAY, momentum=MOMENTUM),
}


class Network(nn.Module):
    """An embedding and a layer above it; `unused` never gets a gradient."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embedding = nn.Embedding(5, 3)
        self.output = nn.Linear(3, 2)
        self.unused = nn.Parameter(torch.ones(2))

    def learn(self) -> None:
        self.output(self.embedding(torch.arange(5))).square().sum().backward()


def config_of(name: str, **settings: Any) -> TrainingConfig:
    return TrainingConfig.model_validate(
        {"optimizer": name, "weight_decay": WEIGHT_DECAY, "momentum": MOMENTUM, "encoder_learning_rate_factor": 0.25}
        | settings
    )


@pytest.mark.parametrize("name", TORCH)
def test_steps_are_torchs(name: str) -> None:
    ours, theirs = Network(), Network()
    optimizer = Optimizer(ours, config_of(name))
    reference = TORCH[name](
        [
            {"params": [theirs.embedding.weight], "lr": LEARNING_RATE * ENCODER_FACTOR},
            {"params": [theirs.output.weight, theirs.output.bias, theirs.unused], "lr": LEARNING_RATE},
        ]
    )
    for _ in range(5):
        for network in (ours, theirs):
            network.learn()
        optimizer.step(LEARNING_RATE)
        reference.step()
        optimizer.zero_grad()
        reference.zero_grad()
    for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(mine, its)
    assert torch.equal(ours.unused, torch.ones(2))


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("momentum", [0.0, MOMENTUM])
def test_one_that_goes_on_takes_the_same_steps(name: str, momentum: float) -> None:
    first, second = Network(), Network()
    optimizer = Optimizer(first, config_of(name, momentum=momentum))
    first.learn()
    optimizer.step(LEARNING_RATE)
    second.load_state_dict(first.state_dict())
    resumed = Optimizer(second, config_of(name, momentum=momentum))
    resumed.restore({key: tensor.clone() for key, tensor in optimizer.tensors().items()})
    for network, its in ((first, optimizer), (second, resumed)):
        its.zero_grad()
        network.learn()
        its.step(LEARNING_RATE)
    assert all(torch.equal(mine, its) for mine, its in zip(first.parameters(), second.parameters(), strict=True))


@pytest.mark.parametrize("name", ["0.exp_avg", "9.exp_avg", "x.exp_avg", "0.other"])
def test_the_state_of_other_parameters_is_refused(name: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        Optimizer(Network(), config_of("adamw")).restore({name: torch.zeros(1)})


def test_no_compiler_is_loaded() -> None:
    code = """
import sys, torch
from sentiment.config import TrainingConfig
from sentiment.training.loop.optimizer import Optimizer
layer = torch.nn.Linear(1, 1)
layer(torch.ones(1)).backward()
Optimizer(layer, TrainingConfig()).step(0.1)
assert "torch._dynamo" not in sys.modules
"""
    subprocess.run([sys.executable, "-P", "-c", code], check=True)
