"""Rows that a person checked: some drawn at random, others chosen because a model is unsure of them."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sentiment.data.rows import LabelledTexts
from sentiment.data.tables import SAMPLED_COLUMN

RANDOM, LEAST_CERTAIN = "random", "least certain"
"""What the column `SAMPLED_COLUMN` of a review sheet says of a row."""

MIN_DRAWN = 10
"""Fewer random rows say nothing of others."""


@dataclass(frozen=True)
class ReviewSheet:
    """The positions of rows in a review sheet, as `predict --review` writes it; both are empty for other rows.

    Attributes:
        drawn: (n,), int64, ascending, of the rows drawn at random.
        least_certain: (m,), int64, ascending, of those chosen because a model is unsure of them: it errs there more
            often than elsewhere, so accuracies on them are unfair.
    """

    drawn: NDArray[np.int64]
    least_certain: NDArray[np.int64]

    @classmethod
    def of(cls, rows: LabelledTexts) -> Self:
        """Divide rows by what their column says."""
        kinds = np.array(rows.cells.get(SAMPLED_COLUMN, ()))
        return cls(np.flatnonzero(kinds == RANDOM), np.flatnonzero(kinds == LEAST_CERTAIN))


def drawn_rows(rows: LabelledTexts) -> LabelledTexts:
    """Return those rows of a review sheet that were drawn at random."""
    return rows.select(f"{rows.name}, rows drawn at random", ReviewSheet.of(rows).drawn, with_unused=True)
