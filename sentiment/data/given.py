"""Rows that a program gives, in place of a source."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sentiment.data.columns import Columns
from sentiment.data.rows import LabelledTexts
from sentiment.data.tables import Cells, read_table, require_rows, to_cells
from sentiment.tables import Sample

GIVEN = "in-memory"
"""The name of their source, from which nothing can be read again."""


@dataclass(frozen=True)
class _GivenTable:
    texts: Sequence[str]
    labels: Sequence[object]
    columns: Sequence[str] = ("text", "label")

    def sample(self) -> Sample:
        return ()  # which only those look at who search for columns

    def cells(self, text_column: str, label_column: str) -> Iterator[Cells | None]:  # noqa: ARG002
        return map(to_cells, self.texts, self.labels)


def given_rows(
    texts: Sequence[str], labels: Sequence[object], notify: Callable[[str], None], *, part: str = ""
) -> LabelledTexts:
    """Return texts and labels as the rows of a table with these two columns would be read.

    Args:
        texts: n texts; those that are empty are left out.
        labels: n labels: strings, numbers, booleans; rows with None are left out.
        notify: hears which rows are left out, and of labels that look alike.
        part: what the rows are for, as people call it.

    Raises:
        DataError: no row can be used, or the labels are nearly all different.
    """
    table = _GivenTable(texts, labels)
    return require_rows(read_table(f"{GIVEN} {part}".rstrip(), table, Columns(*table.columns), notify))
