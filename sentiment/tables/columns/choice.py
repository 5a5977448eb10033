"""Which columns of a table are read, and what people are told of it."""

from dataclasses import dataclass

from sentiment.callbacks import Notify
from sentiment.errors import DataError
from sentiment.tables.columns.finding import ColumnFinder
from sentiment.tables.table import Table


@dataclass(frozen=True)
class Columns:
    """The columns that were named; None where they are to be found."""

    text: str | None = None
    label: str | None = None


def find_text_column(table: Table, wanted: str | None, notify: Notify) -> int:
    """Return the position of the column with the texts, and tell how it was found unless it was named.

    Args:
        table: Its first rows are looked at only where no column is named.
        wanted: The column that was named; None to find it.
        notify: Gets a note on the column found.

    Raises:
        DataError: The named column isn't there or there are two of them, or none can be told from the others.
    """
    found = _finder(table.name, table, Columns(wanted, "")).texts(wanted)
    if wanted is None:
        notify(f"{table.name}: texts from column {table.columns[found.position]!r}{found.reason}")
    return found.position


def find_columns(
    name: str, table: Table, wanted: Columns, notify: Notify, *, needs_label: bool = True
) -> tuple[int, int | None]:
    """Return the positions of the texts and of the labels, and tell which columns were found.

    Args:
        name: Of the rows, for messages.
        table: Its first rows are looked at only where a column is to be found.
        wanted: The columns that were named.
        notify: Gets notes on the columns found, where not both are named.
        needs_label: Whether there have to be labels. Else ratings come before them, there may be none, and the only
            column there is holds the texts, whatever its name.

    Raises:
        DataError: A named column is not there, or one cannot be found, or more than one could be meant.
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
        told = "no labels" if label is None else f"labels from column {columns[label]!r}"
        notify(f"{name}: texts from column {columns[text]!r}{reason}, {told}")
    return text, label


def _finder(name: str, table: Table, wanted: Columns) -> ColumnFinder:
    return ColumnFinder(name, table.columns, table.sample() if None in (wanted.text, wanted.label) else ())
