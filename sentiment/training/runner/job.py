"""The interface between the runner and each kind of training."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tokenizers import Tokenizer

from sentiment.callbacks import Notify
from sentiment.config import Config, dump_config
from sentiment.model_dir import CONFIG_FILE, METRICS_FILE, README_FILE, TOKENIZER_FILE, resume_command
from sentiment.model_dir.figures import metrics_json
from sentiment.training.loop.reports import Report
from sentiment.training.loop.trainer import Trainer
from sentiment.training.runner.environment import environment
from sentiment.training.state.record import TrainingRecord


@dataclass(frozen=True)
class Observer:
    """Callbacks of a running training.

    Attributes:
        report: gets the report of every step and every epoch.
        notify: gets notes for people, one line each.
    """

    report: Callable[[Report], None]
    notify: Notify


@dataclass(frozen=True)
class TrainingResult:
    """A finished training.

    Attributes:
        path: the model directory.
        metrics: the content of its metrics.json.
    """

    path: Path
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A training in progress.

    Attributes:
        out: the model directory to write.
        record: of what was requested.
        trainer: trains the network.
        observer: gets its reports and notes.
        unfinished: the directory of its state; None if no state is kept.
    """

    out: Path
    record: TrainingRecord
    trainer: Trainer
    observer: Observer
    unfinished: Path | None = None

    def figures(self, config: Config, num_rows: int) -> dict[str, Any]:
        """Return the figures common to all jobs: parameters, epochs, speed and environment, as JSON values.

        Args:
            config: the experiment.
            num_rows: rows of an epoch.
        """
        history = self.trainer.progress.history
        seconds = sum(report["seconds"] for report in history)
        return {
            "parameters": sum(parameter.numel() for parameter in self.trainer.model.parameters()),
            "epochs": list(history),
            "training_seconds": seconds,
            "reviews_per_second": num_rows * len(history) / seconds if seconds else None,
            **environment(config, self.record),
        }

    def as_float32(self, key: str) -> str:
        """Return how to write the trained network with a key of the section `export` set to float32."""
        if self.unfinished is None:
            return f"set {key} to float32"
        return f"write it as float32: {resume_command(self.record.verb, self.out)} --set {key}=float32"


class Job(ABC):
    """One training: the runner calls `load`, `prepare`, `build` and `write` once each, in this order.

    Each stores what the later ones need; whatever must survive a kill goes into the record or follows from it.

    Attributes:
        verb: the command that resumes it.
        config: the experiment; after `load`, with the source that was actually read.
    """

    verb: ClassVar[str]
    config: Config

    @abstractmethod
    def load(self, notify: Notify) -> dict[str, str]:
        """Load the data and return a digest of each of its parts, by name."""

    @abstractmethod
    def prepare(self, tokenizer: Tokenizer | None, notify: Notify) -> Tokenizer:
        """Tokenize the data with the given tokenizer, or train one first; return it."""

    @abstractmethod
    def build(self, notify: Notify) -> Trainer:
        """Make the network, with weights drawn from torch's generator, and its trainer."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Return the record fields that are specific to this kind of training, after `build`."""

    @abstractmethod
    def source_of(self, part: str) -> str:
        """Return the source of a part of the data, for people."""

    @abstractmethod
    def write(self, run: Run) -> dict[str, Any]:
        """Write the directory of the network, which holds its best weights, and return the metrics."""

    def on_report(self, report: Report, run: Run) -> None:
        """Pass a report of the loop to the observer."""
        run.observer.report(report)

    def write_texts(self, stage: Path, tokenizer: Tokenizer, metrics: dict[str, Any], card: str) -> None:
        """Write the files that every directory has in addition to the weights."""
        (stage / TOKENIZER_FILE).write_text(tokenizer.to_str(), encoding="utf-8")
        (stage / CONFIG_FILE).write_text(dump_config(self.config), encoding="utf-8")
        (stage / METRICS_FILE).write_text(metrics_json(metrics), "utf-8", "backslashreplace")
        (stage / README_FILE).write_text(card, "utf-8", "backslashreplace")
