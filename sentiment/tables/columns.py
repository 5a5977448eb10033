"""Which column of a table is meant: by its name, or by what stands in it."""

import difflib
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from sentiment.errors import DataError

TEXT_NAMES = frozenset(
    {"text", "document", "review", "reviews", "sentence", "comment", "content", "q"}
    | {"텍스트", "리뷰", "내용", "문장", "댓글", "본문", "후기"}
)
"""Columns with these names hold texts; case does not matter."""

_COLUMNS_SHOWN = 12
_LONGEST_NAME_SHOWN = 40
_CLEARLY_LONGER = 1.5


def find_text_column(
    name: str,
    columns: Sequence[str],
    wanted: str | None,
    sample: Sequence[Sequence[object]],
    notify: Callable[[str], None],
) -> int:
    """Return the position of the column with the texts, and tell how it was found unless it was named.

    Args:
        name: Of the table, for messages.
        columns: Its header.
        wanted: The column that somebody named; None to find it by its name, else by what the first rows hold.
        sample: The first rows, each as long as the header.
        notify: Hears which column was found.

    Raises:
        DataError: The named column isn't there or there are two of them, or none can be told from the others.
    """
    if wanted is not None:
        return _only_position(name, columns, named_column(name, columns, wanted))
    if candidates := columns_called(columns, TEXT_NAMES):
        if len(candidates) > 1:
            raise DataError(f"{name}: the texts could be in {listed(candidates)}; name one with --text-column")
        notify(f"{name}: texts from column {candidates[0]!r}")
        return _only_position(name, columns, candidates[0])
    found = _by_content(columns, sample)
    if found is None:
        lone = "; is the first line a header, and is the format the one that the name of the file says?"
        raise DataError(
            f"{name}: no column tells by its name or its content that it holds the texts; name it with --text-column; "
            f"the columns are {listed(columns)}{lone if len(columns) == 1 else ''}"
        )
    if fault := _not_a_header(columns):
        raise DataError(
            f"{name}: no column has a name that tells where the texts are, and {fault}, so the first row looks like "
            "data; put a row of names such as text,date above it, or name the column with --text-column"
        )
    if not columns[found].strip():
        raise DataError(
            f"{name}: the column with the longest texts has no name, so the first row looks like a title; delete what "
            "stands above the names of the columns, or give that column a name"
        )
    notify(f"{name}: texts from column {columns[found]!r}, which holds the longest texts (--text-column names another)")
    return found


def named_column(name: str, columns: Sequence[str], wanted: str) -> str:
    """Return the column that somebody named.

    Raises:
        DataError: There is none of that name; the nearest is told.
    """
    by_key = {_exact_key(column): column for column in columns}
    found = by_key.get(_exact_key(wanted))
    if found is not None:
        return found
    by_loose_key = {_loose_key(column): column for column in columns}
    nearest = difflib.get_close_matches(_loose_key(wanted), by_loose_key, n=1)
    hint = f"did you mean {by_loose_key[nearest[0]]!r}? The" if nearest else "the"
    raise DataError(f"{name}: no column is called {wanted!r}; {hint} columns are {listed(columns)}")


def refuse_taken_names(name: str, columns: Sequence[str], added: Sequence[str]) -> None:
    """Make sure that no column to be added has the name of one that is there.

    Raises:
        DataError: Some have; they are named.
    """
    if taken := [column for column in added if column in columns]:
        raise DataError(f"{name}: has a column {listed(taken)} already; choose other names with --column-prefix")


def columns_called(columns: Sequence[str], names: frozenset[str]) -> list[str]:
    """Return the columns, each once, whose names are among the given ones, whatever their case."""
    return list(dict.fromkeys(column for column in columns if _loose_key(column) in names))


def listed(columns: Sequence[str]) -> str:
    """Name columns in one line, however many and however long."""
    shown = [
        repr(column if len(column) <= _LONGEST_NAME_SHOWN else column[: _LONGEST_NAME_SHOWN - 1] + "…")
        for column in columns[:_COLUMNS_SHOWN]
    ]
    more = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _only_position(name: str, columns: Sequence[str], column: str) -> int:
    if columns.count(column) > 1:
        raise DataError(f"{name}: more than one column is called {column!r}; rename all but one")
    return columns.index(column)


def _by_content(columns: Sequence[str], sample: Sequence[Sequence[object]]) -> int | None:
    """Return the column whose cells are clearly the longest prose: letters, several words, seldom twice the same."""
    scores: Mapping[int, float] = {
        position: _prose_length([row[position] for row in sample]) for position in range(len(columns))
    }
    ranked = sorted(scores, key=lambda position: scores[position], reverse=True)
    if not ranked or not scores[ranked[0]]:
        return None
    if len(ranked) > 1 and scores[ranked[0]] < _CLEARLY_LONGER * scores[ranked[1]]:
        return None
    return ranked[0]


def _prose_length(cells: Sequence[object]) -> float:
    """Return the mean length of cells that look like prose; 0 if most don't."""
    texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    prose = [text for text in texts if _is_prose(text)]
    if not prose or 2 * len(prose) < len(texts) or 2 * len(set(texts)) < len(texts):
        return 0.0
    return sum(map(len, prose)) / len(prose)


def _is_prose(text: str) -> bool:
    letters = sum(character.isalpha() or character.isspace() for character in text)
    return 2 * letters > len(text) and len(text.split()) > 1 and "://" not in text


def _not_a_header(columns: Sequence[str]) -> str | None:
    """Say what keeps a first row from being names of columns; None if nothing does."""
    if any(column.strip().replace(".", "", 1).isdecimal() for column in columns):
        return "a number stands where a name should"
    if any(len(column) > _LONGEST_NAME_SHOWN for column in columns):
        return "a name is as long as a text"
    names = [_loose_key(column) for column in columns if column.strip()]
    return "a name stands there twice" if len(set(names)) < len(names) else None


def _exact_key(column: str) -> str:
    # macOS writes Hangul decomposed, and headers have stray blanks.
    return unicodedata.normalize("NFC", column).strip()


def _loose_key(column: str) -> str:
    return _exact_key(column).casefold()
