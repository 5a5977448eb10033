"""Which columns of a table are read, and what people are told of it."""

from dataclasses import dataclass

from sentiment.errors import DataError
from sentiment.tables.columns.finding import ColumnFinder, is_rating
from sentiment.tables.columns.names import LABELS, word_key
from sentiment.tables.table import Notify, Table


@dataclass(frozen=True)
class Columns:
    """The columns that somebody named; None where they are to be found."""

    text: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class OptionalColumns:
    """Columns where labels are not needed.

    Attributes:
        text: Position of the one with the texts.
        label: Position of the one with the ratings, or else with the labels; None where there is none.
        has_ratings: Whether it holds ratings.
        trained: Name of the one that a training would learn from.
    """

    text: int
    label: int | None
    has_ratings: bool
    trained: str | None


def find_text_column(table: Table, wanted: str | None, notify: Notify) -> int:
    """Return the position of the column with the texts, and tell how it was found unless it was named.

    Args:
        table: Its first rows are looked at only where no column is named.
        wanted: The column that somebody named; None to find it.
        notify: Hears which column was found.

    Raises:
        DataError: The named column isn't there or there are two of them, or none can be told from the others.
    """
    found = _finder(table.name, table, Columns(wanted, "")).texts(wanted)
    if wanted is None:
        notify(f"{table.name}: texts from column {table.columns[found.position]!r}{found.reason}")
    return found.position


def find_columns(name: str, table: Table, wanted: Columns, notify: Notify) -> tuple[int, int]:
    """Return the positions of the texts and of the labels, and tell which columns were found.

    Args:
        name: Of the rows, for messages.
        table: Its first rows are looked at only where a column is to be found.
        wanted: What somebody named.
        notify: Hears which columns were found, where not both are named.

    Raises:
        DataError: A named column is not there, or one cannot be found, or more than one could be meant.
    """
    finder = _finder(name, table, wanted)
    named_label = None if wanted.label is None else finder.labels(wanted.label).position
    text = finder.texts(wanted.text, apart_from=named_label)
    label = finder.labels(wanted.label, apart_from=text.position)
    texts, labels = table.columns[text.position], table.columns[label.position]
    if text.position == label.position:
        raise DataError(f"{name}: column {texts!r} cannot hold both texts and labels; name another one")
    if None in (wanted.text, wanted.label):
        notify(f"{name}: texts from column {texts!r}{text.reason}, labels from column {labels!r}")
    return text.position, label.position


def find_optional_columns(name: str, table: Table, wanted: Columns, notify: Notify) -> OptionalColumns:
    """Return the position of the texts, and that of ratings or labels where there are any, and tell which.

    The only column there is need have no telling name.

    Raises:
        DataError: A named column is not there, or the texts cannot be found, or more than one could be meant.
    """
    columns, finder = table.columns, _finder(name, table, wanted)
    named_label = None if wanted.label is None else finder.labels(wanted.label).position
    is_alone = len(columns) == 1 and wanted.text is None
    text, reason = (0, "") if is_alone else finder.texts(wanted.text, apart_from=named_label)
    found = finder.optional_labels(wanted.label, apart_from=text)
    position = None if found is None else found.position
    label = None if position is None else columns[position]
    has_ratings = label is not None and is_rating(label)
    trained = label
    if has_ratings and wanted.label is None:
        others = {column for place, column in enumerate(columns) if place != text}
        labels = [column for column in others if word_key(column) in LABELS.usual]
        trained = labels[0] if len(labels) == 1 else label
    if None in (wanted.text, wanted.label):
        told = f"labels from column {label!r}" if label else "no labels"
        notify(f"{name}: texts from column {columns[text]!r}{reason}, {told}")
    return OptionalColumns(text, position, has_ratings, trained)


def _finder(name: str, table: Table, wanted: Columns) -> ColumnFinder:
    return ColumnFinder(name, table.columns, table.sample() if None in (wanted.text, wanted.label) else ())
