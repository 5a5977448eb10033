"""What a Python worker does: record batches in, the same ones with predictions out."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sentiment.bulk import AnswerColumns
from sentiment.errors import DataError
from sentiment.spark.models import WorkerModel, WorkerModelsByScript, loaded
from sentiment.tables import WINDOW_ROWS

if TYPE_CHECKING:
    import pyarrow as pa

    from sentiment.inference import Classifier
    from sentiment.inference.by_script import ClassifierByScript
    from sentiment.tables import Cell

FINGERPRINT = "model_fingerprint"
"""Name of the column with the fingerprint, after the prefix."""
WINDOW_BYTES = 8 << 20
"""Bytes of rows that are predicted together, all columns counted; a single row may have more."""


@dataclass(frozen=True)
class PartitionPredictor:
    """Predicts the rows of a partition. Spark pickles it, and calls it in every task.

    Attributes:
        model: How a worker gets the model, or the models.
        text_position: Of the column with the texts.
        text_column: Its name, for messages.
        columns: The columns to add.
        batch_size: Most texts per batch.
        threads: Batches that run at the same time; one for each core of the task if None.
        fingerprint: Whether to add a column with the fingerprint of the model.
        scripts: Those that the model reads: a text in another gets no prediction. None for all.
    """

    model: WorkerModel | WorkerModelsByScript
    text_position: int
    text_column: str
    columns: AnswerColumns
    batch_size: int
    threads: int | None = None
    fingerprint: bool = False
    scripts: frozenset[str] | None = None

    def column_types(self, labels: tuple[str, ...]) -> dict[str, type[str] | type[float]]:
        """Return name and type of each added column, in order."""
        return self.columns.types(labels) | ({f"{self.columns.prefix}{FINGERPRINT}": str} if self.fingerprint else {})

    def __call__(self, batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        """Yield the rows in order, with their predictions.

        Record batches of any size are predicted in windows of equal size: large enough that most batches of equal
        length are full, small enough that memory stays flat.

        Raises:
            DataError: A text is not valid UTF-8.
            ModelDirectoryError: The model cannot be loaded here.
        """
        classifier = loaded(self.model, self.threads or _task_cores())
        for pieces in windows(batches):
            yield from self._answered(pieces, classifier)

    def _answered(
        self, pieces: "Sequence[pa.RecordBatch]", classifier: "Classifier | ClassifierByScript"
    ) -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        texts = [text or "" for piece in pieces for text in self._texts(piece)]
        values, _ = self.columns.answer(texts, classifier, self.batch_size, self.scripts)
        types = self.column_types(classifier.labels).values()
        if self.fingerprint:
            values.append([classifier.fingerprint] * len(texts))
        begin = 0
        for piece in pieces:
            rows = slice(begin, begin + piece.num_rows)
            added = [_array(cells[rows], type_) for cells, type_ in zip(values, types, strict=True)]
            columns = [*piece.columns, *added]
            yield pa.RecordBatch.from_arrays(columns, names=numbered(len(columns)))
            begin += piece.num_rows

    def _texts(self, piece: "pa.RecordBatch") -> list[str | None]:
        try:
            return list(piece.column(self.text_position).to_pylist())
        except UnicodeDecodeError:
            raise DataError(
                f"column {self.text_column!r} contains bytes that are not UTF-8; make them valid first, as with "
                "make_valid_utf8 in pyspark.sql.functions"
            ) from None


def numbered(num_columns: int) -> list[str]:
    """Return names for columns that Spark sends and receives: it would take a dot in a name for a path.

    It also matches columns by name, of which there may be two alike.
    """
    return [str(number) for number in range(num_columns)]


def windows(batches: "Iterable[pa.RecordBatch]") -> "Iterator[list[pa.RecordBatch]]":
    """Cut record batches, and collect the pieces until they have `WINDOW_ROWS` rows or `WINDOW_BYTES` bytes."""
    pieces: list[pa.RecordBatch] = []
    free_rows, free_bytes = WINDOW_ROWS, WINDOW_BYTES
    for batch in batches:
        bytes_per_row = max(1, batch.nbytes // max(1, batch.num_rows))
        begin = 0
        while begin < batch.num_rows:
            piece = batch.slice(begin, max(1, min(free_rows, free_bytes // bytes_per_row)))
            pieces.append(piece)
            begin += piece.num_rows
            free_rows -= piece.num_rows
            free_bytes -= piece.num_rows * bytes_per_row
            if free_rows == 0 or free_bytes < bytes_per_row:
                yield pieces
                pieces, free_rows, free_bytes = [], WINDOW_ROWS, WINDOW_BYTES
    if pieces:
        yield pieces


def _array(cells: "Sequence[Cell]", type_: type[str] | type[float]) -> "pa.Array[pa.Scalar[pa.DataType]]":
    """Convert cells from their bytes: `pyarrow.array` would import pandas where it is installed."""
    import pyarrow as pa

    is_valid = np.array([cell is not None for cell in cells], dtype=bool)
    buffers = [np.packbits(is_valid, bitorder="little")]
    if type_ is float:
        buffers.append(np.array(cells, dtype=np.float64))
    else:
        encoded = [b"" if cell is None else str(cell).encode() for cell in cells]
        buffers += [
            np.cumsum([0, *map(len, encoded)], dtype=np.int32),
            np.frombuffer(b"".join(encoded), dtype=np.uint8),
        ]
    arrow_type = pa.float64() if type_ is float else pa.string()
    return pa.Array.from_buffers(arrow_type, len(cells), [pa.py_buffer(buffer) for buffer in buffers])


def _task_cores() -> int:
    """Return the cores of a task: `spark.task.cpus`, or what its resource profile says."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return 1 if context is None else context.cpus()
