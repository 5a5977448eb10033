"""The device that the steps of a training run on; everything before and after them runs on the processor."""

import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

DeviceKind = Literal["cpu", "cuda", "mps"]
Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Device:
    """A device, and the number format of the large matrix products on it.

    Attributes:
        kind: of the device, as torch calls it.
        precision: weights and sums are float32 in either.
        number: of the device among those of its kind on this machine.
    """

    kind: DeviceKind = "cpu"
    precision: Precision = "float32"
    number: int = 0

    @property
    def torch(self) -> torch.device:
        """The device as torch takes it."""
        return torch.device(self.kind, self.number)

    def autocast(self) -> AbstractContextManager[Any]:
        """Compute large matrix products in the precision within the block."""
        return torch.autocast(self.kind, torch.bfloat16, enabled=self.precision == "bfloat16")

    def seed_noise(self, seed: int) -> None:
        """Seed the generators that noise is drawn from: the device's, and the processor's, which samples words."""
        # torch.manual_seed also seeds every kind of accelerator, with a stack trace each: milliseconds per step.
        torch.default_generator.manual_seed(seed)
        if self.kind != "cpu":
            torch.get_device_module(self.kind).manual_seed(seed)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Make the same step give the same bits within the block, as far as torch can."""
        if self.kind != "cuda":
            yield
            return
        before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
        torch.cuda.set_device(self.number)
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=".*does not have a deterministic implementation")
                # Weight dropout passes other tensors than the trained ones, which never lie in one piece.
                warnings.filterwarnings("ignore", message="RNN module weights are not part of single contiguous chunk")
                yield
        finally:
            torch.use_deterministic_algorithms(before[0], warn_only=before[1])


CPU = Device()


def tensor_for(model: nn.Module, array: NDArray[np.generic]) -> Tensor:
    """Return an array as a tensor on the device of a model's parameters."""
    return torch.from_numpy(array).to(next(model.parameters()).device)


def most_tokens(model: nn.Module) -> int:
    """Return how many tokens to compute at once, at most, on the device of a model's parameters.

    What a step keeps for its gradient is 25 kB a token in a BiLSTM of 256, twice as much with two passes. A processor
    is as fast with 8,000 tokens as with 100,000; an accelerator needs many rows.
    """
    return 2**15 if next(model.parameters()).device.type == "cpu" else 2**18


def array_of(tensor: Tensor) -> NDArray[Any]:
    """Return a tensor of any device as an array."""
    array: NDArray[Any] = tensor.detach().cpu().numpy()
    return array
