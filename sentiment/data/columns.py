"""Which column holds the texts and which the labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sentiment.errors import DataError
from sentiment.tables import (
    LABELS,
    Sample,
    columns_called,
    is_rating,
    locate_labels,
    locate_optional_labels,
    locate_texts,
)


@dataclass(frozen=True)
class Columns:
    """The columns that somebody named; None where they are to be found."""

    text: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class OptionalColumns:
    """Columns where labels are not needed.

    Attributes:
        text: The one with the texts.
        label: The one with the ratings, or else with the labels; None where there is none.
        has_ratings: Whether it holds ratings.
        trained: The one that a training would learn from.
    """

    text: str
    label: str | None
    has_ratings: bool
    trained: str | None


def find_columns(
    name: str, columns: Sequence[str], wanted: Columns, sample: Callable[[], Sample], notify: Callable[[str], None]
) -> tuple[str, str]:
    """Return the column with the texts and the one with the labels, and tell which ones were found.

    Args:
        name: of the table, for messages.
        columns: its header.
        wanted: what somebody named.
        sample: gives the first rows; asked only where a column is to be found.
        notify: hears which columns were found, where not both are named.

    Raises:
        DataError: a named column is not there, or one cannot be found, or more than one could be meant.
    """
    rows = sample() if None in (wanted.text, wanted.label) else ()
    named_label = None if wanted.label is None else locate_labels(name, columns, wanted.label, rows).position
    text = locate_texts(name, columns, wanted.text, rows, apart_from=named_label)
    label = locate_labels(name, columns, wanted.label, rows, apart_from=text.position)
    if text.position == label.position:
        raise DataError(
            f"{name}: column {columns[text.position]!r} cannot hold both texts and labels; name another one"
        )
    found = columns[text.position], columns[label.position]
    if None in (wanted.text, wanted.label):
        notify(f"{name}: texts from column {found[0]!r}{text.reason}, labels from column {found[1]!r}")
    return found


def find_optional_columns(
    name: str, columns: Sequence[str], wanted: Columns, sample: Callable[[], Sample], notify: Callable[[str], None]
) -> OptionalColumns:
    """Return the column with the texts, and the one with ratings or labels where there is one, and tell which.

    The only column there is need have no telling name.

    Raises:
        DataError: a named column is not there, or the texts cannot be found, or more than one could be meant.
    """
    rows = sample() if None in (wanted.text, wanted.label) else ()
    named_label = None if wanted.label is None else locate_labels(name, columns, wanted.label, rows).position
    if len(columns) == 1 and wanted.text is None:
        text, reason = 0, ""
    else:
        text, reason = locate_texts(name, columns, wanted.text, rows, apart_from=named_label)
    found = locate_optional_labels(name, columns, wanted.label, rows, apart_from=text)
    label = None if found is None else columns[found.position]
    has_ratings = label is not None and is_rating(label)
    trained = label
    if has_ratings and wanted.label is None:
        others = [column for position, column in enumerate(columns) if position != text]
        labels = columns_called(others, LABELS.usual)
        trained = labels[0] if len(labels) == 1 else label
    if wanted.text is None or wanted.label is None:
        told = f"labels from column {label!r}" if label else "no labels"
        notify(f"{name}: texts from column {columns[text]!r}{reason}, {told}")
    return OptionalColumns(columns[text], label, has_ratings, trained)
