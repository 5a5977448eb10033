"""The reports of a running training."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Figures = Mapping[str, float | None]
"""The figures of a validation, by name."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step of the optimiser.

    Attributes:
        epoch: counted from 1.
        step: steps done since the training began.
        rows_seen: rows processed in this epoch.
        rows: rows of an epoch.
        loss: mean cross entropy of the batch, in nats.
    """

    epoch: int
    epochs: int
    step: int
    rows_seen: int
    rows: int
    loss: float
    learning_rate: float


OWN_FIGURES = ("epoch", "training_loss", "seconds", "is_best")
"""The keys of every epoch's report other than the figures of its validation."""


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One pass over the training rows, and the validation that follows.

    Attributes:
        epoch: counted from 1.
        training_loss: mean over the epoch's rows of the loss as trained, noise and smoothing included, in nats.
        figures: on rows that are not learned from. Of a classifier `accuracy`, `macro_f1` and `log_loss` (in nats),
            each None where there are no such rows; of a pretraining those of its objectives.
        seconds: time spent on this epoch's steps and validation.
        is_best: no earlier epoch was better.
    """

    epoch: int
    training_loss: float
    figures: Figures
    seconds: float
    is_best: bool

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, with the figures at the top level."""
        return {
            "epoch": self.epoch,
            "training_loss": self.training_loss,
            **self.figures,
            "seconds": self.seconds,
            "is_best": self.is_best,
        }


Report = StepReport | EpochReport


def shown_figures(figures: Figures) -> str:
    """Format figures for people, shares as percentages; those that are None are left out."""
    return ", ".join(_shown(name, value) for name, value in figures.items() if value is not None)


def _shown(name: str, value: float) -> str:
    shown = f"{value:.2%}" if name.endswith("accuracy") else f"{value:,.1f}" if value >= 10 else f"{value:.4f}"
    return f"{name.replace('_', ' ').replace('f1', 'F1')} {shown}"
