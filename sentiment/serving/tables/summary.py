"""What an answered table says as a whole: its classes, in total and by other columns, and what is least certain."""

import heapq
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sentiment.callbacks import silent
from sentiment.tables import PlainLines, Table, TableOptions, TextTable, open_table

MAX_GROUPS = 50
"""Values of a column by which rows are grouped; a column of more is a text or a number, and not a group."""
MAX_COLUMNS = 40
LEAST_CERTAIN = 20
MAX_TEXT_CHARACTERS = 500
_DATE = re.compile(r"(\d{4})[-./](\d{1,2})[-./]\d{1,2}(?!\d).*", re.DOTALL)


@dataclass(frozen=True, order=True)
class UncertainRow:
    """A row whose answer is not certain.

    Attributes:
        probability: Of its label.
        row: Its number in the answered table, from 1, without the header.
        label: The answer.
        text: The beginning of its text.
    """

    probability: float
    row: int
    label: str
    text: str


@dataclass(frozen=True)
class Summary:
    """The answered rows of a table at a glance.

    Attributes:
        rows: All rows.
        classes: Rows by label.
        groups: By column, the rows of each value by label; dates are grouped by month.
        least_certain: Those with the lowest probabilities, the lowest first.
    """

    rows: int
    classes: Mapping[str, int]
    groups: Mapping[str, Mapping[str, Mapping[str, int]]]
    least_certain: Sequence[UncertainRow]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class _Row:
    text: str
    label: str
    probability: float | None
    others: Sequence[object]


def summarise(path: Path, options: TableOptions, text_column: int, names: Sequence[str]) -> Summary:
    """Read an answered table once, in flat memory.

    Args:
        path: Of the table.
        options: With which it is read.
        text_column: Position of the texts.
        names: Of the columns with label and probability.

    Raises:
        DataError: It cannot be read again.
    """
    table = open_table(str(path), options, notify=silent)
    is_lines = isinstance(table, TextTable) and isinstance(table.format, PlainLines)
    columns = [] if is_lines else _candidates(table, text_column, names)
    rows = _lines(table) if is_lines else _rows(table, text_column, columns, names)
    number, classes = 0, Counter[str]()
    groups: dict[int, dict[str, Counter[str]]] = {column: {} for column in columns}
    least: list[tuple[float, int, str, str]] = []
    for number, row in enumerate(rows, start=1):
        if not row.label or row.probability is None:
            continue
        classes[row.label] += 1
        for column, cell in zip(columns, row.others, strict=True):
            _add(groups, column, cell, row.label)
        least_now = (-row.probability, -number, row.label, row.text[:MAX_TEXT_CHARACTERS])
        if len(least) < LEAST_CERTAIN:
            heapq.heappush(least, least_now)
        elif least_now > least[0]:
            heapq.heapreplace(least, least_now)
    shown = {
        table.columns[column]: {value: dict(counts) for value, counts in found.items()}
        for column, found in groups.items()
        if _is_grouping(found, number)
    }
    uncertain = sorted(UncertainRow(-negative, -row, label, text) for negative, row, label, text in least)
    return Summary(number, dict(classes), shown, uncertain)


def _candidates(table: Table, text_column: int, names: Sequence[str]) -> list[int]:
    """Return the columns that may group rows: those whose first cells hold values, and whose name is theirs alone."""
    sample = table.sample()
    return [
        position
        for position, name in enumerate(table.columns)
        if position != text_column
        and name
        and not any(name.startswith(other.removesuffix("label")) for other in names[:1])
        and table.columns.count(name) == 1
        and any(row[position] is not None for row in sample)
    ][:MAX_COLUMNS]


def _rows(table: Table, text_column: int, columns: Sequence[int], names: Sequence[str]) -> Iterator[_Row]:
    label, probability = (len(table.columns) - 1 - table.columns[::-1].index(name) for name in names)
    for row in table.rows(text_column, [label, probability, *columns]):
        if row.fault is None:
            answer, share, *others = row.cells
            yield _Row(row.text or "", str(answer or ""), _number(share), others)


def _lines(table: Table) -> Iterator[_Row]:
    """Yield the rows of plain lines, whose answers stand before the text."""
    for row in table.rows(0):
        answer, _, rest = (row.text or "").partition("\t")
        share, _, text = rest.partition("\t")
        yield _Row(text, answer, _number(share), ())


def _number(cell: object) -> float | None:
    with suppress(TypeError, ValueError):
        return float(cell)  # type: ignore[arg-type]
    return None


def _add(groups: dict[int, dict[str, Counter[str]]], column: int, cell: object, label: str) -> None:
    """Count a row for the value of a column, until the column has too many."""
    found = groups[column]
    if len(found) > MAX_GROUPS:
        return
    found.setdefault(_group(cell), Counter())[label] += 1


def _group(cell: object) -> str:
    text = cell.isoformat() if isinstance(cell, date) else "" if cell is None else str(cell)
    dated = _DATE.fullmatch(text.strip())
    return f"{dated[1]}-{int(dated[2]):02}" if dated else text[:MAX_TEXT_CHARACTERS]


def _is_grouping(found: Mapping[str, Counter[str]], num_rows: int) -> bool:
    return 2 <= len(found) <= min(MAX_GROUPS, max(2, num_rows // 2))
