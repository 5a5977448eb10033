"""Read a table that has predictions, of any format, row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from sentiment.bulk import BulkRequest
from sentiment.callbacks import silent
from sentiment.errors import DataError
from sentiment.evaluation.answered.dates import DateColumn, find_dates
from sentiment.evaluation.answered.grouping import grouping_columns
from sentiment.tables import (
    STANDARD_INPUT,
    STORED_FORMATS,
    PlainLines,
    StoredTable,
    TableOptions,
    TableRow,
    TextTable,
    find_named_column,
    find_text_column,
    format_of,
    open_table,
)
from sentiment.tables.formats import TEXT_OR_TABLE
from sentiment.wording import EMPTY

MONTH = "month"
MAX_VALUE_CHARACTERS = 500
"""Of a value that rows are grouped by: longer ones are texts, which fill memory."""


class AnsweredRow(NamedTuple):
    """A row with its prediction.

    Attributes:
        number: counted from 1, without header and blank lines.
        text: to show; empty if there is none.
        label: the predicted class; None if the row has none.
        probability: of the most probable class; None for a row without text.
        reason: why it has no label; None if it has one.
        groups: the value of each requested column, then the month if the table has dates.
    """

    number: int
    text: str
    label: str | None
    probability: float | None
    reason: str | None
    groups: tuple[str, ...]


@dataclass(frozen=True)
class AnsweredRows:
    """The rows of a table with predictions.

    Attributes:
        groups: names of what groups them: columns, then the month if the table has dates.
        month_column: the column with the dates of the months; None without months.
        rows: in order; once.
    """

    groups: tuple[str, ...]
    month_column: str | None
    rows: Iterator[AnsweredRow]


@dataclass(frozen=True)
class AnsweredTable:
    """A table that a run has written.

    Attributes:
        path: of the table with predictions.
        request: of the run.
        by: columns to group by; None for all that may group.
    """

    path: Path
    request: BulkRequest
    by: tuple[str, ...] | None = ()

    @staticmethod
    def check_columns(request: BulkRequest, by: Sequence[str]) -> None:
        """Check before a run that its table has the columns to group by, as far as the input can be read twice.

        Raises:
            DataError: one does not exist, or has a type that cannot be grouped.
        """
        if not by or not Path(request.path).is_file():
            return
        table = open_table(request.path, request.table_options, notify=silent)
        if _is_plain(table):
            raise _no_columns(request)
        places = [find_named_column(table, name) for name in by]
        if isinstance(table, TextTable):
            table.source.close()
            return
        if table.is_typed:
            next(table.rows(find_text_column(table, request.text_column, silent), places), None)  # checks their types

    def rows(self, columns: tuple[str, ...]) -> AnsweredRows:
        """Return the rows, and what groups them.

        Args:
            columns: as in `AnsweredBy`.

        Raises:
            DataError: a column to group by does not exist, or the table cannot be read.
        """
        table = open_table(str(self.path), self._options, notify=silent)
        if isinstance(table, TextTable) and _is_plain(table):
            if self.by:
                raise _no_columns(self.request)
            return AnsweredRows((), None, self._of_lines(table, columns))
        return self._of_columns(table)

    @property
    def _answers(self) -> list[str]:
        """The names of the added columns that are read."""
        names = ["label", "probability"] if self.request.unsure_below is None else ["label", "probability", "reason"]
        return [f"{self.request.column_prefix}{name}" for name in names]

    @property
    def _options(self) -> TableOptions:
        """The options that the run has read its table with: beside predictions, lines of text look like a table."""
        request, options = self.request, self.request.table_options
        format_name = format_of(request.path, request.format_name)
        if format_name in STORED_FORMATS:
            return options
        if request.path == STANDARD_INPUT:
            return replace(options, format=format_name)
        source = Path(request.path)
        if not source.is_file() or source.samefile(self.path):
            is_unclear = format_name == TEXT_OR_TABLE
            return replace(options, format=self._format_without_input(options)) if is_unclear else options
        table = open_table(request.path, options, notify=silent)
        if not isinstance(table, TextTable):
            return options
        table.source.close()
        return replace(options, format=table.format.name, encoding=table.encoding.codec)

    def _format_without_input(self, options: TableOptions) -> str:
        """Return the format of an output whose input is replaced or gone: that of a table if a header names answers."""
        table = open_table(str(self.path), replace(options, format="lines", header_row=None), notify=silent)
        if isinstance(table, TextTable):
            lines = [str(line) for (line,) in table.sample()]
            table.source.close()
            if any("\t".join(self._answers[:2]) in line for line in lines):
                return "tsv"
        return "lines"

    def _of_lines(self, table: TextTable, columns: tuple[str, ...]) -> Iterator[AnsweredRow]:
        """Yield the rows of plain lines: the cells of all added columns, then the text, separated by tabs."""
        names = self.request.column_names(columns)
        places = [names.index(name) for name in self._answers]
        for number, row in enumerate(table.rows(0), start=1):
            *cells, text = (row.text or "").split("\t", len(names))
            label, probability, *rest = (cells[place] for place in places)
            yield _row(number, text, label, probability, rest[0] if rest else None, ())

    def _of_columns(self, table: TextTable | StoredTable) -> AnsweredRows:
        by = self.by
        places = [find_named_column(table, name) for name in self._answers]
        own = _OwnColumns(table, places[0])
        text = find_text_column(own, self.request.text_column, silent)
        dates = None if MONTH in (by or ()) else find_dates(own, {text})
        if by is None:
            by = tuple(grouping_columns(own, {text, None if dates is None else dates.place}))
            dates = None if MONTH in by else dates
        places += [find_named_column(table, name) for name in by]
        rows = self._typed(table, text, places, dates)
        if dates is None:
            return AnsweredRows(by, None, rows)
        return AnsweredRows((*by, MONTH), dates.name, rows)

    def _typed(
        self, table: TextTable | StoredTable, text: int, places: list[int], dates: DateColumn | None
    ) -> Iterator[AnsweredRow]:
        others = [*places, *(() if dates is None else (dates.place,))]
        num_answers = len(self._answers)
        for number, row in enumerate(table.rows(text, others), start=1):
            cells = list(row.cells) or [None] * len(others)
            label, probability, *rest = cells[:num_answers]
            values = cells[num_answers : len(places)]
            groups = ["" if cell is None else str(cell).strip()[:MAX_VALUE_CHARACTERS] for cell in values]
            if dates is not None:
                groups.append(dates.month_of(cells[-1]) or "")
            yield _row(number, row.text or "", label, probability, rest[0] if rest else None, tuple(groups))


@dataclass(frozen=True)
class _OwnColumns:
    """The columns that a table had before the run, to find its texts among them as the run did."""

    table: TextTable | StoredTable
    num_columns: int

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def columns(self) -> Sequence[str]:
        return self.table.columns[: self.num_columns]

    @property
    def is_typed(self) -> bool:
        return self.table.is_typed

    @property
    def repeated_headers(self) -> Sequence[str]:
        return self.table.repeated_headers

    def sample(self) -> list[Sequence[object]]:
        return [row[: self.num_columns] for row in self.table.sample()]

    def rows(self, text_column: int, others: Sequence[int] = ()) -> Iterator[TableRow]:
        return self.table.rows(text_column, others)


def _is_plain(table: TextTable | StoredTable) -> bool:
    return isinstance(table, TextTable) and isinstance(table.format, PlainLines)


def _no_columns(request: BulkRequest) -> DataError:
    return DataError(f"{request.path}: plain lines have no columns to group by; remove `by`")


def _row(
    number: int, text: str, label: object, probability: object, reason: object, groups: tuple[str, ...]
) -> AnsweredRow:
    known = None if probability in {None, ""} else float(str(probability))
    shown = None if label in {None, ""} or known is None else str(label)
    why = None if shown is not None else str(reason) if reason else EMPTY
    return AnsweredRow(number, text, shown, known, why, groups)
