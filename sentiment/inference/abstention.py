"""Answer only what is sure enough: the promised error of a model, from the rows that it was calibrated on."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from sentiment.errors import DataError, ModelDirectoryError
from sentiment.model_dir import CalibrationRows, ModelDirectory, called
from sentiment.stats.selective import CONFIDENCE, SafeThreshold, fewest_rows, safe_threshold


@dataclass(frozen=True)
class Promise:
    """A threshold, and what it promises.

    Attributes:
        max_error: the largest share of wrong answers among those given.
        threshold: a label is given if its probability is at least this.
        rows: that the promise rests on.
        answered: the share of them that is answered.
    """

    max_error: float
    threshold: float
    rows: CalibrationRows
    answered: float

    @classmethod
    def of(cls, directory: ModelDirectory, max_error: float) -> Self:
        """Find the lowest threshold that keeps an error.

        Raises:
            DataError: no threshold is proved to keep it.
            ModelDirectoryError: the model was not calibrated on rows of the user's, or they cannot be read.
        """
        rows, name = CalibrationRows.read(directory), called(directory.path)
        if rows is None:
            raise ModelDirectoryError(
                f"{name}: nothing is known of its errors on your rows, which `max_error` needs; "
                f"calibrate it with: sentiment calibrate {name} --data FILE"
            )
        found = keeping(rows, max_error)
        if found is None:
            fewest = fewest_rows(max_error, 1 - (1 - CONFIDENCE) / 4)
            raise DataError(
                f"{name}: its {len(rows):,} calibration rows prove no threshold that keeps {max_error:.1%} wrong "
                f"answers; allow more, or calibrate on more rows (with {fewest:,} sure answers, none may be wrong)"
            )
        return cls(max_error, found.threshold, rows, found.answered / len(rows))

    def summary(self) -> str:
        """Return what is promised, and on what it rests, in one line."""
        return (
            f"a label only where its probability is at least {self.threshold:.4f}: with {CONFIDENCE:.0%} confidence at "
            f"most {self.max_error:.1%} of them are wrong, on rows drawn like the {len(self.rows):,} of "
            f"{self.rows.data}, of which {self.answered:.0%} got one"
        )


def keeping(rows: CalibrationRows, max_error: float) -> SafeThreshold | None:
    """Return the lowest threshold proved to keep an error; None if there is none."""
    is_right = np.equal(rows.truth, rows.predicted)
    return safe_threshold(np.array(rows.confidence), is_right, max_error)
