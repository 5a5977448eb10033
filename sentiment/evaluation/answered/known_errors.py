"""How often a model takes one class for another, from the rows that it was calibrated or validated on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sentiment.model_dir import CalibrationRows, ModelDirectory, ModelSummary
from sentiment.stats.quantification import LEAST_ROWS_OF_A_CLASS, why_not_corrected

_CLASSES_SHOWN = 3
_CALIBRATE = "sentiment calibrate measures it on your rows"
_AGAIN = "calibrate again with more of them"


@dataclass(frozen=True, eq=False)
class KnownErrors:
    """What is known of a model's errors.

    Attributes:
        confusion: (classes, classes), rows by true and by predicted class; (0, 0) if it cannot correct anything.
        source: the rows that it was measured on, for people; None if there are none.
        fault: why it corrects nothing, and what to do, in words; None if it does.
    """

    confusion: NDArray[np.int64]
    source: str | None
    fault: str | None = None

    @classmethod
    def of(cls, directory: ModelDirectory, unsure_below: float | None) -> Self:
        """Read it from a model directory: rows of `sentiment calibrate` if there are enough, else of the training.

        Args:
            directory: the model.
            unsure_below: the lowest probability of a label; the rows of a training are not known by probability.

        Raises:
            ModelDirectoryError: a file is missing or altered.
        """
        rows = CalibrationRows.read(directory)
        if rows is None:
            if unsure_below is not None:
                return cls.unknown("the errors of sure answers are known only for a model from sentiment calibrate")
            return cls._of_training(directory)
        confusion = np.zeros((len(directory.labels),) * 2, dtype=np.int64)
        kept = np.array(rows.confidence) >= (unsure_below or 0.0)
        np.add.at(confusion, (np.array(rows.truth)[kept], np.array(rows.predicted)[kept]), 1)
        sure = "" if unsure_below is None else "sure "
        found = cls._checked(confusion, f"{kept.sum():,} {sure}rows of {rows.data}", directory.labels, _AGAIN)
        is_enough = confusion.sum(axis=1).min() >= LEAST_ROWS_OF_A_CLASS
        if is_enough or unsure_below is not None or directory.manifest.scales is not None:
            return found
        # A temperature changes no label, so that what was known before still holds.
        earlier = cls._of_training(directory)
        return found if earlier.fault is not None else replace(earlier, source=f"{earlier.source}, as {found.fault}")

    @classmethod
    def of_several(cls) -> Self:
        """Return that several models have predicted, each with errors of its own."""
        return cls.unknown(
            "several models predicted these rows, each those in its script; name one model for all of them"
        )

    @classmethod
    def unknown(cls, fault: str) -> Self:
        """Return that nothing is known, and why."""
        return cls(np.zeros((0, 0), dtype=np.int64), None, fault)

    @classmethod
    def _of_training(cls, directory: ModelDirectory) -> Self:
        summary = ModelSummary.read(directory.path)
        for part, name in (("validation", "validation rows"), ("cross_validation", "cross-validated training rows")):
            matrix = summary.figure(part, "confusion_matrix")
            if _is_matrix(matrix, len(directory.labels)):
                found = np.array(matrix, dtype=np.int64)
                return cls._checked(found, f"{int(found.sum()):,} {name}", directory.labels, _CALIBRATE)
        return cls.unknown(
            f"it is not known from at least {LEAST_ROWS_OF_A_CLASS} rows of each class how the model errs; {_CALIBRATE}"
        )

    @classmethod
    def _checked(cls, confusion: NDArray[np.int64], source: str, labels: Sequence[str], remedy: str) -> Self:
        """Return what these rows say; nothing if they are too few, or the classes are confused too often."""
        rows = confusion.sum(axis=1)
        few = np.flatnonzero(rows < LEAST_ROWS_OF_A_CLASS)
        if len(few):
            counts = ", ".join(f"{rows[place]} of {labels[place]!r}" for place in few[:_CLASSES_SHOWN])
            more = f" and {len(few) - _CLASSES_SHOWN:,} more classes" if len(few) > _CLASSES_SHOWN else ""
            fault = f"there are only {counts}{more} among the {source}, and {LEAST_ROWS_OF_A_CLASS} of each are needed"
            return replace(cls.unknown(f"{fault}; {remedy}"), source=source)
        if (confused := why_not_corrected(confusion)) is not None:
            return replace(cls.unknown(confused), source=source)
        return cls(confusion, source)


def _is_matrix(value: object, size: int) -> bool:
    return (
        isinstance(value, list)
        and len(value) == size
        and all(isinstance(row, list) and len(row) == size for row in value)
        and all(type(count) is int and 0 <= count < 2**53 for row in value for count in row)
    )
