"""Predictions as columns of a Parquet file, slice by slice."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from sentiment.tables.table import Cell

if TYPE_CHECKING:
    import pyarrow as pa


def with_answers(
    batch: "pa.RecordBatch",
    answers: Iterator[Sequence[Cell]],
    fields: "list[pa.Field[pa.DataType]]",
    schema: "pa.Schema",
) -> "pa.RecordBatch":
    """Return a batch with the next answers appended as columns.

    Raises:
        ValueError: the number of answers differs from that of the rows, or the length of one from that of `fields`.
    """
    import pyarrow as pa

    rows = list(islice(answers, batch.num_rows))
    if len(rows) < batch.num_rows:
        raise ValueError("there are fewer answers than rows in the table")
    columns = zip(fields, zip(*rows, strict=True), strict=True)
    added = [pa.array(cells, field.type) for field, cells in columns]
    return pa.RecordBatch.from_arrays([*batch.columns, *added], schema=schema)


def joined_up_to(size_bytes: int, batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.Table]":
    """Join batches into tables, each the smallest with at least this many bytes; the last may be smaller."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    held_bytes = 0
    for batch in batches:
        held.append(batch)
        held_bytes += batch.get_total_buffer_size()
        if held_bytes >= size_bytes:
            yield pa.Table.from_batches(held)
            held, held_bytes = [], 0
    if held:
        yield pa.Table.from_batches(held)
