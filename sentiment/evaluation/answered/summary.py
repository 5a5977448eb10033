"""The totals of a table of predictions, corrected for the errors that the model is known to make."""

import heapq
import random
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.evaluation.answered.grouping import is_grouping
from sentiment.evaluation.answered.known_errors import KnownErrors
from sentiment.evaluation.answered.reading import MONTH, AnsweredRow, AnsweredTable
from sentiment.evaluation.answered.words import WordCounts
from sentiment.evaluation.slices import FEW_ROWS
from sentiment.stats.quantification import Share, shares_of
from sentiment.wording import UNSURE

CERTAINTY_BINS = 20
MOST_GROUPS = 200
OTHER_GROUPS = "…"
REVIEW_ROWS = 200
"""Rows for a person to look at: half of them drawn at random, half the least certain."""


@dataclass(frozen=True)
class AnsweredBy:
    """The model that predicted a table.

    Attributes:
        name: for people.
        sha256: its fingerprint.
        labels: names of its classes.
        columns: names of the classes that the table has probabilities of, where it has them of all.
    """

    name: str
    sha256: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """The predictions of the rows with one value of a column.

    Attributes:
        value: of the column; empty for rows without one.
        rows: that have it.
        shares: of each class among those with a label.
        is_few: whether they are so few that their shares say little.
    """

    value: str
    rows: int
    shares: tuple[Share, ...]
    is_few: bool


@dataclass(frozen=True)
class ReviewRow:
    """A row for a person to look at.

    Attributes:
        number: counted from 1, without header and blank lines.
        text: of the row.
        label: the predicted class; None for an unsure row.
        probability: of the most probable class.
        is_random: whether it was drawn at random, rather than for its low probability.
    """

    number: int
    text: str
    label: str | None
    probability: float
    is_random: bool


@dataclass(frozen=True)
class PredictionSummary:
    """What a table of predictions says as a whole.

    Attributes:
        source: the predicted table.
        model: name of the model.
        model_sha256: its fingerprint.
        labels: names of its classes.
        rows: of the table.
        labelled: rows with a label.
        unsure: rows without one because of their low probability.
        empty: rows without a text.
        rejected: broken rows, which are in none of the other counts.
        shares: of each class among the rows with a label.
        known_errors: the rows from which it is known how the model errs, for people; None if there are none.
        not_corrected: why the shares are not corrected, in words; None if they are.
        mean_probability: of the predicted classes; None without any.
        certainty: rows by probability of the predicted class, in 20 bins of equal width from 0 to 1.
        groups: by column, the groups with the most rows first, or in order for months.
        month_column: the column with the dates of the months; None without months among the groups.
        words: typical of the texts of each class.
        review: rows to look at, random ones first.
    """

    source: str
    model: str
    model_sha256: str
    labels: tuple[str, ...]
    rows: int
    labelled: int
    unsure: int
    empty: int
    rejected: int
    shares: tuple[Share, ...]
    known_errors: str | None
    not_corrected: str | None
    mean_probability: float | None
    certainty: tuple[int, ...]
    groups: dict[str, tuple[Group, ...]]
    month_column: str | None
    words: dict[str, list[str]]
    review: tuple[ReviewRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, without the rows to look at, which hold texts."""
        return {name: value for name, value in asdict(self).items() if name != "review"}

    def least_certain(self, n: int) -> list[ReviewRow]:
        """Return the `n` rows with the lowest probabilities, the lowest first; at most half of those in `review`."""
        return sorted(self.review, key=lambda row: (row.probability, row.number))[:n]


def summarize(
    table: AnsweredTable,
    answered_by: AnsweredBy,
    errors: KnownErrors,
    *,
    rejected: int = 0,
    review_rows: int = REVIEW_ROWS,
    seed: int = 0,
) -> PredictionSummary:
    """Summarize a table of predictions, in one pass and flat memory.

    Args:
        table: with the predictions of the model.
        answered_by: the model.
        errors: that it is known to make.
        rejected: broken rows of the run.
        review_rows: rows to choose for a person to look at.
        seed: of the random ones.

    Raises:
        DataError: the table cannot be read, or has no column to group by.
    """
    labels = answered_by.labels
    found = table.rows(answered_by.columns)
    counts = _Counts(labels, len(found.groups), review_rows, seed)
    for row in found.rows:
        counts.add(row)
    groups = {
        name: _groups(by_value, labels, errors.confusion, is_sorted=name == MONTH and name not in (table.by or ()))
        for name, by_value in zip(found.groups, counts.groups, strict=True)
    }
    if table.by is None:
        groups = {name: of_column for name, of_column in groups.items() if is_grouping(of_column, counts.rows)}
    is_labelled = counts.total.sum() > 0
    return PredictionSummary(
        source=table.request.path,
        model=answered_by.name,
        model_sha256=answered_by.sha256,
        labels=labels,
        rows=counts.rows,
        labelled=int(counts.total.sum()),
        unsure=counts.unsure,
        empty=counts.rows - int(counts.total.sum()) - counts.unsure,
        rejected=rejected,
        shares=tuple(shares_of(labels, counts.total, errors.confusion)),
        known_errors=errors.source,
        not_corrected=errors.fault,
        mean_probability=counts.probability_sum / counts.total.sum() if is_labelled else None,
        certainty=tuple(counts.certainty.tolist()),
        groups=groups,
        month_column=found.month_column if MONTH in groups else None,
        words=counts.words.typical(),
        review=counts.review(),
    )


class _Counts:
    """Everything that is counted in one pass."""

    def __init__(self, labels: tuple[str, ...], num_groups: int, review_rows: int, seed: int) -> None:
        self._place = {label: place for place, label in enumerate(labels)}
        self._num_random = (review_rows + 1) // 2
        self._num_least = review_rows - self._num_random
        self._random = random.Random(seed)  # noqa: S311  (no secret)
        self._drawn: list[tuple[int, AnsweredRow]] = []
        self._least: list[tuple[float, int, AnsweredRow]] = []
        self._num_predicted = 0
        self.rows = self.unsure = 0
        self.probability_sum = 0.0
        self.total = np.zeros(len(labels), dtype=np.int64)
        self.certainty = np.zeros(CERTAINTY_BINS, dtype=np.int64)
        self.groups: list[dict[str, Counter[int]]] = [defaultdict(Counter) for _ in range(num_groups)]
        self.words = WordCounts()

    def add(self, row: AnsweredRow) -> None:
        self.rows += 1
        self.unsure += row.reason == UNSURE
        place = -1 if row.label is None else self._place[row.label]
        for values, value in zip(self.groups, row.groups, strict=True):
            values[value if value in values or len(values) < MOST_GROUPS else OTHER_GROUPS][place] += 1
        if row.probability is None:
            return
        self.certainty[min(int(row.probability * CERTAINTY_BINS), CERTAINTY_BINS - 1)] += 1
        self._choose(row, row.probability)
        if row.label is not None:
            self.total[place] += 1
            self.probability_sum += row.probability
            self.words.add(row.label, row.text)

    def _choose(self, row: AnsweredRow, probability: float) -> None:
        """Keep a random sample (Vitter 1985, algorithm R), and twice the least certain rows that are shown."""
        self._num_predicted += 1
        if len(self._drawn) < self._num_random:
            self._drawn.append((self._num_predicted, row))
        elif (place := self._random.randrange(self._num_predicted)) < self._num_random:
            self._drawn[place] = (self._num_predicted, row)
        # As many more as may have been drawn at random too.
        entry = (-probability, -row.number, row)
        if len(self._least) < self._num_least + self._num_random:
            heapq.heappush(self._least, entry)
        elif self._least and entry > self._least[0]:
            heapq.heapreplace(self._least, entry)

    def review(self) -> tuple[ReviewRow, ...]:
        drawn = sorted(row for _, row in self._drawn)
        numbers = {row.number for row in drawn}
        least = [row for _, _, row in sorted(self._least, reverse=True) if row.number not in numbers]
        return tuple(
            ReviewRow(row.number, row.text, row.label, row.probability or 0.0, is_random)
            for rows, is_random in ((drawn, True), (least[: self._num_least], False))
            for row in rows
        )


def _groups(
    by_value: dict[str, Counter[int]], labels: tuple[str, ...], confusion: NDArray[np.int64], *, is_sorted: bool
) -> tuple[Group, ...]:
    found = []
    for value, places in by_value.items():
        counted = np.array([places[place] for place in range(len(labels))], dtype=np.int64)
        shares = tuple(shares_of(labels, counted, confusion))
        found.append(Group(value, places.total(), shares, int(counted.sum()) < FEW_ROWS))
    return tuple(sorted(found, key=lambda group: (group.value if is_sorted else "", -group.rows, group.value)))
