"""The processes that train one network together: each computes a part of every batch, and all take the same step."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
import torch.distributed
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous

from sentiment.errors import ConfigError, TrainingError
from sentiment.launch import Launch

LONGEST_START = timedelta(minutes=15)
"""How long a process waits for all to be started."""

LONGEST_PREPARATION = timedelta(days=2)
"""How long the others wait for the first process to read and to prepare the rows."""

LONGEST_STEP = timedelta(minutes=30)
"""How long a process waits for another within a training; a validation and a checkpoint have to fit."""

_Value = TypeVar("_Value")


class LostProcess(Exception):  # noqa: N818  (the runner tells it as an error, with the step and what to do)
    """Another process ended, or cannot be reached."""


class Processes(Protocol):
    """All processes of a training, as one of them sees them.

    Attributes:
        rank: of this process; 0 leads.
        size: number of processes.
        wants_stop: returns whether this process was asked to stop.
    """

    rank: int
    size: int
    wants_stop: Callable[[], bool]

    @property
    def is_stopping(self) -> bool:
        """Whether to stop after this step, as one of them was asked to: the same in all."""

    def join(self) -> None:
        """Wait until all processes are ready for the first step.

        Raises:
            LostProcess: one of them is gone.
        """

    def share(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return this process's part of a batch, which may be empty."""

    def sum_up(self, model: nn.Module, loss_sum: Tensor) -> float:
        """Replace the gradients by their sums over all processes, and return that of the losses.

        Raises:
            LostProcess: one of them is gone.
        """

    def from_first(self, make: Callable[[], _Value]) -> _Value:
        """Return what the first process makes; it is made there only.

        Raises:
            LostProcess: one of them is gone.
            TrainingError: making it failed, with that error.
        """


def _never() -> bool:
    return False


class Alone:
    """A training in one process."""

    rank = 0
    size = 1

    def __init__(self) -> None:
        self.wants_stop: Callable[[], bool] = _never

    @property
    def is_stopping(self) -> bool:
        """Whether this process was asked to stop."""
        return self.wants_stop()

    def join(self) -> None:
        """Wait for nobody."""

    def share(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the whole batch."""
        return rows

    def sum_up(self, model: nn.Module, loss_sum: Tensor) -> float:  # noqa: ARG002
        """Return the loss; the gradients are complete."""
        return loss_sum.item()

    def from_first(self, make: Callable[[], _Value]) -> _Value:
        """Make it."""
        return make()


class Ranks:
    """Several processes, each with a copy of the network."""

    def __init__(self, launch: Launch) -> None:
        """Connect to the first process, which thus learns that all are there, and they learn if it ends.

        Raises:
            ConfigError: the launcher does not say where the first process is.
            TrainingError: it cannot be reached, or others have not been started.
        """
        self.rank, self.size = launch.rank, launch.world_size
        self.wants_stop: Callable[[], bool] = _never
        self.is_stopping = False
        try:
            self._store, _, _ = next(iter(rendezvous("env://", timeout=LONGEST_START)))
        except ValueError as error:
            raise ConfigError(f"WORLD_SIZE is {self.size}, but {error}; start with torchrun") from error
        except RuntimeError as error:
            place = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
            cause = str(error).partition("\n")[0][:200]
            raise TrainingError(
                f"rank {self.rank} of {self.size} cannot meet the others at {place} ({cause}); see that the port is "
                "free and that all of them are started"
            ) from error

    def join(self) -> None:
        """Connect to all others."""
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        with _loss_noticed():
            self._store.set_timeout(LONGEST_PREPARATION)
            torch.distributed.init_process_group(
                backend, store=self._store, rank=self.rank, world_size=self.size, timeout=LONGEST_PREPARATION
            )
            self._group = torch.distributed.new_group(timeout=LONGEST_STEP)

    def share(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return every row of a batch whose turn is this process's."""
        return rows[self.rank :: self.size]

    def sum_up(self, model: nn.Module, loss_sum: Tensor) -> float:
        """Sum gradients, losses and wishes to stop, in one message."""
        parameters = list(model.parameters())
        is_trained = [float(parameter.grad is not None) for parameter in parameters]
        gradients = [torch.zeros_like(each) if each.grad is None else each.grad for each in parameters]
        notes = loss_sum.new_tensor([float(self.wants_stop()), *is_trained])
        message = torch.cat([loss_sum.detach().view(1), notes, *(gradient.flatten() for gradient in gradients)])
        total = message if message.is_cuda else message.cpu()
        with _loss_noticed():
            torch.distributed.all_reduce(total, group=self._group)
        sizes = [1, 1, len(parameters), *(parameter.numel() for parameter in parameters)]
        loss, stops, trained, *sums = torch.split(total.to(message.device), sizes)
        self.is_stopping = bool(stops)
        for parameter, count, gradient in zip(parameters, trained.tolist(), sums, strict=True):
            # Without a gradient anywhere, a parameter keeps its state, as in a single process.
            parameter.grad = gradient.view_as(parameter) if count else None
        return float(loss)

    def from_first(self, make: Callable[[], _Value]) -> _Value:
        """Send what the first process makes to the others."""
        told: list[Any] = [None]
        if self.rank == 0:
            try:
                told = [make()]
            except TrainingError as error:
                told = [error]
        with _loss_noticed():
            torch.distributed.broadcast_object_list(told, src=0, device=torch.device("cpu"))
        if isinstance(told[0], TrainingError):
            raise told[0]
        made: _Value = told[0]
        return made


@contextmanager
def met_processes() -> Iterator[Processes]:
    """Meet the processes that a launcher started; a process that none started, or only one, is alone.

    Raises:
        ConfigError: the launcher's environment is incomplete.
        TrainingError: some cannot be reached.
    """
    launch = Launch.read()
    if launch.world_size == 1:
        yield Alone()
        return
    try:
        yield Ranks(launch)
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


@contextmanager
def _loss_noticed() -> Iterator[None]:
    """Turn what torch raises for a broken connection into `LostProcess`."""
    try:
        yield
    except RuntimeError as error:
        raise LostProcess(str(error)) from error
