"""A part of the rows to check: training or test rows, with examples of them for people."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sentiment.data import LabelledTexts
from sentiment.evaluation.data_check.findings import Example, Finding, Level, PartSummary
from sentiment.evaluation.data_check.personal import without_personal_data
from sentiment.wording import on_one_line

MAX_EXAMPLES = 5
_PLACES_SHOWN = 5
_SHOWN_CHARACTERS = 80
_MASKED_CHARACTERS = 2_000
"""Longer texts are cut before personal data is removed, which takes time; no example shows as many."""


@dataclass(frozen=True)
class Part:
    """Rows to check.

    Attributes:
        rows: as they are found.
        renamed: what labels with personal data are called instead.
    """

    rows: LabelledTexts
    renamed: Mapping[str, str]

    @property
    def name(self) -> str:
        """Their name."""
        return self.rows.name

    @property
    def is_labelled(self) -> bool:
        """Whether they have labels."""
        return bool(self.rows.label_column)

    @property
    def texts(self) -> list[str]:
        """Their texts."""
        return self.rows.texts

    @cached_property
    def labels(self) -> list[str]:
        """Their labels, without personal data."""
        return [self.renamed.get(label, label) for label in self.rows.labels]

    @cached_property
    def rows_of_text(self) -> dict[str, list[int]]:
        """The rows of each text, in order."""
        rows: dict[str, list[int]] = {}
        for row, text in enumerate(self.texts):
            rows.setdefault(text, []).append(row)
        return rows

    def place(self, row: int) -> str:
        """Return the position of a row in its source: its line in a text file, else its number."""
        if not self.rows.places:
            return f"row {row + 1:,}"
        place = self.rows.places[row].rpartition(":")[2].strip()
        return f"line {int(place):,}" if place.isdecimal() else place

    def example(self, rows: Sequence[int], about: str = "", *, with_text: bool = True) -> Example:
        """Return an example of some rows with one text; personal data in it is not shown."""
        text = shown(self.texts[rows[0]]) if with_text else ""
        return Example(tuple(self.place(row) for row in rows[:_PLACES_SHOWN]), text, about)

    def finding(
        self, check: str, level: Level, rows: Sequence[int], advice: str, abouts: Iterable[str] | None = None
    ) -> Finding:
        """Return a finding about rows, with the first of them as examples.

        Args:
            check: its name.
            level: how bad it is.
            rows: those that have the fault.
            advice: what to do.
            abouts: what is to be seen in each of them.
        """
        pairs = zip(rows[:MAX_EXAMPLES], abouts or [""] * MAX_EXAMPLES, strict=False)
        examples = tuple(self.example([row], about) for row, about in pairs)
        return Finding(check, self.name, level, len(rows), len(self.texts), advice=advice, examples=examples)

    def summary(self) -> PartSummary:
        """Return counts, classes and lengths."""
        lengths = np.array([len(text) for text in self.texts if text])
        quantiles = np.quantile(lengths, [0, 0.5, 0.95, 1], method="nearest").tolist()
        names = ("least", "median", "95 %", "most")
        per_label = Counter(label for text, label in zip(self.texts, self.labels, strict=True) if text and label)
        return PartSummary(
            self.name,
            self.rows.sha256,
            self.rows.counts,
            dict(per_label.most_common()),
            dict(zip(names, quantiles, strict=True)),
        )


def without_personal_labels(labels: Iterable[str]) -> dict[str, str]:
    """Return another name for each label that contains personal data."""
    personal = [label for label in sorted(set(labels)) if without_personal_data(label) != label]
    return {label: f"{without_personal_data(label)} {number}" for number, label in enumerate(personal, 1)}


def shown(text: str) -> str:
    """Return a text on one line, cut, with personal data replaced by its kind."""
    if not text:
        return "(empty)"
    return on_one_line(without_personal_data(text[:_MASKED_CHARACTERS]), _SHOWN_CHARACTERS)
