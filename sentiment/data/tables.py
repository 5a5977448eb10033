"""A table as its reader gives it: the names of its columns, and two of them row by row."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from sentiment.data.columns import Columns, find_columns
from sentiment.data.labels import label_notes, missing_labels, normal_label
from sentiment.data.rows import LabelledTexts, RowCounts
from sentiment.errors import DataError
from sentiment.tables import Sample, listed

MAX_FOUND_LABELS = 100
"""A label column that nobody named may hold this many distinct labels; more look like the wrong column."""

SAMPLE_ROWS = 50
"""The first rows of a table, by which its columns are told."""

_MIN_ROWS_TO_JUDGE = 10

Cells = tuple[str | None, str | None]
"""Text and label of a row; None where it has none."""


class Table(Protocol):
    """Rows with named columns."""

    @property
    def columns(self) -> Sequence[str]:
        """The names, from left to right."""

    def sample(self) -> Sample:
        """Return the cells of the first rows, each as long as `columns`, without using them up."""

    def cells(self, text_column: str, label_column: str) -> Iterator[Cells | None]:
        """Yield text and label of each row, None where the row is malformed. Once only."""


def to_cells(text: object, label: object) -> Cells | None:
    """Return the cells of a row of a typed format, or None if they hold neither text nor label.

    A number becomes its digits, and a boolean True or False, as in a file of text that Python writes.
    """
    if not isinstance(text, str | None):
        return None
    match label:
        case None | str():
            return text, label
        case bool() | int():
            return text, str(label)
        case float():
            return text, None if math.isnan(label) else str(int(label)) if label.is_integer() else repr(label)
        case Decimal():
            return text, None if label.is_nan() else f"{label:f}"
        case _:
            return None


def read_table(
    name: str,
    table: Table,
    wanted: Columns,
    notify: Callable[[str], None],
    renamed_labels: Mapping[str, str] | None = None,
) -> LabelledTexts:
    """Read the texts and labels of a table; rows without either are counted and reported.

    Args:
        name: of the table, for people.
        table: the rows.
        wanted: the columns that somebody named.
        notify: hears which columns were found and how many rows are left out.
        renamed_labels: other names for labels as they stand in the table.

    Raises:
        DataError: a column is not there or looks wrong, or the table cannot be read to its end.
    """
    columns = find_columns(name, table.columns, wanted, table.sample, notify)
    rows = _collect(name, table.cells(*columns), columns, renamed_labels or {})
    if missing := missing_labels(set(rows.labels)):
        notify(f"{name}: {listed(sorted(missing))} counts as no label, as all others are numbers or booleans")
        rows = _without(missing, rows)
    _check_labels(rows, is_named=wanted.label is not None)
    for note in label_notes(Counter(rows.labels)):
        notify(f"{name}: {note}")
    left_out = rows.counts.left_out()
    if left_out:
        notify(f"{name}: {left_out}")
    return rows


def _collect(
    name: str, cells: Iterable[Cells | None], columns: tuple[str, str], renamed_labels: Mapping[str, str]
) -> LabelledTexts:
    """Return the rows that hold a text and a label, and count the others."""
    texts: list[str] = []
    labels: list[str] = []
    spelling: dict[str, str] = {}  # a label stands in memory once, not once a row
    empty = unlabelled = malformed = 0
    for row in cells:
        if row is None:
            malformed += 1
            continue
        text, label = row
        if not text or text.isspace():
            empty += 1
            continue
        if label is not None and label not in spelling:
            normal = normal_label(label)
            spelling[label] = renamed_labels.get(normal, normal)
        if label is None or not spelling[label]:
            unlabelled += 1
        else:
            texts.append(text)
            labels.append(spelling[label])
    read = len(texts) + empty + unlabelled + malformed
    counts = RowCounts(read, len(texts), empty, unlabelled, malformed)
    return LabelledTexts(name, texts, labels, counts, *columns)


def _without(missing: Collection[str], rows: LabelledTexts) -> LabelledTexts:
    """Return the rows but for those whose label stands for a missing one, which are counted as unlabelled."""
    kept = [row for row, label in enumerate(rows.labels) if label not in missing]
    counts = rows.counts
    counts = replace(counts, used=len(kept), unlabelled=counts.unlabelled + counts.used - len(kept))
    texts, labels = [rows.texts[row] for row in kept], [rows.labels[row] for row in kept]
    return replace(rows, texts=texts, labels=labels, counts=counts)


def require_rows(rows: LabelledTexts) -> LabelledTexts:
    """Return the rows.

    Raises:
        DataError: there are none.
    """
    if rows.texts:
        return rows
    if not rows.counts.read:
        raise DataError(f"{rows.name}: holds no rows, only the names of its columns; add rows")
    raise DataError(
        f"{rows.name}: no row can be used; {rows.counts.left_out()}; "
        f"are {rows.text_column!r} and {rows.label_column!r} the right columns?"
    )


def _check_labels(rows: LabelledTexts, *, is_named: bool) -> None:
    """Refuse a label column that holds numbers of rows, dates or texts: it would train for hours and learn nothing."""
    distinct, total = len(set(rows.labels)), len(rows.labels)
    mostly_distinct = total >= _MIN_ROWS_TO_JUDGE and distinct > total / 2
    if mostly_distinct or (distinct > MAX_FOUND_LABELS and not is_named):
        raise DataError(
            f"{rows.name}: column {rows.label_column!r} holds {distinct:,} different labels in {total:,} rows, "
            "which looks like the wrong column; name the right one with --label-column"
        )
