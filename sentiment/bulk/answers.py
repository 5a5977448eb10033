"""The columns that predictions add to a table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sentiment.probabilities import most_probable
from sentiment.tables import Cell
from sentiment.wording import EMPTY, UNREAD, UNSURE

if TYPE_CHECKING:
    from sentiment.inference.inside.deletion import Probabilities

DEFAULT_PREFIX = "predicted_"
DECIMALS = 6
"""Digits of a written probability: more would be noise, since the last bits depend on the machine."""


@dataclass(frozen=True)
class AnswerColumns:
    """The columns that predictions add to a table.

    Attributes:
        prefix: Of their names.
        all_probabilities: Whether every class gets a column.
        explain: Whether the words that mattered most get a column.
        unsure_below: The lowest probability of a label; rows below it get none, and a column says why. None for a
            label for every text that has a prediction.
    """

    prefix: str = DEFAULT_PREFIX
    all_probabilities: bool = False
    explain: bool = False
    unsure_below: float | None = None

    def types(self, labels: tuple[str, ...]) -> dict[str, type[str] | type[float]]:
        """Return the name of each column, in order, and the type of its cells; any may be None."""
        types: dict[str, type[str] | type[float]] = {f"{self.prefix}label": str, f"{self.prefix}probability": float}
        if self.unsure_below is not None:
            types[f"{self.prefix}reason"] = str
        if self.all_probabilities:
            types |= {f"{self.prefix}probability_{label}": float for label in labels}
        if self.explain:
            types[f"{self.prefix}because"] = str
        return types

    def values(
        self,
        texts: Sequence[str],
        probabilities: NDArray[np.float32],
        labels: tuple[str, ...],
        predictors: "Sequence[tuple[Sequence[int], Probabilities]]" = (),
        unread: Collection[int] = (),
    ) -> list[list[Cell]]:
        """Return the cells of each column: label, probability, and what else is wanted.

        Args:
            texts: n texts.
            probabilities: Of them, (n, classes); NaN where a text is empty, whose cells are None but the reason.
            labels: Names of the classes.
            predictors: The rows of each model, which predicts parts of them to find the words that mattered most.
            unread: Rows whose text was left out because of its script.
        """
        written = np.round(probabilities.astype(np.float64), DECIMALS)
        is_empty = np.isnan(written[:, 0])
        best = most_probable(probabilities)
        highest = np.take_along_axis(written, best[:, np.newaxis], axis=1)[:, 0]
        columns: list[list[Cell]] = [[labels[place] for place in best.tolist()], highest.tolist()]
        if self.unsure_below is not None:
            is_unsure = (probabilities.max(axis=1).astype(np.float64) < self.unsure_below).tolist()
            columns[0] = [None if unsure else label for unsure, label in zip(is_unsure, columns[0], strict=True)]
            columns.append([UNSURE if unsure else None for unsure in is_unsure])
        if self.all_probabilities:
            columns += written.T.tolist()
        if self.explain:
            from sentiment.bulk.reasons import reasons_by_model

            columns.append([*reasons_by_model(texts, probabilities, predictors)])
        for row in np.flatnonzero(is_empty).tolist():
            for column in columns:
                column[row] = None
            if self.unsure_below is not None:
                columns[2][row] = UNREAD if row in unread else EMPTY
        return columns
