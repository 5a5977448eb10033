"""The columns that predictions add to a table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sentiment.inference import Scores
from sentiment.probabilities import most_probable
from sentiment.tables import Cell
from sentiment.text.scripts import without_unread
from sentiment.wording import EMPTY, UNREAD, UNSURE

DEFAULT_PREFIX = "predicted_"
DECIMALS = 6
"""Digits of a written probability: more would be noise, since the last bits depend on the machine."""


class Predictor(Protocol):
    """The interface of a single classifier that explanations need.

    Attributes:
        labels: Names of its classes.
    """

    labels: tuple[str, ...]

    def probabilities(self, texts: Sequence[str], batch_size: int) -> NDArray[np.float32]:
        """Return the probabilities of parts of texts; as in `Scorer.score`."""


class Scorer(Protocol):
    """The interface of a classifier that answers need."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""

    @property
    def fingerprint(self) -> str:
        """Equal only for equal predictions, so that no other model continues an output."""

    def score(self, texts: list[str], batch_size: int) -> Scores:
        """Score texts; bit for bit reproducible for the same texts."""

    def predictors(self, texts: list[str]) -> Sequence[tuple[Sequence[int], Predictor]]:
        """Return the rows that each model predicts."""


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

    def answer(
        self, given: list[str], scorer: Scorer, batch_size: int, scripts: Collection[str] | None
    ) -> tuple[list[list[Cell]], Scores]:
        """Predict texts.

        Args:
            given: n texts.
            scorer: Predicts them.
            batch_size: Most texts per batch.
            scripts: Those that the model reads: a text in another gets no prediction. None for all.

        Returns:
            The cells of each column: label, probability, and what else is wanted; and the scores.
        """
        texts = given if scripts is None else without_unread(given, scripts)
        scores = scorer.score(texts, batch_size)
        columns = self._predicted(scores.probabilities, scorer.labels)
        if self.explain:
            from sentiment.bulk.reasons import reasons_by_model

            predictors = scorer.predictors(texts)
            columns.append(reasons_by_model(texts, scores.probabilities, scorer.labels, predictors, batch_size))
        for row in np.flatnonzero(np.isnan(scores.probabilities[:, 0])).tolist():
            for column in columns:
                column[row] = None
            if self.unsure_below is not None:
                columns[2][row] = EMPTY if texts[row] == given[row] else UNREAD
        return columns, scores

    def _predicted(self, probabilities: NDArray[np.float32], labels: tuple[str, ...]) -> list[list[Cell]]:
        written = np.round(probabilities.astype(np.float64), DECIMALS)
        best = most_probable(probabilities)
        highest = np.take_along_axis(written, best[:, np.newaxis], axis=1)[:, 0]
        columns: list[list[Cell]] = [[labels[place] for place in best.tolist()], highest.tolist()]
        if self.unsure_below is not None:
            is_unsure = (probabilities.max(axis=1).astype(np.float64) < self.unsure_below).tolist()
            columns[0] = [None if unsure else label for unsure, label in zip(is_unsure, columns[0], strict=True)]
            columns.append([UNSURE if unsure else None for unsure in is_unsure])
        if self.all_probabilities:
            columns += written.T.tolist()
        return columns
