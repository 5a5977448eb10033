"""Which column of a table is meant: by its name, or by what stands in it."""

from collections.abc import Sequence
from typing import NamedTuple

from sentiment.errors import DataError
from sentiment.tables.columns.content import (
    clearly_longest,
    is_class,
    is_open,
    may_hold_texts,
    mean_length,
    prose_length,
)
from sentiment.tables.columns.header import data_in_header, not_a_header
from sentiment.tables.columns.names import (
    FASTTEXT,
    LABELS,
    RATINGS,
    TEXT,
    ColumnNames,
    columns_called,
    exact_key,
    loose_key,
)
from sentiment.tables.table import Sample
from sentiment.wording import nearest

_COLUMNS_SHOWN = 12
_LONGEST_NAME_SHOWN = 40


class FoundColumn(NamedTuple):
    """A column that was looked for.

    Attributes:
        position: In the header.
        reason: What people should know of how it was found; empty where its name tells.
    """

    position: int
    reason: str = ""


def locate_texts(
    name: str, columns: Sequence[str], wanted: str | None, sample: Sample, apart_from: int | None = None
) -> FoundColumn:
    """Find the column with the texts: by a usual name, else by a name that holds such a word, else by what it holds.

    Args:
        name: Of the table, for messages.
        columns: Its header.
        wanted: The column that somebody named; None to find it.
        sample: The first rows.
        apart_from: The position of a column that holds something else; None if none is known to.

    Raises:
        DataError: The named column isn't there or there are two of them, or none can be told from the others.
    """
    if wanted is not None:
        return FoundColumn(_only_position(name, columns, named_column(name, columns, wanted)))
    if any(column.startswith(FASTTEXT) for column in columns):
        raise fasttext_fault(name)
    free = [position for position in range(len(columns)) if position != apart_from]
    for candidates in _by_name(TEXT, columns, [columns[position] for position in free]):
        if with_texts := [column for column in candidates if may_hold_texts(_cells(columns, column, sample))]:
            return FoundColumn(_only_position(name, columns, _only(name, "text", with_texts)))
    if (named_in_part := _by_part_of_name(name, columns, free, sample)) is not None:
        return FoundColumn(named_in_part)
    if usual := columns_called([columns[position] for position in free], TEXT.usual):
        return FoundColumn(_only_position(name, columns, _only(name, "text", usual)))
    return _by_content(name, columns, free, sample)


def locate_labels(
    name: str, columns: Sequence[str], wanted: str | None, sample: Sample, apart_from: int | None = None
) -> FoundColumn:
    """Find the column with the labels, by its name.

    Args:
        name: Of the table, for messages.
        columns: Its header.
        wanted: The column that somebody named; None to find it.
        sample: The first rows.
        apart_from: The position of the column with the texts, where that is known.

    Raises:
        DataError: It is not there or there are two of them, or none can be told from the others.
    """
    found = locate_optional_labels(name, columns, wanted, sample, apart_from, (LABELS,))
    if found is None:
        if any(column.startswith(FASTTEXT) for column in columns):
            raise fasttext_fault(name)
        fault = data_in_header(columns)
        raise DataError(
            f"{name}: no column has a name that tells where the labels are; name it with `label_column`; "
            f"the columns are {listed(columns)}{f'; {fault}: is the first row data?' if fault else ''}"
        )
    return found


def locate_optional_labels(
    name: str,
    columns: Sequence[str],
    wanted: str | None,
    sample: Sample,
    apart_from: int | None = None,
    kinds: Sequence[ColumnNames] = (RATINGS, LABELS),
) -> FoundColumn | None:
    """Find the column of the first kind that is there; None where there is none.

    Raises:
        DataError: The named column is not there or there are two of them, or more than one could be meant.
    """
    if wanted is not None:
        return FoundColumn(_only_position(name, columns, named_column(name, columns, wanted)))
    free = [column for position, column in enumerate(columns) if position != apart_from]
    for kind in kinds:
        in_part = [column for column in free if kind.is_in(column) and not is_open(_cells(columns, column, sample))]
        for candidates in (*_by_name(kind, columns, free), in_part):
            if candidates:
                return FoundColumn(_only_position(name, columns, _only(name, "label", list(dict.fromkeys(candidates)))))
    return None


def is_rating(column: str) -> bool:
    """Whether the name of a column tells that it holds grades."""
    return bool(columns_called([column], RATINGS.usual | RATINGS.likely)) or RATINGS.is_in(column)


def named_column(name: str, columns: Sequence[str], wanted: str) -> str:
    """Return the column that somebody named.

    Raises:
        DataError: There is none of that name; the nearest is told.
    """
    by_key = {exact_key(column): column for column in columns}
    found = by_key.get(exact_key(wanted))
    if found is not None:
        return found
    by_loose_key = {loose_key(column): column for column in columns}
    meant = nearest(loose_key(wanted), by_loose_key)
    hint = f"did you mean {by_loose_key[meant]!r}? The" if meant is not None else "the"
    raise DataError(f"{name}: no column is called {wanted!r}; {hint} columns are {listed(columns)}")


def refuse_taken_names(name: str, columns: Sequence[str], added: Sequence[str]) -> None:
    """Make sure that no column to be added has the name of one that is there.

    Raises:
        DataError: Some have; they are named.
    """
    if taken := [column for column in added if column in columns]:
        raise DataError(f"{name}: has a column {listed(taken)} already; choose other names with `column_prefix`")


def listed(columns: Sequence[str]) -> str:
    """Name columns in one line, however many and however long."""
    shown = [
        repr(column if len(column) <= _LONGEST_NAME_SHOWN else column[: _LONGEST_NAME_SHOWN - 1] + "…")
        for column in columns[:_COLUMNS_SHOWN]
    ]
    more = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def fasttext_fault(name: str) -> DataError:
    """Return the error for lines as fastText has them."""
    return DataError(
        f"{name}: its lines begin with {FASTTEXT}, as fastText's do; write label and text into two columns with a "
        "header such as label,text"
    )


def _by_name(kind: ColumnNames, columns: Sequence[str], free: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the columns of usual names, and those of likely ones where this is a header."""
    likely = columns_called(free, kind.likely) if data_in_header(columns) is None else []
    return columns_called(free, kind.usual), likely


def _by_part_of_name(name: str, columns: Sequence[str], free: Sequence[int], sample: Sample) -> int | None:
    """Return the column whose name holds a word for texts and which does hold texts, the longest of several."""
    if data_in_header(columns) is not None:
        return None
    positions = [position for position in free if TEXT.is_in(columns[position])]
    by_position = {position: [row[position] for row in sample] for position in positions}
    fitting = {place: cells for place, cells in by_position.items() if may_hold_texts(cells) and not is_class(cells)}
    if not fitting:
        return None
    clearest = clearly_longest({position: mean_length(cells) for position, cells in fitting.items()})
    if clearest is None:
        return _only_position(name, columns, _only(name, "text", [columns[position] for position in fitting]))
    return clearest


def _by_content(name: str, columns: Sequence[str], free: Sequence[int], sample: Sample) -> FoundColumn:
    """Return the column whose cells are clearly the longest prose: letters, several words, seldom twice the same."""
    found = clearly_longest({position: prose_length([row[position] for row in sample]) for position in free})
    if (fault := not_a_header(columns)) and (found is not None or len(columns) > 1):
        raise DataError(
            f"{name}: no column has a name that tells where the texts are, and {fault}, so the first row looks like "
            "data; put a row of names such as text,date above it, or name the column with `text_column`"
        )
    if found is None:
        lone = (
            "; is the first line a header, and is the format the one that the name of the file says? A first line as "
            "sep=; names the delimiter"
        )
        raise DataError(
            f"{name}: no column tells by its name or its content that it holds the texts; name it with `text_column`; "
            f"the columns are {listed(columns)}{lone if len(columns) == 1 else ''}"
        )
    if not columns[found].strip():
        raise DataError(
            f"{name}: the column with the longest texts has no name, so the first row looks like a title; delete what "
            "stands above the names of the columns, tell their row by `header_row`, or give that column a name"
        )
    return FoundColumn(found, ", which holds the longest texts (`text_column` names another)")


def _only(name: str, what: str, candidates: Sequence[str]) -> str:
    if len(candidates) > 1:
        raise DataError(f"{name}: the {what}s could be in {listed(candidates)}; name one with `{what}_column`")
    return candidates[0]


def _only_position(name: str, columns: Sequence[str], column: str) -> int:
    if list(columns).count(column) > 1:
        raise DataError(f"{name}: more than one column is called {column!r}; rename all but one")
    return columns.index(column)


def _cells(columns: Sequence[str], column: str, sample: Sample) -> list[object]:
    position = columns.index(column)
    return [row[position] for row in sample]
