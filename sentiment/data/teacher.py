"""A teacher's answers: a file of texts, each with a probability for every label."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.data.labels import normal_label
from sentiment.errors import DataError
from sentiment.tables import ByteSource, Table, TableOptions, listed, open_table
from sentiment.tables.columns.finding import ColumnFinder
from sentiment.tables.columns.names import TEXT, word_key

_PROBABILITY = "probability_"
_SUM_TOLERANCE = 1e-3


@dataclass(frozen=True)
class TeacherAnswers:
    """A teacher's answers to texts.

    Attributes:
        name: the path, for people.
        texts: each once, as in the file; none is empty.
        probabilities: (n, classes), float32, in the order of the labels; every row sums to 1.
        num_rows: rows in the file.
        num_unanswered: rows without a text, or without any probability.
    """

    name: str
    texts: list[str]
    probabilities: NDArray[np.float32]
    num_rows: int
    num_unanswered: int


def read_teacher(
    path: Path,
    labels: Sequence[str],
    text_column: str,
    notify: Notify,
    options: TableOptions | None = None,
) -> TeacherAnswers:
    """Read a teacher's answers from a table of any format.

    The column of a label has its name, or `probability_<label>`, or that after a prefix common to all labels,
    as `sentiment predict --file --all-probabilities` writes them. A text may occur more than once if its answers are
    the same.

    Args:
        path: of the file.
        labels: the classes to train on.
        text_column: name of the column with the texts, as in the training rows; if the file has no such column, it is
            auto-detected as in any table.
        notify: gets notes on an unusual encoding or delimiter.
        options: for reading a file.

    Raises:
        DataError: the file cannot be read, a column is missing or duplicated, or an answer is not a distribution.
        MissingExtraError: it is Parquet, and pyarrow is not installed.
    """
    _require_file(path)
    table = open_table(str(path), options, notify=notify)
    text, columns = _find_columns(table, labels, text_column)
    collected = _Collected(table.name, labels)
    for row in table.rows(text, columns):
        if row.fault is not None:
            raise DataError(f"{row.where}: {row.fault}; fix the row")
        collected.add(row.where, row.text, row.cells if table.is_typed else list(map(_number, row.cells)))
    return collected.finish()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex.

    Raises:
        DataError: it is missing, cannot be read, or is not a regular file.
    """
    _require_file(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or error}); check the path and its permissions"
        ) from error


class _Collected:
    """Validated answers."""

    def __init__(self, name: str, labels: Sequence[str]) -> None:
        self._name = name
        self._labels = labels
        self._row_of: dict[str, int] = {}
        self._positions: list[str] = []
        self._answers: list[list[float]] = []
        self._num_rows = 0
        self._num_unanswered = 0

    def add(self, where: str, text: str | None, cells: Sequence[object]) -> None:
        """Add a row."""
        self._num_rows += 1
        if not text or text.isspace() or all(map(_is_missing, cells)):
            self._num_unanswered += 1
            return
        answer = [_probability(where, label, cell) for label, cell in zip(self._labels, cells, strict=True)]
        total = sum(answer)
        if abs(total - 1.0) > _SUM_TOLERANCE:
            raise DataError(
                f"{where}: the probabilities sum to {total:.6g}, not to 1; write one for each of {listed(self._labels)}"
            )
        answer = [probability / total for probability in answer]
        row = self._row_of.setdefault(text, len(self._answers))
        if row == len(self._answers):
            self._answers.append(answer)
            self._positions.append(where)
        elif max(abs(new - old) for new, old in zip(answer, self._answers[row], strict=True)) > _SUM_TOLERANCE:
            raise DataError(
                f"{where}: the text is also at {self._positions[row].removeprefix(self._name + ':').strip()}, with "
                "another answer; keep one of them"
            )

    def finish(self) -> TeacherAnswers:
        """Return all answers.

        Raises:
            DataError: there are none.
        """
        if not self._answers:
            raise DataError(f"{self._name}: contains no texts with probabilities; write a row for each text")
        probabilities = np.array(self._answers, dtype=np.float32)
        return TeacherAnswers(self._name, list(self._row_of), probabilities, self._num_rows, self._num_unanswered)


def _require_file(path: Path) -> None:
    if not path.is_file():
        if not path.exists() or path.is_dir():
            ByteSource.open(str(path)).close()  # raises an error that names the fault
        raise DataError(f"{path}: is not a regular file, and --resume must read it again; save it to one first")


def _find_columns(table: Table, labels: Sequence[str], text_column: str) -> tuple[int, list[int]]:
    """Return the column of the texts, and of each label's probabilities.

    Raises:
        DataError: one is missing or ambiguous.
    """
    name, columns = table.name, table.columns
    keys = [_key(column) for column in columns]
    text_name = text_column if _key(text_column) in keys else _found_texts(table, text_column)
    endings = [_PROBABILITY + _key(label) for label in labels]
    prefixes = dict.fromkeys(key.removesuffix(endings[0]) for key in keys if key.endswith(endings[0]))
    schemes = [[_key(label) for label in labels], *([prefix + ending for ending in endings] for prefix in prefixes)]
    whole = [scheme for scheme in schemes if set(scheme) <= set(keys)]
    if len(whole) > 1:
        raise DataError(f"{name}: the probabilities could be in {listed(whole[0])}, or in {listed(whole[1])}; keep one")
    if not whole:
        raise DataError(f"{name}: not every label has a column; expected {listed([*endings])}, found {listed(columns)}")
    wanted = [_key(text_name), *whole[0]]
    if len(set(wanted)) < len(wanted):
        raise DataError(f"{name}: column {text_name!r} would contain both texts and probabilities; rename it")
    if repeated := [key for key in wanted if keys.count(key) > 1]:
        raise DataError(f"{name}: more than one column is named {repeated[0]!r}; rename all but one")
    return keys.index(wanted[0]), [keys.index(key) for key in wanted[1:]]


def _found_texts(table: Table, text_column: str) -> str:
    try:
        return table.columns[ColumnFinder(table.name, table.columns, table.sample()).texts().position]
    except DataError:
        usual = [column for column in dict.fromkeys(table.columns) if word_key(column) in TEXT.usual]
        found = f"the texts could be in {listed(usual)}" if usual else "no column contains the texts"
        raise DataError(f"{table.name}: {found}; name one {text_column!r}, as in the training rows") from None


def _key(column: str) -> str:
    """Return the name of a column with its label in the common spelling."""
    prefix, probability, label = column.rpartition(_PROBABILITY)
    return prefix.strip() + probability + normal_label(label)


def _number(cell: object) -> object:
    """Return the value of an untyped cell: a number, None if empty, otherwise the cell unchanged."""
    if not isinstance(cell, str) or not cell.strip():
        return None
    try:
        return cell if "_" in cell else float(cell)  # Python reads 1_0 as 10
    except ValueError:
        return cell


def _is_missing(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))  # NaN is how Python writes a missing value


def _probability(where: str, label: str, cell: object) -> float:
    if cell is None:
        raise DataError(f"{where}: has no probability for {label!r}, but one for another label; fill in all or none")
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not 0 <= cell <= 1:
        raise DataError(f"{where}: the probability for {label!r} is {_short(cell)}; it must be a number from 0 to 1")
    return float(cell)


def _short(cell: object) -> str:
    try:
        shown = repr(cell)
    except ValueError:  # a number of more than 4,300 digits
        return "a number too long to be shown"
    return shown if len(shown) <= 40 else shown[:39] + "…"
