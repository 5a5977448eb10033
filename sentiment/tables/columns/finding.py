"""Find a column of a table by its name or its content."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
from sentiment.tables.columns.names import FASTTEXT, LABELS, RATINGS, TEXT, ColumnNames, exact_key, loose_key, word_key
from sentiment.tables.table import Sample
from sentiment.wording import nearest

_COLUMNS_SHOWN = 12
_LONGEST_NAME_SHOWN = 40


class FoundColumn(NamedTuple):
    """A column that was found.

    Attributes:
        position: In the header.
        reason: How it was found, for people; empty if by its name.
    """

    position: int
    reason: str = ""


@dataclass(frozen=True)
class ColumnFinder:
    """Finds columns: the requested one, else by usual names, by words in names, by content.

    Attributes:
        name: Of the table, for messages.
        columns: Its header.
        sample: Its first rows; empty if every column is requested by name.
    """

    name: str
    columns: Sequence[str]
    sample: Sample = ()

    def texts(self, wanted: str | None = None, apart_from: int | None = None) -> FoundColumn:
        """Find the column with the texts.

        Args:
            wanted: The requested column; auto-detected if None.
            apart_from: The position of a column known to contain something else; None if there is none.

        Raises:
            DataError: The named column isn't there or there are two of them, or none can be told from the others.
        """
        if wanted is not None:
            return self.named(wanted)
        if any(column.startswith(FASTTEXT) for column in self.columns):
            raise fasttext_fault(self.name)
        free = self._free(apart_from)
        for candidates in self._by_name(TEXT, free):
            if with_texts := [position for position in candidates if may_hold_texts(self._cells(position))]:
                return self._only("text", with_texts)
        if (named_in_part := self._by_part_of_name(free)) is not None:
            return named_in_part
        if usual := next(self._by_name(TEXT, free)):
            return self._only("text", usual)
        return self._by_content(free)

    def labels(self, wanted: str | None = None, apart_from: int | None = None) -> FoundColumn:
        """Find the column with the labels, by its name.

        Args:
            wanted: The requested column; auto-detected if None.
            apart_from: The position of the column with the texts, if known.

        Raises:
            DataError: It is missing or duplicated, or none can be identified.
        """
        found = self.optional_labels(wanted, apart_from, (LABELS,))
        if found is not None:
            return found
        if any(column.startswith(FASTTEXT) for column in self.columns):
            raise fasttext_fault(self.name)
        fault = data_in_header(self.columns)
        raise DataError(
            f"{self.name}: no column name says where the labels are; choose the column with `label_column`; "
            f"the columns are {listed(self.columns)}{f'; {fault}: is the first row data?' if fault else ''}"
        )

    def optional_labels(
        self,
        wanted: str | None = None,
        apart_from: int | None = None,
        kinds: Sequence[ColumnNames] = (RATINGS, LABELS),
    ) -> FoundColumn | None:
        """Find the column of the first kind that exists; None if there is none.

        Raises:
            DataError: The requested column is missing or duplicated, or more than one matches.
        """
        if wanted is not None:
            return self.named(wanted)
        free = self._free(apart_from)
        for kind in kinds:
            in_part = [place for place in free if kind.is_in(self.columns[place]) and not is_open(self._cells(place))]
            for candidates in (*self._by_name(kind, free), in_part):
                if candidates:
                    return self._only("label", candidates)
        return None

    def named(self, wanted: str) -> FoundColumn:
        """Return the requested column; otherwise the error suggests the nearest one.

        Raises:
            DataError: It is missing or duplicated.
        """
        for column in self.columns:
            if exact_key(column) == exact_key(wanted):
                return self._called(column)
        by_loose_key = {loose_key(column): column for column in self.columns}
        meant = nearest(loose_key(wanted), by_loose_key)
        hint = f"did you mean {by_loose_key[meant]!r}? The" if meant is not None else "the"
        raise DataError(f"{self.name}: no column is named {wanted!r}; {hint} columns are {listed(self.columns)}")

    def _by_name(self, kind: ColumnNames, free: Sequence[int]) -> Iterator[list[int]]:
        """Yield the columns with usual names, then those with likely ones if this looks like a header."""
        yield [place for place in free if word_key(self.columns[place]) in kind.usual]
        is_header = data_in_header(self.columns) is None
        yield [place for place in free if is_header and word_key(self.columns[place]) in kind.likely]

    def _by_part_of_name(self, free: Sequence[int]) -> FoundColumn | None:
        """Return the column whose name has a word for texts and that contains texts, the longest of several."""
        if data_in_header(self.columns) is not None:
            return None
        by_position = {place: self._cells(place) for place in free if TEXT.is_in(self.columns[place])}
        fitting = {
            place: mean_length(cells)
            for place, cells in by_position.items()
            if may_hold_texts(cells) and not is_class(cells)
        }
        clearest = clearly_longest(fitting)
        if clearest is not None:
            return FoundColumn(clearest)
        return self._only("text", [*fitting]) if fitting else None

    def _by_content(self, free: Sequence[int]) -> FoundColumn:
        """Return the column whose cells are clearly the longest prose: letters, several words, rarely repeated."""
        found = clearly_longest({place: prose_length(self._cells(place)) for place in free})
        if (fault := not_a_header(self.columns)) and (found is not None or len(self.columns) > 1):
            raise DataError(
                f"{self.name}: no column name says where the texts are, and {fault}, so the first row looks "
                "like data; add a header such as text,date above it, or choose the column with `text_column`"
            )
        if found is None:
            lone = (
                "; is the first line a header, and is the format the one that the name of the file says? A "
                "first line such as sep=; sets the delimiter"
            )
            raise DataError(
                f"{self.name}: no column looks like texts by its name or its content; choose the column with "
                f"`text_column`; the columns are {listed(self.columns)}{lone if len(self.columns) == 1 else ''}"
            )
        if not self.columns[found].strip():
            raise DataError(
                f"{self.name}: the column with the longest texts has no name, so the first row looks like a title; "
                "delete what is above the column names, set their row with `header_row`, or give that column a name"
            )
        return FoundColumn(found, ", which has the longest texts (`text_column` chooses another)")

    def _only(self, what: str, candidates: Sequence[int]) -> FoundColumn:
        names = list(dict.fromkeys(self.columns[place] for place in candidates))
        if len(names) > 1:
            raise DataError(f"{self.name}: the {what}s could be in {listed(names)}; choose one with `{what}_column`")
        return self._called(names[0])

    def _called(self, column: str) -> FoundColumn:
        if list(self.columns).count(column) > 1:
            raise DataError(f"{self.name}: more than one column is named {column!r}; rename all but one")
        return FoundColumn(self.columns.index(column))

    def _free(self, apart_from: int | None) -> list[int]:
        return [place for place in range(len(self.columns)) if place != apart_from]

    def _cells(self, position: int) -> list[object]:
        return [row[position] for row in self.sample]


def is_rating(column: str) -> bool:
    """Return whether a column contains grades, by its name."""
    return word_key(column) in RATINGS.usual | RATINGS.likely or RATINGS.is_in(column)


def refuse_taken_names(name: str, columns: Sequence[str], added: Sequence[str]) -> None:
    """Check that no added column has the name of an existing one.

    Raises:
        DataError: Some have; the message names them.
    """
    if taken := [column for column in added if column in columns]:
        raise DataError(f"{name}: already has a column {listed(taken)}; choose other names with `column_prefix`")


def listed(columns: Sequence[str]) -> str:
    """List columns on one line, whatever their number and length."""
    shown = [
        repr(column if len(column) <= _LONGEST_NAME_SHOWN else column[: _LONGEST_NAME_SHOWN - 1] + "…")
        for column in columns[:_COLUMNS_SHOWN]
    ]
    more = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def fasttext_fault(name: str) -> DataError:
    """Return the error for lines in fastText's format."""
    return DataError(
        f"{name}: its lines begin with {FASTTEXT}, as fastText's do; write label and text into two columns with a "
        "header such as label,text"
    )
