"""The training loop: batches of equal length in, a report a step out."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import isfinite, log
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from sentiment.config import TrainingConfig
from sentiment.errors import TrainingError
from sentiment.metrics import ClassificationMetrics, classification_metrics
from sentiment.nn import RecurrentClassifier
from sentiment.text import TokenSequences, batches_by_length, equal_length_batches
from sentiment.training.checkpoint import Checkpoint, optimizer_tensors, restore_optimizer
from sentiment.training.optimization import WeightAverage, build_optimizer, learning_rate
from sentiment.training.reports import EpochReport, Report, StepReport

EVALUATION_BATCH_SIZE = 256
# A guess costs ln(classes). A loss that stays above this multiple of it is not noise but divergence.
DIVERGED_LOSS_FACTOR = 5.0
DIVERGENCE_MEMORY = 0.98


class TrainingSequences(Protocol):
    """The training rows as tokens, epoch by epoch: the same each time, or a new sample of subwords."""

    def sample(self, seed: int, epoch: int) -> TokenSequences:
        """Return the rows of an epoch as a pure function of (seed, epoch)."""


@dataclass(frozen=True)
class LabelledSequences:
    """Rows as tokens, each with the number of its class.

    Attributes:
        labels: (n,), int64.
    """

    sequences: TokenSequences
    labels: NDArray[np.int64]


@dataclass
class Progress:
    """Where a training stands. All of it is JSON, so that a checkpoint can hold it.

    Attributes:
        epoch: epochs completed.
        batch: batches done in the running epoch.
        step: steps done in all.
        rows_seen: rows done in the running epoch.
        loss_sum: summed loss of the running epoch's rows, in nats.
        smoothed_loss: moving average of the loss, which tells divergence; None before the first step.
        seconds: time spent in the running epoch.
        best_epoch: the best one so far, counted from 1; 0 before the first ends.
        history: a report of each epoch.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    rows_seen: int = 0
    loss_sum: float = 0.0
    smoothed_loss: float | None = None
    seconds: float = 0.0
    best_epoch: int = 0
    history: tuple[dict[str, Any], ...] = ()


class Trainer:
    """Train a classifier; everything that changes meanwhile is kept here and goes into checkpoints.

    The order of the rows follows from (seed, epoch), the noise of dropout from (seed, step), the learning rate from
    the share of rows seen. So a training that goes on from a checkpoint takes the very steps it would have taken.
    """

    def __init__(
        self,
        model: RecurrentClassifier,
        config: TrainingConfig,
        training: TrainingSequences,
        labels: NDArray[np.int64],
        validation: LabelledSequences | None,
    ) -> None:
        self.model = model
        self.config = config
        self.training = training
        self.labels = labels
        self.validation = validation
        self.num_classes = model.output.out_features
        self.optimizer = build_optimizer(model, config)
        self.average = WeightAverage(model, config.average_decay)
        self.progress = Progress()
        self.best: dict[str, Tensor] = {}

    @property
    def finished(self) -> bool:
        """Whether all epochs are done, or `patience` has run out."""
        waited = self.progress.epoch - self.progress.best_epoch
        exhausted = self.config.patience is not None and waited >= self.config.patience
        return self.progress.epoch >= self.config.epochs or exhausted

    def run(self) -> Iterator[Report]:
        """Train to the end, from wherever the progress stands; yield after every step and every epoch.

        Raises:
            TrainingError: the loss is not a number, or diverges.
        """
        while not self.finished:
            sequences = self.training.sample(self.config.seed, self.progress.epoch)
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
        seen = progress.epoch + progress.rows_seen / len(self.labels)
        rate = learning_rate(config, seen / config.epochs)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss_sum = self._update_weights(torch.from_numpy(sequences.batch(rows)), torch.from_numpy(self.labels[rows]))
        loss = loss_sum / len(rows)
        progress.batch += 1
        progress.step += 1
        progress.rows_seen += len(rows)
        progress.loss_sum += loss_sum
        self._check_convergence(loss)
        return StepReport(
            progress.epoch + 1, config.epochs, progress.step, progress.rows_seen, len(self.labels), loss, rate
        )

    def _update_weights(self, input_ids: Tensor, labels: Tensor) -> float:
        """Take one step and return the batch's summed loss.

        The sum is divided by the nominal batch size, so that the rows of a small batch weigh what others weigh.
        """
        config = self.config
        torch.manual_seed(_noise_seed(config.seed, self.progress.step))
        self.model.train()
        self.optimizer.zero_grad()
        if config.consistency:
            objective, loss_sum = consistent_loss(self.model, input_ids, labels, config)
        else:
            objective = loss_sum = summed_cross_entropy(self.model(input_ids), labels, config)
        (objective / config.batch_size).backward()  # type: ignore[no-untyped-call]
        if config.gradient_clip is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), config.gradient_clip)
        self.optimizer.step()
        if config.average_decay:
            self.average.update(self.progress.step)
        return loss_sum.item()

    def _check_convergence(self, loss: float) -> None:
        progress = self.progress
        before = loss if progress.smoothed_loss is None else progress.smoothed_loss
        progress.smoothed_loss = DIVERGENCE_MEMORY * before + (1.0 - DIVERGENCE_MEMORY) * loss
        where = f"at step {progress.step:,} (epoch {progress.epoch + 1})"
        remedy = "lower training.learning_rate, or set training.gradient_clip"
        if not isfinite(loss):
            raise TrainingError(f"the loss became {loss} {where}; {remedy}")
        if progress.smoothed_loss > DIVERGED_LOSS_FACTOR * log(self.num_classes):
            raise TrainingError(f"the loss diverged to {progress.smoothed_loss:.3g} {where}; {remedy}")

    def _end_epoch(self) -> EpochReport:
        started = time.perf_counter()
        progress = self.progress
        metrics = self.validate()
        is_best = self._is_best(metrics)
        if is_best:
            progress.best_epoch = progress.epoch + 1
            self.best = {name: tensor.clone() for name, tensor in self.weights().items()}
        report = EpochReport(
            epoch=progress.epoch + 1,
            training_loss=progress.loss_sum / progress.rows_seen,
            accuracy=metrics.accuracy if metrics else None,
            macro_f1=metrics.macro_f1 if metrics else None,
            log_loss=metrics.log_loss if metrics else None,
            seconds=progress.seconds + time.perf_counter() - started,
            is_best=is_best,
        )
        progress.history += (report.to_dict(),)
        progress.epoch += 1
        progress.batch = progress.rows_seen = 0
        progress.loss_sum = progress.seconds = 0.0
        return report

    def _is_best(self, metrics: ClassificationMetrics | None) -> bool:
        """Tell whether no earlier epoch was better; without validation rows the last one always is."""
        if metrics is None or not self.progress.best_epoch:
            return True
        figure = self.config.select_by
        best: float = self.progress.history[self.progress.best_epoch - 1][figure]
        now: float = getattr(metrics, figure)
        return now < best if figure == "log_loss" else now > best

    def weights(self) -> dict[str, Tensor]:
        """Return the weights to answer with: the averages, where they are kept."""
        return self.average.averages if self.config.average_decay else dict(self.average.parameters)

    def validate(self) -> ClassificationMetrics | None:
        """Measure the weights to answer with on the validation rows; None where there are none."""
        if self.validation is None:
            return None
        if not self.config.average_decay:
            probabilities = predict_probabilities(self.model, self.validation.sequences)
        else:
            with self.average.applied():
                probabilities = predict_probabilities(self.model, self.validation.sequences)
        return classification_metrics(
            self.validation.labels, probabilities, [str(number) for number in range(self.num_classes)]
        )

    def checkpoint(self) -> Checkpoint:
        """Return all that `restore` needs."""
        groups: dict[str, Mapping[str, Tensor]] = {
            "model": dict(self.model.named_parameters()),
            "average": self.average.averages if self.config.average_decay else {},
            "optimizer": optimizer_tensors(self.optimizer),
        }
        tensors = {f"{group}/{name}": tensor for group, named in groups.items() for name, tensor in named.items()}
        return Checkpoint(dict(vars(self.progress)), tensors, self.best)

    @torch.no_grad()
    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to where a checkpoint was taken.

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
            restore_optimizer(self.optimizer, optimizer)
            progress = dict(checkpoint.progress)
            self.progress = Progress(**(progress | {"history": tuple(progress["history"])}))
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise TrainingError(
                f"the checkpoint does not fit the network ({error}); start the training again"
            ) from error
        self.best = dict(checkpoint.best)


def summed_cross_entropy(logits: Tensor, labels: Tensor, config: TrainingConfig) -> Tensor:
    """Return the summed loss of rows, in nats, with the config's label smoothing (Szegedy et al. 2016)."""
    return functional.cross_entropy(logits, labels, reduction="sum", label_smoothing=config.label_smoothing)


def consistent_loss(
    model: nn.Module, input_ids: Tensor, labels: Tensor, config: TrainingConfig
) -> tuple[Tensor, Tensor]:
    """Read each row twice, with other dropout, and ask for the right answer and for the same one.

        L = (CE_1 + CE_2) / 2 + α (KL(p_1 || p_2) + KL(p_2 || p_1)) / 2

    Source: Wu et al. 2021, "R-Drop: regularized dropout for neural networks", equations 1 to 3, halved.

    Returns:
        The summed objective, and the cross entropy in it.
    """
    first, second = model(input_ids.repeat(2, 1)).chunk(2)
    loss_sum = (summed_cross_entropy(first, labels, config) + summed_cross_entropy(second, labels, config)) / 2
    log_p, log_q = first.log_softmax(dim=1), second.log_softmax(dim=1)
    divergence = ((log_p.exp() - log_q.exp()) * (log_p - log_q)).sum() / 2
    return loss_sum + config.consistency * divergence, loss_sum


@torch.inference_mode()
def predict_probabilities(model: nn.Module, sequences: TokenSequences) -> NDArray[np.float32]:
    """Return the probabilities, (n, classes), of rows that each hold at least one token."""
    was_training = model.training
    model.eval()
    order: list[NDArray[np.int64]] = []
    answers: list[NDArray[np.float32]] = []
    for rows in batches_by_length(sequences.lengths, EVALUATION_BATCH_SIZE):
        logits = model(torch.from_numpy(sequences.batch(rows)))
        order.append(rows)
        answers.append(logits.softmax(dim=1).numpy())
    model.train(was_training)
    probabilities = np.empty((len(sequences), answers[0].shape[1]), dtype=np.float32)
    probabilities[np.concatenate(order)] = np.concatenate(answers)
    return probabilities


def _noise_seed(seed: int, step: int) -> int:
    return int(np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0] >> np.uint64(1))
