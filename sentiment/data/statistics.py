"""Figures that tell whether rows are fit to learn from."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from sentiment.data.rows import LabelledTexts, RowCounts


@dataclass(frozen=True)
class RowStatistics:
    """Figures of rows.

    Attributes:
        counts: rows read, used, and left out for which fault.
        rows_per_label: the commonest label first.
        repeated: rows whose text, character by character, stands in an earlier row.
        contradictory: texts that stand there with more than one label.
    """

    counts: RowCounts
    rows_per_label: dict[str, int]
    repeated: int
    contradictory: int


def describe(rows: LabelledTexts) -> RowStatistics:
    """Return the figures of rows."""
    labels_by_text: defaultdict[str, set[str]] = defaultdict(set)
    for text, label in zip(rows.texts, rows.labels, strict=True):
        labels_by_text[text].add(label)
    return RowStatistics(
        counts=rows.counts,
        rows_per_label=dict(Counter(rows.labels).most_common()),
        repeated=len(rows.texts) - len(labels_by_text),
        contradictory=sum(len(labels) > 1 for labels in labels_by_text.values()),
    )
