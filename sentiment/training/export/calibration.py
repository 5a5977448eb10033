"""Temperature scaling: calibrate a classifier's confidence on rows that its weights were not fitted to."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sentiment.metrics import expected_calibration_error, log_loss
from sentiment.probabilities import softmax
from sentiment.stats.scaling import fit_temperature
from sentiment.training.loop.rows import LabelledSequences

MIN_ROWS = 100
"""With fewer rows, the noise of the fitted temperature exceeds the error that it corrects."""


@dataclass(frozen=True)
class CalibrationFigures:
    """How well probabilities fit the validation rows.

    Attributes:
        log_loss: in nats.
        ece: expected calibration error, 0 to 1.
    """

    log_loss: float
    ece: float

    @classmethod
    def measure(cls, logits: NDArray[np.float64], labels: NDArray[np.int64], temperature: float) -> Self:
        """Measure softmax(logits / temperature)."""
        probabilities = softmax(logits, temperature)
        return cls(log_loss(labels, probabilities), expected_calibration_error(labels, probabilities))


@dataclass(frozen=True)
class Calibration:
    """The temperature that a model's logits are divided by, and its effect on the validation rows.

    Attributes:
        temperature: T; above 1 makes a model less confident.
        n: number of rows it was fitted on.
        by_cross_validation: whether they are training rows, each scored by weights that were fitted on the others.
        reason: why T is left at 1, in words; None where it was fitted.
        before: at T = 1; None where T was not fitted.
        after: at T; None where T was not fitted.
    """

    temperature: float
    n: int
    by_cross_validation: bool = False
    reason: str | None = None
    before: CalibrationFigures | None = None
    after: CalibrationFigures | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    def summary(self) -> str:
        """Return a one-line description for people."""
        if self.before is None or self.after is None:
            return f"probabilities are not calibrated: {self.reason}"
        rows = "rows, by cross-validation" if self.by_cross_validation else "validation rows"
        return (
            f"probabilities are calibrated on {self.n:,} {rows}: temperature {self.temperature:.3f}, "
            f"log loss {self.before.log_loss:.4f} before and {self.after.log_loss:.4f} after, "
            f"calibration error {self.before.ece:.4f} and {self.after.ece:.4f}"
        )


def calibrate(
    logits: NDArray[np.float32] | None, validation: LabelledSequences | None, *, enabled: bool
) -> Calibration:
    """Fit the temperature of a trained classifier on validation rows.

    Accuracy does not change, since all logits of a row are divided by the same number.

    Args:
        logits: of the validation rows, (n, classes), from model.onnx; None without such rows.
        validation: rows that the weights were not fitted to; None without any.
        enabled: whether to fit a temperature.
    """
    if not enabled:
        return Calibration(1.0, 0, reason="training.calibrate is off")
    if validation is None or logits is None:
        return Calibration(1.0, 0, reason="there are no validation rows")
    return calibrate_logits(logits.astype(np.float64), validation.labels)


def calibrate_logits(
    logits: NDArray[np.float64], labels: NDArray[np.int64], *, by_cross_validation: bool = False
) -> Calibration:
    """Fit the temperature on the logits of rows that the weights were not fitted to.

    Args:
        logits: (n, classes).
        labels: (n,), true classes.
        by_cross_validation: whether the rows are training rows, each scored by weights fitted on the others.
    """
    n = len(labels)
    if n < MIN_ROWS:
        kind = "rows" if by_cross_validation else "validation rows"
        return Calibration(1.0, n, by_cross_validation, f"{n:,} {kind} are too few, at least {MIN_ROWS} are needed")
    fitted = fit_temperature(logits, labels)
    if isinstance(fitted, str):
        return Calibration(1.0, n, by_cross_validation, fitted)
    before, after = (CalibrationFigures.measure(logits, labels, value) for value in (1.0, fitted))
    return Calibration(fitted, n, by_cross_validation, None, before, after)
