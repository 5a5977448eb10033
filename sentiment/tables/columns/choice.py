"""Choose the columns of a table to read, with notes for people."""

from dataclasses import dataclass

from sentiment.callbacks import Notify
from sentiment.errors import DataError
from sentiment.tables.columns.finding import ColumnFinder
from sentiment.tables.table import SampledTable, Table


@dataclass(frozen=True)
class Columns:
    """The requested columns; None to auto-detect."""

    text: str | None = None
    label: str | None = None


def find_text_column(table: SampledTable, wanted: str | None, notify: Notify) -> int:
    """Return the position of the column with the texts, and notify how it was found unless it was requested.

    Args:
        table: Its first rows are read only if no column is requested.
        wanted: The requested column; auto-detected if None.
        notify: Gets a note on the column found.

    Raises:
        DataError: The requested column is missing or duplicated, or none can be identified.
    """
    found = _finder(table.name, table, Columns(wanted, "")).texts(wanted)
    if wanted is None:
        notify(f"{table.name}: texts from column {table.columns[found.position]!r}{found.reason}")
    return found.position


def find_named_column(table: Table, name: str) -> int:
    """Return the position of a column by its name.

    Raises:
        DataError: It is missing or duplicated.
    """
    return ColumnFinder(table.name, table.columns, ()).named(name).position


def find_columns(
    name: str, table: Table, wanted: Columns, notify: Notify, *, needs_label: bool = True
) -> tuple[int, int | None]:
    """Return the positions of the texts and of the labels, and notify which columns were found.

    Args:
        name: Of the rows, for messages.
        table: Its first rows are read only to auto-detect a column.
        wanted: The requested columns.
        notify: Gets notes on the columns found, unless both are requested.
        needs_label: Whether labels are required. Otherwise ratings take precedence, there may be none, and a single
            column contains the texts, whatever its name.

    Raises:
        DataError: A requested column is missing, or one cannot be found, or is ambiguous.
    """
    columns, finder = table.columns, _finder(name, table, wanted)
    named_label = None if wanted.label is None else finder.labels(wanted.label).position
    is_alone = len(columns) == 1 and wanted.text is None and not needs_label
    text, reason = (0, "") if is_alone else finder.texts(wanted.text, apart_from=named_label)
    found = (finder.labels if needs_label else finder.optional_labels)(wanted.label, apart_from=text)
    label = None if found is None else found.position
    if text == label:
        raise DataError(f"{name}: column {columns[text]!r} cannot contain both texts and labels; choose another one")
    if None in (wanted.text, wanted.label):
        labels = "no labels" if label is None else f"labels from column {columns[label]!r}"
        notify(f"{name}: texts from column {columns[text]!r}{reason}, {labels}")
    return text, label


def _finder(name: str, table: SampledTable, wanted: Columns) -> ColumnFinder:
    return ColumnFinder(name, table.columns, table.sample() if None in (wanted.text, wanted.label) else ())
