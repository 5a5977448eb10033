"""How often a model takes one class for another, from the rows that it was calibrated or validated on."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sentiment.inference import Classifier
from sentiment.inference.by_script import ClassifierByScript
from sentiment.model_dir import CalibrationRows, ModelDirectory, ModelSummary


@dataclass(frozen=True, eq=False)
class KnownErrors:
    """What is known of a model's errors.

    Attributes:
        confusion: (classes, classes), rows by true and by predicted class; (0, 0) if unknown.
        source: the rows that it was measured on, for people; None if there are none.
        fault: why it does not apply, in words; None if it does.
    """

    confusion: NDArray[np.int64]
    source: str | None
    fault: str | None = None

    @classmethod
    def of(cls, directory: ModelDirectory, unsure_below: float | None) -> Self:
        """Read it from a model directory: the rows of `sentiment calibrate`, else those of the training.

        Args:
            directory: the model.
            unsure_below: the lowest probability of a label; the rows of a training are not known by probability.

        Raises:
            ModelDirectoryError: a file is missing or altered.
        """
        rows = CalibrationRows.read(directory)
        if rows is not None:
            confusion = np.zeros((len(directory.labels),) * 2, dtype=np.int64)
            kept = np.array(rows.confidence) >= (unsure_below or 0.0)
            np.add.at(confusion, (np.array(rows.truth)[kept], np.array(rows.predicted)[kept]), 1)
            return cls(confusion, f"{len(rows):,} rows of {rows.data}")
        if unsure_below is not None:
            return cls.unknown("the errors of sure answers are known only for a model from sentiment calibrate")
        summary = ModelSummary.read(directory.path)
        for part, name in (("validation", "validation rows"), ("cross_validation", "cross-validated training rows")):
            matrix = summary.figure(part, "confusion_matrix")
            if _is_matrix(matrix, len(directory.labels)):
                found = np.array(matrix, dtype=np.int64)
                return cls(found, f"{int(found.sum()):,} {name}")
        return cls.unknown()

    @classmethod
    def unknown(cls, fault: str | None = None) -> Self:
        """Return that nothing is known, and why."""
        return cls(np.zeros((0, 0), dtype=np.int64), None, fault)


def _is_matrix(value: object, size: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == size
        and all(isinstance(row, list) and len(row) == size for row in value)
        and all(type(count) is int and 0 <= count < 2**53 for row in value for count in row)
    )
