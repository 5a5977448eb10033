"""The training loop: equal-length batches in, one report per step out."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import Annotated, Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from torch import Tensor, nn

from sentiment.config import TrainingConfig
from sentiment.errors import TrainingError
from sentiment.text.batches import equal_length_batches, portions
from sentiment.text.sequences import TokenSequences
from sentiment.training.compute.device import CPU, Device, most_tokens
from sentiment.training.compute.processes import Alone, Processes
from sentiment.training.loop.optimization import WeightAverage, learning_rate
from sentiment.training.loop.optimizer import Optimizer
from sentiment.training.loop.reports import OWN_FIGURES, EpochReport, Figures, Report, StepReport
from sentiment.training.state.checkpoint import Checkpoint
from sentiment.training.state.files import START_AGAIN, first_fault

# A loss that stays above this multiple of the loss of guessing is divergence, not noise.
DIVERGED_LOSS_FACTOR = 5.0
DIVERGENCE_MEMORY = 0.98

_Count = Annotated[int, Field(ge=0, lt=2**63, strict=True)]
_Number = Annotated[float, Field(strict=True)]


class Task(Protocol):
    """What a network is trained for: its rows, its objective, and its evaluation.

    Attributes:
        guess_loss: the loss of guessing, in nats per row; a loss far above it is divergence.
    """

    guess_loss: float

    def sample(self, seed: int, epoch: int) -> TokenSequences:
        """Return the rows of an epoch as tokens, as a pure function of (seed, epoch)."""

    def loss_sum(self, sequences: TokenSequences, rows: NDArray[np.int64]) -> Tensor:
        """Return the loss of a batch, summed over its rows."""

    def validate(self) -> Figures:
        """Evaluate the network on rows that it is not trained on."""

    def is_better(self, now: Figures, best: Figures) -> bool:
        """Return whether the figures of an epoch are better than the best so far."""


@dataclass
class Progress:
    """The progress of a training, as JSON values that a checkpoint can store.

    Attributes:
        epoch: epochs completed.
        batch: batches done in the running epoch.
        step: steps done in all.
        rows_seen: rows processed in the running epoch.
        loss_sum: summed loss of the running epoch's rows, in nats.
        smoothed_loss: moving average of the loss, to detect divergence; None before the first step.
        seconds: time spent in the running epoch.
        best_epoch: the best epoch so far, counted from 1; 0 before the first ends.
        history: the report of each epoch.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # for what is read

    epoch: _Count = 0
    batch: _Count = 0
    step: _Count = 0
    rows_seen: _Count = 0
    loss_sum: _Number = 0.0
    smoothed_loss: _Number | None = None
    seconds: _Number = 0.0
    best_epoch: _Count = 0
    history: tuple[dict[str, Any], ...] = ()


class Trainer:
    """Train a network for a task; holds all state that changes during a training and goes into checkpoints.

    The order of the rows follows from (seed, epoch), the noise of dropout from (seed, step, rank), the learning rate
    from the share of rows seen. So a training resumed from a checkpoint takes exactly the steps it would have taken.

    Of several processes, each computes the gradient of a part of every batch, with noise of its own. All then take the
    step of the summed gradient, so that their weights stay the same.
    """

    def __init__(self, model: nn.Module, config: TrainingConfig, task: Task) -> None:
        self.model = model
        self.config = config
        self.task = task
        self.optimizer = Optimizer(model, config)
        self.average = WeightAverage(model, config.average_decay)
        self.progress = Progress()
        self.best: dict[str, Tensor] = {}
        self.device = CPU
        self.processes: Processes = Alone()

    def join(self, processes: Processes, wants_stop: Callable[[], bool]) -> None:
        """Take the steps that follow together with other processes.

        Args:
            processes: all of them.
            wants_stop: returns whether this one was asked to stop.
        """
        processes.wants_stop = wants_stop
        self.processes = processes

    def move_to(self, device: Device) -> None:
        """Take the steps that follow on a device."""
        state = self.checkpoint()
        self.device = device
        self.model.to(device.torch)
        self.optimizer = Optimizer(self.model, self.config)
        self.average = WeightAverage(self.model, self.config.average_decay)
        self.restore(state)

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or `patience` has run out."""
        waited = self.progress.epoch - self.progress.best_epoch
        exhausted = self.config.patience is not None and waited >= self.config.patience
        return self.progress.epoch >= self.config.epochs or exhausted

    def run(self) -> Iterator[Report]:
        """Train to the end from the current progress; yield a report after every step and every epoch.

        Raises:
            TrainingError: the loss is not a number, or diverges.
        """
        if not self.config.epochs:
            self.best = {name: tensor.clone() for name, tensor in self.weights().items()}
        while not self.finished:
            sequences = self.task.sample(self.config.seed, self.progress.epoch)
            batches = equal_length_batches(
                sequences.lengths, self.config.batch_size, self.config.seed, self.progress.epoch
            )
            for rows in islice(batches, self.progress.batch, None):
                started = time.perf_counter()
                report = self._step(sequences, rows)
                self.progress.seconds += time.perf_counter() - started
                yield report
            yield self._end_epoch()

    def _step(self, sequences: TokenSequences, rows: NDArray[np.int64]) -> StepReport:
        progress, config = self.progress, self.config
        # At the middle of the batch: at its beginning the rate would be 0 for the first, at its end for the last.
        seen = progress.epoch + (progress.rows_seen + len(rows) / 2) / len(sequences)
        rate = learning_rate(config, seen / config.epochs)
        loss_sum = self._update_weights(sequences, rows, rate)
        loss = loss_sum / len(rows)
        progress.batch += 1
        progress.step += 1
        progress.rows_seen += len(rows)
        progress.loss_sum += loss_sum
        self._check_convergence(loss)
        return StepReport(
            progress.epoch + 1, config.epochs, progress.step, progress.rows_seen, len(sequences), loss, rate
        )

    def _update_weights(self, sequences: TokenSequences, rows: NDArray[np.int64], rate: float) -> float:
        """Take one step and return the batch's summed loss.

        The sum is divided by the nominal batch size, so that rows of a small batch have the same weight as others. A
        batch of many tokens is computed in portions, whose gradients add up to that of the whole.
        """
        config = self.config
        self.device.seed_noise(_noise_seed(config.seed, self.progress.step, self.processes.rank))
        self.model.train()
        self.optimizer.zero_grad()
        loss_sum = torch.zeros((), device=self.device.torch)
        for portion in portions(self.processes.share(rows), sequences.lengths, most_tokens(self.model)):
            with self.device.autocast():
                portion_loss = self.task.loss_sum(sequences, portion)
            (portion_loss / config.batch_size).backward()  # type: ignore[no-untyped-call]
            loss_sum += portion_loss.detach()
        total = self.processes.sum_up(self.model, loss_sum)
        if config.gradient_clip is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), config.gradient_clip)
        self.optimizer.step(rate)
        if config.average_decay:
            self.average.update(self.progress.step)
        return total

    def _check_convergence(self, loss: float) -> None:
        progress = self.progress
        # The first batch may consist of the longest texts, so its loss alone does not show divergence.
        before = self.task.guess_loss if progress.smoothed_loss is None else progress.smoothed_loss
        progress.smoothed_loss = DIVERGENCE_MEMORY * before + (1.0 - DIVERGENCE_MEMORY) * loss
        where = f"at step {progress.step:,} (epoch {progress.epoch + 1})"
        remedy = "lower training.learning_rate, or set training.gradient_clip"
        if not isfinite(loss):
            raise TrainingError(f"the loss became {loss} {where}; {remedy}")
        if progress.smoothed_loss > DIVERGED_LOSS_FACTOR * self.task.guess_loss:
            raise TrainingError(f"the loss diverged to {progress.smoothed_loss:.3g} {where}; {remedy}")

    def _end_epoch(self) -> EpochReport:
        started = time.perf_counter()
        progress = self.progress
        with self.answering():
            figures = self.processes.from_first(self.task.validate)
        is_best = not progress.best_epoch or self.task.is_better(figures, progress.history[progress.best_epoch - 1])
        if is_best:
            progress.best_epoch = progress.epoch + 1
            self.best = {name: tensor.clone() for name, tensor in self.weights().items()}
        report = EpochReport(
            epoch=progress.epoch + 1,
            training_loss=progress.loss_sum / progress.rows_seen,
            figures=figures,
            seconds=progress.seconds + time.perf_counter() - started,
            is_best=is_best,
        )
        progress.history += (report.to_dict(),)
        progress.epoch += 1
        progress.batch = progress.rows_seen = 0
        progress.loss_sum = progress.seconds = 0.0
        return report

    def weights(self) -> dict[str, Tensor]:
        """Return the weights for prediction: the averages, where they are kept."""
        return self.average.averages if self.config.average_decay else dict(self.average.parameters)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Put the prediction weights into the network, in eval mode; restore its own at the end of the block."""
        self.model.eval()
        with self.average.applied() if self.config.average_decay else nullcontext():
            yield
        self.model.train()

    @torch.no_grad()
    def take_best(self) -> None:
        """Put the weights of the best epoch into the network, on the processor and in eval mode."""
        self.model.to(CPU.torch)
        for name, parameter in self.model.named_parameters():
            parameter.copy_(self.best[name])
        self.model.eval()

    def checkpoint(self) -> Checkpoint:
        """Return the state that `restore` needs."""
        groups: dict[str, Mapping[str, Tensor]] = {
            "model": dict(self.model.named_parameters()),
            "average": self.average.averages if self.config.average_decay else {},
            "optimizer": self.optimizer.tensors(),
        }
        tensors = {f"{group}/{name}": tensor for group, named in groups.items() for name, tensor in named.items()}
        return Checkpoint(dict(vars(self.progress)), tensors, self.best)

    @torch.no_grad()
    def restore(self, checkpoint: Checkpoint) -> None:
        """Restore the state of a checkpoint.

        Raises:
            TrainingError: the checkpoint is of another network.
        """
        try:
            for name, parameter in self.model.named_parameters():
                parameter.copy_(checkpoint.tensors[f"model/{name}"])
                if self.config.average_decay:
                    self.average.averages[name].copy_(checkpoint.tensors[f"average/{name}"])
            optimizer = {
                name.removeprefix("optimizer/"): tensor
                for name, tensor in checkpoint.tensors.items()
                if name.startswith("optimizer/")
            }
            self.optimizer.restore(optimizer)
            self.progress = _checked_progress(checkpoint.progress)
            _check_shapes(checkpoint.best, self.weights() if checkpoint.best or self.progress.best_epoch else {})
        except ValidationError as error:
            raise TrainingError(f"not a readable checkpoint ({first_fault(error)}); {START_AGAIN}") from error
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise TrainingError(f"the checkpoint does not fit the network ({error}); {START_AGAIN}") from error
        self.best = dict(checkpoint.best)


def _checked_progress(values: Mapping[str, Any]) -> Progress:
    """Build progress from JSON values; raises a ValueError that names the fault."""
    progress: Progress = TypeAdapter(Progress).validate_python(values)
    if not progress.best_epoch <= progress.epoch == len(progress.history):
        raise ValueError(f"{len(progress.history)} reports of {progress.epoch} epochs")
    for report in progress.history:
        if not all(isinstance(value, int | float | None) for value in report.values()) or any(
            report.get(key) is None for key in OWN_FIGURES
        ):
            raise ValueError("a report that no epoch gives")
    return progress


def _check_shapes(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    ours, theirs = ({name: tensor.shape for name, tensor in tensors.items()} for tensors in (found, wanted))
    if ours != theirs:
        raise ValueError("the best weights so far are of another network")


def _noise_seed(seed: int, step: int, rank: int) -> int:
    entropy = [seed, step, rank] if rank else [seed, step]
    return int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0] >> np.uint64(1))
