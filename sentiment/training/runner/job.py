"""What the runner asks of a training, whatever it is that learns."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tokenizers import Tokenizer

from sentiment.callbacks import Notify
from sentiment.config import Config, dump_config
from sentiment.model_dir import CONFIG_FILE, METRICS_FILE, README_FILE, TOKENIZER_FILE, resume_command
from sentiment.training.loop.reports import Report
from sentiment.training.loop.trainer import Trainer
from sentiment.training.runner.environment import environment, metrics_json
from sentiment.training.state.record import TrainingRecord


@dataclass(frozen=True)
class Observer:
    """What is called while a training runs.

    Attributes:
        report: gets every step and every epoch.
        notify: gets one line for people.
    """

    report: Callable[[Report], None]
    notify: Notify


@dataclass(frozen=True)
class TrainingResult:
    """A finished training.

    Attributes:
        path: the model directory.
        metrics: what its metrics.json holds.
    """

    path: Path
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A training under way.

    Attributes:
        out: where the model is to stand.
        record: of what was asked for.
        trainer: what learns.
        observer: gets its reports and notes.
        unfinished: the directory of its state; None where none is kept.
    """

    out: Path
    record: TrainingRecord
    trainer: Trainer
    observer: Observer
    unfinished: Path | None = None

    def figures(self, config: Config, num_rows: int) -> dict[str, Any]:
        """Tell how an experiment ran, and what any network and its epochs are, as JSON values.

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
        """Say how to write what is learned with a key of the section `export` set to float32."""
        if self.unfinished is None:
            return f"set {key} to float32"
        return f"write it as float32: {resume_command(self.record.verb, self.out)} --set {key}=float32"


class Job(ABC):
    """One training: the runner calls `load`, `prepare`, `build` and `write` once each, in this order.

    Each keeps what the later ones need; what must outlive a kill goes into the record, or follows from it.

    Attributes:
        verb: the command that resumes it.
        config: the experiment; once data is loaded, with the source that was read.
    """

    verb: ClassVar[str]
    config: Config

    @abstractmethod
    def load(self, notify: Notify) -> dict[str, str]:
        """Load the data, and return a digest of each of its parts, by name."""

    @abstractmethod
    def prepare(self, tokenizer: Tokenizer | None, notify: Notify) -> Tokenizer:
        """Read the data through a tokenizer, or through one that is made first, and return it."""

    @abstractmethod
    def build(self, notify: Notify) -> Trainer:
        """Make the network, which draws its weights from torch's generator, and what trains it."""

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Return the fields of the record that only this kind of training has, after `build`."""

    @abstractmethod
    def source_of(self, part: str) -> str:
        """Name the source of a part of the data, for people."""

    @abstractmethod
    def write(self, run: Run) -> dict[str, Any]:
        """Write the directory of the network, which has its best weights, and return the figures."""

    def on_report(self, report: Report, run: Run) -> None:
        """Pass on what the loop reports."""
        run.observer.report(report)

    def write_texts(self, stage: Path, tokenizer: Tokenizer, metrics: dict[str, Any], card: str) -> None:
        """Write what stands beside the weights in every directory."""
        (stage / TOKENIZER_FILE).write_text(tokenizer.to_str(), encoding="utf-8")
        (stage / CONFIG_FILE).write_text(dump_config(self.config), encoding="utf-8")
        (stage / METRICS_FILE).write_text(metrics_json(metrics), "utf-8", "backslashreplace")
        (stage / README_FILE).write_text(card, "utf-8", "backslashreplace")
