"""Accuracy in parts of the evaluated rows: by length, and by the values of a column."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        values_seen, places = np.unique(np.array(values, dtype=np.str_), return_inverse=True)
        slices = [_slice(str(value), answers, places == place) for place, value in enumerate(values_seen)]
        name = f"column {column}" if column == LENGTH else column
        found[name] = tuple(sorted(slices, key=lambda one: (-one.n, one.value))[:MOST_SLICES])
    return found


def _by_length(answers: Answers) -> Iterator[Slice]:
    for low, high in zip(_LENGTHS, [*_LENGTHS[1:], None], strict=True):
        inside = (answers.num_tokens >= low) & (answers.num_tokens < (high or np.inf))
        if inside.any():
            yield _slice(f"{low}–{high - 1}" if high else f"{low}+", answers, inside)


def _slice(value: str, answers: Answers, inside: NDArray[np.bool_]) -> Slice:
    n, right = int(inside.sum()), int((answers.is_right & inside).sum())
    return Slice(value, n, right / n, accuracy_interval(right, n), n < FEW_ROWS)
