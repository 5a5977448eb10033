"""A training from its first step, or from any later one, to its end: with checkpoints, and ready to stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sentiment.errors import Interrupted
from sentiment.training.loop.reports import Report
from sentiment.training.loop.trainer import Trainer
from sentiment.training.runner.signals import StopRequest
from sentiment.training.state.checkpoint import write_checkpoint


@dataclass(frozen=True)
class Observer:
    """Who hears of a training while it runs.

    Attributes:
        report: gets every step and every epoch.
        notify: gets one line for people.
    """

    report: Callable[[Report], None]
    notify: Callable[[str], None]


def train_to_the_end(
    trainer: Trainer, unfinished: Path, training_id: str, stop: StopRequest, observer: Observer, *, resume_command: str
) -> None:
    """Take all steps that are left, with a checkpoint every `training.checkpoint_interval_s`, and one at the end.

    Args:
        trainer: stands anywhere.
        unfinished: the directory for its checkpoints.
        training_id: which they carry.
        stop: is looked at after each step.
        observer: hears of each.
        resume_command: what to type to go on.

    Raises:
        Interrupted: somebody asked to stop; a checkpoint is written.
        TrainingError: the loss is not a number, or diverges.
    """
    written = time.monotonic()
    for report in trainer.run():
        observer.report(report)
        if stop.received or time.monotonic() - written >= trainer.config.checkpoint_interval_s:
            write_checkpoint(unfinished, trainer.checkpoint(), training_id)
            written = time.monotonic()
        if stop.received:
            raise Interrupted(f"stopped after step {trainer.progress.step:,}; go on with: {resume_command}")
    write_checkpoint(unfinished, trainer.checkpoint(), training_id)
