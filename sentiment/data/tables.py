"""A table as its reader gives it: the names of its columns, and two of them row by row."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from sentiment.data.columns import Columns, find_columns
from sentiment.data.rows import LabelledTexts, RowCounts
from sentiment.errors import DataError

MAX_FOUND_LABELS = 100
"""A label column that nobody named may hold this many distinct labels; more look like the wrong column."""

_MIN_ROWS_TO_JUDGE = 10

Cells = tuple[str | None, str | None]
"""Text and label of a row; None where it has none."""


class Table(Protocol):
    """Rows with named columns."""

    @property
    def columns(self) -> Sequence[str]:
        """The names, from left to right."""

    def cells(self, text_column: str, label_column: str) -> Iterator[Cells | None]:
        """Yield text and label of each row, None where the row is malformed. Once only."""


def to_cells(text: object, label: object) -> Cells | None:
    """Return the cells of a row of a typed format, or None if they hold neither text nor label.

    A whole number, also one written as 1.0, becomes its digits; True and False become 1 and 0.
    """
    if not isinstance(text, str | None):
        return None
    match label:
        case None | str():
            return text, label
        case bool() | int():
            return text, str(int(label))
        case float():
            return text, None if math.isnan(label) else str(int(label)) if label.is_integer() else repr(label)
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
    columns = find_columns(name, table.columns, wanted, notify)
    rows = _collect(name, table.cells(*columns), columns, renamed_labels or {})
    _check_labels(rows, is_named=wanted.label is not None)
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
    kept_labels = dict(renamed_labels)  # a label stands in memory once, not once a row
    empty = unlabelled = malformed = 0
    for row in cells:
        if row is None:
            malformed += 1
            continue
        text, label = row
        if not text or text.isspace():
            empty += 1
        elif label is None or not (stripped := label.strip()):
            unlabelled += 1
        else:
            texts.append(text)
            labels.append(kept_labels.setdefault(stripped, stripped))
    read = len(texts) + empty + unlabelled + malformed
    counts = RowCounts(read, len(texts), empty, unlabelled, malformed)
    return LabelledTexts(name, texts, labels, counts, *columns)


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
