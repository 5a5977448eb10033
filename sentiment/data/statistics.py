"""Statistics that show whether rows are suitable for training."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from sentiment.data.rows import LabelledTexts, RowCounts


@dataclass(frozen=True)
class RowStatistics:
    """Statistics of rows.

    Attributes:
        counts: rows read, used, and left out by kind of fault.
        rows_per_label: the most common label first.
        repeated: rows whose exact text occurs in an earlier row.
        contradictory: texts that occur with more than one label.
    """

    counts: RowCounts
    rows_per_label: dict[str, int]
    repeated: int
    contradictory: int


def describe(rows: LabelledTexts) -> RowStatistics:
    """Return the statistics of rows."""
    labels_by_text: defaultdict[str, set[str]] = defaultdict(set)
    for text, label in zip(rows.texts, rows.labels, strict=True):
        labels_by_text[text].add(label)
    return RowStatistics(
        counts=rows.counts,
        rows_per_label=dict(Counter(rows.labels).most_common()),
        repeated=len(rows.texts) - len(labels_by_text),
        contradictory=sum(len(labels) > 1 for labels in labels_by_text.values()),
    )
