"""Read texts and labels from a table."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from sentiment.callbacks import Notify
from sentiment.data.labels import label_notes, missing_labels, normal_label
from sentiment.data.rows import LabelledTexts, RowCounts
from sentiment.errors import DataError
from sentiment.tables import Columns, Table, find_columns, find_named_column, listed

MAX_FOUND_LABELS = 100
"""Most distinct labels of an auto-detected label column; more look like the wrong column."""

SAMPLED_COLUMN = "sampled"
"""In a sheet of rows for a person to check: how each was chosen."""

_MIN_ROWS_TO_JUDGE = 10


def read_table(
    name: str,
    table: Table,
    wanted: Columns,
    notify: Notify,
    renamed_labels: Mapping[str, str] | None = None,
    others: Sequence[str] = (),
    *,
    as_found: bool = False,
    needs_label: bool = True,
) -> LabelledTexts:
    """Read the texts and labels of a table; rows without either are counted and reported.

    Args:
        name: of the table, for people.
        table: the rows.
        wanted: the requested columns.
        notify: gets notes on the columns found and on rows left out.
        renamed_labels: new names for labels in the table.
        others: columns whose cells to keep; that of a review sheet is kept wherever it is.
        as_found: whether to keep the position of each row, which takes about 100 bytes a row, and labelled rows without
            text, whose text is then "".
        needs_label: whether labels are required; otherwise a table without any is read too: `label_column` and all
            labels are then "".

    Raises:
        DataError: a column is missing or looks wrong, or the table cannot be read to its end.
    """
    text, label = _find_columns(name, table, wanted, notify, needs_label=needs_label)
    places = {table.columns[place]: place for place in (find_named_column(table, other) for other in others)}
    if SAMPLED_COLUMN in table.columns:
        places.setdefault(SAMPLED_COLUMN, table.columns.index(SAMPLED_COLUMN))
    rows = collect(
        name, table, text, label, renamed_labels or {}, needs_label=needs_label, others=places, as_found=as_found
    )
    if not needs_label:
        if not any(rows.labels):
            return _told(replace(rows, label_column=""), notify)
        rows = _without({""}, rows)
    if missing := missing_labels(set(rows.labels)):
        notify(
            f"{name}: {listed(sorted(missing))} is not counted as a label, because all others are numbers or booleans"
        )
        rows = _without(missing, rows)
    _check_labels(rows, is_named=wanted.label is not None)
    for note in label_notes(Counter(rows.labels)):
        notify(f"{name}: {note}")
    return _told(rows, notify)


def _told(rows: LabelledTexts, notify: Notify) -> LabelledTexts:
    """Notify which rows are left out."""
    if left_out := rows.counts.left_out():
        notify(f"{rows.name}: {left_out}")
    return rows


def _find_columns(
    name: str, table: Table, wanted: Columns, notify: Notify, *, needs_label: bool
) -> tuple[int, int | None]:
    """Return the positions of the texts and of the labels; of labels none only where no column may hold them."""
    try:
        return find_columns(name, table, wanted, notify)
    except DataError:
        if needs_label or wanted.label is not None:
            raise
        notes: list[str] = []
        text, label = find_columns(name, table, wanted, notes.append, needs_label=False)
        if label is not None:
            raise
    for note in notes:
        notify(note)
    return text, None


def collect(
    name: str,
    table: Table,
    text_column: int,
    label_column: int | None,
    renamed_labels: Mapping[str, str],
    *,
    needs_label: bool = True,
    others: Mapping[str, int] | None = None,
    as_found: bool = False,
) -> LabelledTexts:
    """Return the rows that have a text and a label, and count the others.

    Args:
        name: of the rows, for people.
        table: the rows.
        text_column: position of the texts.
        label_column: position of the labels; None if there are none.
        renamed_labels: new names for labels in the table.
        needs_label: whether a row without label is left out; otherwise its label is "".
        others: positions of other columns whose cells to keep, by name.
        as_found: whether to keep the position of each row, and labelled rows without text.
    """
    others = others or {}
    cells: dict[str, list[str]] = {other: [] for other in others}
    texts: list[str] = []
    labels: list[str] = []
    places: list[str] = []
    spelling: dict[str | None, str] = {None: ""}  # store each label once, not once per row
    empty = unlabelled = malformed = 0
    label_place = [] if label_column is None else [label_column]
    for row in table.rows(text_column, [*label_place, *others.values()]):
        try:
            label = _label(row.cells[0]) if row.cells and label_place else None
        except TypeError:
            malformed += 1
            continue
        if row.fault is not None:
            malformed += 1
            continue
        is_empty = not row.text or row.text.isspace()
        if label not in spelling:
            normal = normal_label(label or "")
            spelling[label] = renamed_labels.get(normal, normal)
        is_unlabelled = needs_label and not spelling[label]
        empty += is_empty
        unlabelled += is_unlabelled and not is_empty
        if is_unlabelled or (is_empty and not as_found):
            continue
        texts.append("" if is_empty else row.text or "")
        labels.append(spelling[label])
        for other, cell in zip(others, row.cells[len(label_place) :], strict=True):
            cells[other].append("" if cell is None else str(cell))
        if as_found:
            places.append(row.where)
    used = len(texts) - texts.count("")
    read = used + empty + unlabelled + malformed
    counts = RowCounts(read, used, empty, unlabelled, malformed)
    label_name = "" if label_column is None else table.columns[label_column]
    columns = table.columns[text_column], label_name
    return LabelledTexts(name, texts, labels, counts, *columns, cells, places, tuple(table.repeated_headers))


def _label(cell: object) -> str | None:
    """Return the label of a cell, None if it is missing.

    A number becomes its digits, and a boolean True or False, as in a text file written by Python.

    Raises:
        TypeError: its value cannot be a label.
    """
    match cell:
        case None | str():
            return cell
        case bool() | int():
            return str(cell)
        case float():
            return None if math.isnan(cell) else str(int(cell)) if cell.is_integer() else repr(cell)
        case Decimal():
            return None if cell.is_nan() else f"{cell:f}"
        case _:
            raise TypeError


def _without(missing: Collection[str], rows: LabelledTexts) -> LabelledTexts:
    """Return the rows without those whose label means a missing value, which are counted as unlabelled."""
    kept = [row for row, label in enumerate(rows.labels) if label not in missing]
    counts = rows.counts
    used = sum(bool(rows.texts[row]) for row in kept)
    counts = replace(counts, used=used, unlabelled=counts.unlabelled + counts.used - used)
    texts, labels = [rows.texts[row] for row in kept], [rows.labels[row] for row in kept]
    places = [rows.places[row] for row in kept] if rows.places else ()
    return replace(rows, texts=texts, labels=labels, counts=counts, cells=rows.cells_of(kept), places=places)


def require_rows(rows: LabelledTexts) -> LabelledTexts:
    """Return the rows.

    Raises:
        DataError: there are none.
    """
    if rows.counts.used:
        return rows
    if not rows.counts.read:
        raise DataError(f"{rows.name}: contains no rows, only column names; add rows")
    if rows.label_column and rows.counts.unlabelled + rows.counts.empty == rows.counts.read > rows.counts.empty:
        raise DataError(
            f"{rows.name}: column {rows.label_column!r} is empty in all {rows.counts.unlabelled:,} rows with a text; "
            "fill in the labels, or choose another column with `label_column`"
        )
    raise DataError(
        f"{rows.name}: no row can be used; {rows.counts.left_out()}; "
        f"are {rows.text_column!r} and {rows.label_column!r} the right columns?"
    )


def _check_labels(rows: LabelledTexts, *, is_named: bool) -> None:
    """Refuse a label column of row numbers, dates or texts: it would train for hours and learn nothing.

    A column that was named may have many labels, or nearly as many as rows, but not both.
    """
    distinct, total = len(set(rows.labels)), len(rows.labels)
    is_different = total >= _MIN_ROWS_TO_JUDGE and distinct == total
    is_mostly_different = total >= _MIN_ROWS_TO_JUDGE and distinct > total / 2
    is_many = distinct > MAX_FOUND_LABELS
    if is_different or (is_mostly_different and is_many if is_named else is_mostly_different or is_many):
        raise DataError(
            f"{rows.name}: column {rows.label_column!r} contains {distinct:,} different labels in {total:,} "
            "rows, which looks like the wrong column; choose the right one with `label_column`"
        )
