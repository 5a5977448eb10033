"""Read a table that has predictions, of any format, row by row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sentiment.bulk import BulkRequest
from sentiment.callbacks import silent
from sentiment.errors import DataError
from sentiment.evaluation.answered.dates import month_of, month_place
from sentiment.evaluation.answered.grouping import grouping_columns
from sentiment.tables import PlainLines, StoredTable, TableOptions, TableRow, TextTable, find_named_column, open_table
from sentiment.tables.columns.choice import find_text_column
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
        """Check before a run that the columns to group by exist, as far as the input can be read twice.

        Raises:
            DataError: one does not.
        """
        if by and Path(request.path).is_file():
            table = open_table(request.path, request.table_options, notify=silent)
            for name in by:
                find_named_column(table, name)

    def rows(self) -> tuple[tuple[str, ...], Iterator[AnsweredRow]]:
        """Return the names of the groups, and the rows.

        Raises:
            DataError: a column to group by does not exist, or the table cannot be read.
        """
        table = open_table(str(self.path), self._options, notify=silent)
        if isinstance(table, TextTable) and isinstance(table.format, PlainLines):
            if self.by:
                raise DataError(f"{self.request.path}: plain lines have no columns to group by; remove `by`")
            return (), self._of_lines(table)
        return self._of_columns(table)

    @property
    def _options(self) -> TableOptions:
        request = self.request
        format_name = request.format_name or ("lines" if request.path == "-" else None)
        return TableOptions(
            format_name, request.encoding, request.sheet, request.header_row, request.max_record_characters
        )

    def _of_lines(self, table: TextTable) -> Iterator[AnsweredRow]:
        """Yield the rows of plain lines: prediction and text, separated by tabs."""
        has_reason = self.request.unsure_below is not None
        for number, row in enumerate(table.rows(0), start=1):
            cells = (row.text or "").split("\t", 3 if has_reason else 2)
            reason = cells[2] or None if has_reason else None
            yield _row(number, cells[-1], cells[0], cells[1], reason, ())

    def _of_columns(self, table: TextTable | StoredTable) -> tuple[tuple[str, ...], Iterator[AnsweredRow]]:
        prefix, by = self.request.column_prefix, self.by
        answers = [f"{prefix}label", f"{prefix}probability"]
        answers += [f"{prefix}reason"] if self.request.unsure_below is not None else []
        places = [find_named_column(table, name) for name in answers]
        own = _OwnColumns(table, places[0])
        text = find_text_column(own, self.request.text_column, silent)
        month = None if MONTH in (by or ()) else month_place(table, {text, *places})
        if by is None:
            by = tuple(grouping_columns(own, {text, month}))
            month = None if MONTH in by else month
        places += [find_named_column(table, name) for name in by]
        names = (*by, *(() if month is None else (MONTH,)))
        return names, self._typed(table, text, places, len(answers), month)

    def _typed(
        self, table: TextTable | StoredTable, text: int, places: list[int], num_answers: int, month: int | None
    ) -> Iterator[AnsweredRow]:
        others = [*places, *(() if month is None else (month,))]
        for number, row in enumerate(table.rows(text, others), start=1):
            cells = list(row.cells) or [None] * len(others)
            label, probability, *rest = cells[:num_answers]
            values = cells[num_answers : len(places)]
            groups = ["" if cell is None else str(cell).strip()[:MAX_VALUE_CHARACTERS] for cell in values]
            if month is not None:
                groups.append(month_of(cells[-1]) or "")
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


def _row(
    number: int, text: str, label: object, probability: object, reason: object, groups: tuple[str, ...]
) -> AnsweredRow:
    known = None if probability in {None, ""} else float(str(probability))
    shown = None if label in {None, ""} or known is None else str(label)
    why = None if shown is not None else str(reason) if reason else EMPTY
    return AnsweredRow(number, text, shown, known, why, groups)
