"""Which column holds the texts and which the labels."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sentiment.errors import DataError
from sentiment.tables import TEXT_NAMES, columns_called, listed, named_column

LABEL_NAMES = frozenset(
    {"label", "labels", "sentiment", "class", "category", "target"} | {"라벨", "레이블", "감정", "감성", "분류"}
)
"""Columns with these names hold labels; case does not matter."""

RATING_NAMES = frozenset({"rating", "ratings", "star", "stars", "score", "grade", "별점", "평점", "점수"})
"""Columns with these names hold grades; case does not matter."""


@dataclass(frozen=True)
class Columns:
    """The columns that somebody named; None where they are to be found."""

    text: str | None = None
    label: str | None = None


def find_columns(name: str, columns: Sequence[str], wanted: Columns, notify: Callable[[str], None]) -> tuple[str, str]:
    """Return the column with the texts and the one with the labels, and tell which ones were found.

    Args:
        name: of the table, for messages.
        columns: its header.
        wanted: what somebody named.
        notify: hears which columns were found, where not both are named.

    Raises:
        DataError: a named column is not there, or one cannot be found, or more than one could be meant.
    """
    _refuse_duplicates(name, columns)
    named = [named_column(name, columns, column) for column in (wanted.text, wanted.label) if column is not None]
    if len(set(named)) < len(named):
        raise DataError(f"{name}: column {named[0]!r} cannot hold both texts and labels; name another one")
    free = [column for column in columns if column not in named]
    text = named.pop(0) if wanted.text is not None else _found(name, columns, free, TEXT_NAMES, "text")
    label = named.pop(0) if wanted.label is not None else _found(name, columns, free, LABEL_NAMES, "label")
    if wanted.text is None or wanted.label is None:
        notify(f"{name}: texts from column {text!r}, labels from column {label!r}")
    return text, label


def find_text(name: str, columns: Sequence[str], wanted: str | None) -> str:
    """Return the column with the texts where nothing else is needed; the only one there is need have no telling name.

    Raises:
        DataError: the named column is not there, or it cannot be found, or more than one could be meant.
    """
    _refuse_duplicates(name, columns)
    if wanted is not None:
        return named_column(name, columns, wanted)
    return columns[0] if len(columns) == 1 else _found(name, columns, columns, TEXT_NAMES, "text")


def find_optional_label(name: str, columns: Sequence[str], wanted: str | None) -> tuple[str | None, bool]:
    """Return the column with the ratings or else with the labels, None where there is none, and whether it is ratings.

    Args:
        name: of the table, for messages.
        columns: its header, without the column of the texts.
        wanted: what somebody named.

    Raises:
        DataError: the named column is not there, or more than one could be meant.
    """
    if wanted is not None:
        found = named_column(name, columns, wanted)
        return found, bool(columns_called([found], RATING_NAMES))
    for names, is_rating in ((RATING_NAMES, True), (LABEL_NAMES, False)):
        if columns_called(columns, names):
            return _found(name, columns, columns, names, "label"), is_rating
    return None, False


def _refuse_duplicates(name: str, columns: Sequence[str]) -> None:
    # Spreadsheets leave columns without a name at the right edge, as many as you like; nobody can mean one of those.
    repeated = [column for column, times in Counter(columns).items() if times > 1 and column.strip()]
    if repeated:
        raise DataError(f"{name}: more than one column is called {listed(repeated)}; rename all but one")


def _found(name: str, columns: Sequence[str], free: Sequence[str], names: frozenset[str], what: str) -> str:
    candidates = columns_called(free, names)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise DataError(f"{name}: the {what}s could be in {listed(candidates)}; name one with --{what}-column")
    lone = "; is the first line a header, and the separator the one that the file's suffix says?"
    raise DataError(
        f"{name}: no column has a name that tells where the {what}s are; name it with --{what}-column; "
        f"the columns are {listed(columns)}{lone if len(columns) == 1 else ''}"
    )
