"""Rows passed by a program, in place of a source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sentiment.callbacks import Notify
from sentiment.data.rows import LabelledTexts
from sentiment.data.tables import read_table, require_rows
from sentiment.tables import Columns, Sample, TableRow

GIVEN = "in-memory"
"""The name of their source, which cannot be read again."""


@dataclass(frozen=True)
class _GivenTable:
    texts: Sequence[str]
    labels: Sequence[object]
    columns: Sequence[str] = ("text", "label")
    name: str = GIVEN
    is_typed: bool = True
    repeated_headers: Sequence[str] = ()

    def sample(self) -> Sample:
        return ()  # only used to search for columns

    def rows(self, text_column: int, others: Sequence[int] = ()) -> Iterator[TableRow]:  # noqa: ARG002
        for number, (text, label) in enumerate(zip(self.texts, self.labels, strict=True), 1):
            is_text = isinstance(text, str | None)
            yield TableRow(f"{GIVEN}: row {number:,}", text, [label], None if is_text else "holds no text")


def given_rows(texts: Sequence[str], labels: Sequence[object], notify: Notify, *, part: str = "") -> LabelledTexts:
    """Return texts and labels as if read from a table with these two columns.

    Args:
        texts: n texts; empty ones are left out.
        labels: n labels: strings, numbers or booleans; rows with None are left out.
        notify: gets notes on rows left out, and on labels that look alike.
        part: what the rows are for, for people.

    Raises:
        DataError: no row can be used, or the labels are nearly all different.
    """
    table = _GivenTable(texts, labels)
    return require_rows(read_table(f"{GIVEN} {part}".rstrip(), table, Columns(*table.columns), notify))
