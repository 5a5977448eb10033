"""What a training tells while it runs."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StepReport:
    """One step of the optimiser.

    Attributes:
        epoch: counted from 1.
        step: steps done since the training began.
        rows_seen: rows done in this epoch.
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


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One pass over the training rows, and the validation after it.

    Attributes:
        epoch: counted from 1.
        training_loss: mean over the epoch's rows of the loss as trained, noise and smoothing included, in nats.
        accuracy: on the validation rows; this and the next two are None where there are none.
        log_loss: mean cross entropy on the validation rows, in nats.
        seconds: time spent on this epoch's steps and validation.
        is_best: no earlier epoch was better by `select_by`.
    """

    epoch: int
    training_loss: float
    accuracy: float | None
    macro_f1: float | None
    log_loss: float | None
    seconds: float
    is_best: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


Report = StepReport | EpochReport
