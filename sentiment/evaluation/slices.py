"""Accuracy in parts of the evaluated rows: by length, and by the values of a column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sentiment.evaluation.answers import Answers
from sentiment.metrics import accuracy_interval

LENGTH = "tokens"
FEW_ROWS = 30
MOST_SLICES = 200
_LENGTHS = (1, 6, 11, 21, 51, 101)


@dataclass(frozen=True)
class Slice:
    """The accuracy on rows that have something in common.

    Attributes:
        value: what they have in common; empty for rows without a value.
        n: rows.
        accuracy: on them.
        accuracy_interval: Wilson's 95 % interval.
        is_few: whether they are so few that the accuracy says little.
    """

    value: str
    n: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    is_few: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {**asdict(self), "accuracy_interval": list(self.accuracy_interval)}


def slices_of(answers: Answers, cells: Mapping[str, Sequence[str]]) -> dict[str, tuple[Slice, ...]]:
    """Return the accuracy by tokens of a text, and by the values of each column, those with the most rows first.

    A column that is itself called `tokens` is found as `column tokens`.

    Args:
        answers: n rows that all have a prediction.
        cells: n of each column.
    """
    found = {LENGTH: tuple(_by_length(answers))}
    for column, values in cells.items():
        name = f"column {column}" if column == LENGTH else column
        # As objects: an array of strings would take the longest of them for each row.
        stripped = np.array([value.strip() for value in values], dtype=object)
        seen, places = np.unique(stripped, return_inverse=True)
        sizes, right = np.bincount(places), np.bincount(places, weights=answers.is_right)
        largest = np.argsort(-sizes, kind="stable")[:MOST_SLICES]
        found[name] = tuple(_slice(seen[value], int(sizes[value]), int(right[value])) for value in largest.tolist())
    return found


def _by_length(answers: Answers) -> Iterator[Slice]:
    for low, high in zip(_LENGTHS, [*_LENGTHS[1:], None], strict=True):
        inside = (answers.num_tokens >= low) & (answers.num_tokens < (high or np.inf))
        if n := int(inside.sum()):
            name = f"{low}–{high - 1}" if high else f"{low}+"
            yield _slice(name, n, int(answers.is_right[inside].sum()))


def _slice(value: str, n: int, right: int) -> Slice:
    return Slice(value, n, right / n, accuracy_interval(right, n), n < FEW_ROWS)
