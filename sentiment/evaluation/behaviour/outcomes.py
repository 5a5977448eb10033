"""Which cases of a suite a classifier passes: a pure function of its probabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sentiment.data import normal_label
from sentiment.data.behaviour import Case, Expectation, Suite
from sentiment.errors import DataError
from sentiment.probabilities import most_probable

SURE = 0.9
"""A direction also holds if the probability is at least this before and after: it has no room to rise."""


@dataclass(frozen=True)
class LabelMap:
    """The labels of a suite, as a model has them.

    Attributes:
        labels: of the model, in its order.
        columns: of each label of the suite that the model has, its position in `labels`.
        missing: labels of the suite that the model lacks.
    """

    labels: tuple[str, ...]
    columns: Mapping[str, int]
    missing: tuple[str, ...]

    @classmethod
    def of(cls, suite: Suite, labels: tuple[str, ...]) -> Self:
        """Match labels by the spellings of the suite; a number is one only where the model has two classes.

        Raises:
            DataError: fewer than two labels match.
        """
        place = {normal_label(label).casefold(): column for column, label in enumerate(labels)}
        columns: dict[str, int] = {}
        for label, spellings in suite.spellings.items():
            usable = [spelling for spelling in spellings if len(labels) == 2 or not spelling.isdecimal()]
            found = next((place[key] for one in usable if (key := normal_label(one).casefold()) in place), None)
            if found is not None and found not in columns.values():
                columns[label] = found
        missing = tuple(label for label in suite.spellings if label not in columns)
        if len(columns) < 2:
            raise DataError(
                f"{suite.name}: needs two of the labels {', '.join(suite.spellings)}, but those of the model are "
                f"{', '.join(map(repr, labels[:10]))}; add their spellings to a copy of the suite"
            )
        return cls(labels, columns, missing)

    def can_judge(self, case: Case) -> bool:
        """Return whether the model has the label that a case expects, if any."""
        return case.label is None or case.label in self.columns


@dataclass(frozen=True)
class Outcome:
    """What a model did with a case.

    Attributes:
        case: the case.
        passed: whether that was right.
        predicted: its label for each text; None for a text without a token.
        probabilities: for each text, of the label that the case expects, or that the model gives to the first text;
            None for a text without a token.
    """

    case: Case
    passed: bool
    predicted: tuple[str | None, ...]
    probabilities: tuple[float | None, ...]


def judge(cases: Sequence[Case], known: LabelMap, probabilities: Mapping[str, NDArray[np.float32]]) -> list[Outcome]:
    """Return the outcome of every case whose label the model has.

    Args:
        cases: to judge.
        known: the labels of the model.
        probabilities: of each text, (classes,); NaN where it has no token.
    """
    return [_outcome(case, known, probabilities) for case in cases if known.can_judge(case)]


def _outcome(case: Case, known: LabelMap, probabilities: Mapping[str, NDArray[np.float32]]) -> Outcome:
    rows = np.stack([probabilities[text] for text in case.texts])
    is_answered = ~np.isnan(rows[:, 0])
    best = most_probable(np.nan_to_num(rows))
    wanted = int(best[0]) if case.label is None else known.columns[case.label]
    of_wanted = rows[:, wanted].astype(float)
    if not is_answered.all():
        passed = False
    elif case.test is Expectation.TOWARDS:
        before, after = of_wanted
        passed = bool(after > before or min(before, after) >= SURE)
    else:
        passed = bool((best == wanted).all())
    return Outcome(
        case,
        passed,
        tuple(known.labels[column] if told else None for column, told in zip(best, is_answered.tolist(), strict=True)),
        tuple(
            round(float(one), 4) if told else None for one, told in zip(of_wanted, is_answered.tolist(), strict=True)
        ),
    )
