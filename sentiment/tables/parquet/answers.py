"""The answers as a Parquet file of their own, in row groups of given sizes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, BinaryIO

from sentiment.tables.stored import Cell

if TYPE_CHECKING:
    import pyarrow as pa

_SLICE_ROWS = 16_384
_ROWS_LOOKED_AT = 65_536


def write_answers(
    file: BinaryIO, names: Sequence[str], answers: Iterable[Sequence[Cell]], row_groups: Sequence[int], compression: str
) -> "list[pa.Field[pa.DataType]]":
    """Write a column for each of `names`: texts as string, numbers as double. One row group of them is in memory.

    The type of a column is that of its first value. A column without any for long holds numbers, or texts if it is the
    first one, as the label comes before the probabilities.

    Returns:
        The columns as Arrow's fields.

    Raises:
        ValueError: there are not as many answers as rows, or one is not as long as `names`.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    first_values, answers = _first_values(len(names), answers)
    fields = [
        pa.field(name, pa.string() if isinstance(value, str) or (value is None and not place) else pa.float64())
        for place, (name, value) in enumerate(zip(names, first_values, strict=True))
    ]
    schema = pa.schema(fields)
    rows = iter(answers)
    with pq.ParquetWriter(file, schema, compression=compression, store_schema=False) as writer:
        for size in row_groups:
            batches = [
                _to_batch(list(islice(rows, min(_SLICE_ROWS, size - at))), schema) for at in range(0, size, _SLICE_ROWS)
            ]
            group = pa.Table.from_batches(batches, schema)
            if group.num_rows != size:
                raise ValueError(f"there are fewer answers than the {sum(row_groups):,} rows of the table")
            writer.write_table(group, row_group_size=max(size, 1))
    if next(rows, None) is not None:
        raise ValueError(f"there are more answers than the {sum(row_groups):,} rows of the table")
    return fields


def _first_values(width: int, answers: Iterable[Sequence[Cell]]) -> tuple[list[Cell], Iterable[Sequence[Cell]]]:
    """Return the first value of each column, and all answers again. Rows without any value are counted, not kept."""
    firsts: list[Cell] = [None] * width
    rows = iter(answers)
    num_empty, kept = 0, list[Sequence[Cell]]()
    for row in rows:
        if not kept and all(cell is None for cell in row) and len(row) == width:
            num_empty += 1
            continue
        kept.append(row)
        firsts = [cell if first is None else first for first, cell in zip(firsts, row, strict=True)]
        if None not in firsts or len(kept) == _ROWS_LOOKED_AT:
            break
    return firsts, chain(repeat((None,) * width, num_empty), kept, rows)


def _to_batch(rows: list[Sequence[Cell]], schema: "pa.Schema") -> "pa.RecordBatch":
    import pyarrow as pa

    columns: Iterator[Sequence[Cell]] = zip(*rows, strict=True) if rows else repeat((), len(schema))
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
