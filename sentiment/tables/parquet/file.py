"""Open Parquet files, with one-line errors, and check the types of their columns."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_READ_BYTES = 64 << 10


def open_parquet(path: Path, **options: Any) -> "pq.ParquetFile":
    """Open a file so that columns of a row group are streamed, not read at once.

    Args:
        path: of the file.
        options: further options of pyarrow's ParquetFile.

    Raises:
        DataError: it is missing, or not a Parquet file.
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("pyarrow", "tables") from None
    with unreadable_as_data_error(str(path)):
        path.open("rb").close()  # its errors are shorter than pyarrow's
        return pq.ParquetFile(path, buffer_size=_READ_BYTES, pre_buffer=False, **options)


@contextmanager
def unreadable_as_data_error(name: str) -> Iterator[None]:
    """Convert pyarrow's errors about a file into a one-line DataError that begins with `name`."""
    import pyarrow as pa

    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, MemoryError, OverflowError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.strerror:
            raise DataError(f"{name}: cannot be read ({error.strerror}); pass a Parquet file") from error
        raise DataError(f"{name}: cannot be read as Parquet ({reason(error)}); write the file again") from error


def reason(error: Exception) -> str:
    """Return the first line of pyarrow's message."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".;")


def value_type(type_: "pa.DataType") -> "pa.DataType":
    """Return the type of the values, looking through a dictionary."""
    import pyarrow as pa

    return type_.value_type if pa.types.is_dictionary(type_) else type_


def is_text(type_: "pa.DataType") -> bool:
    """Return whether the values of a column are texts."""
    import pyarrow as pa

    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(is_kind(value_type(type_)) for is_kind in kinds)


def is_value(type_: "pa.DataType") -> bool:
    """Return whether the values of a column are texts, numbers, booleans, dates, timestamps or all null."""
    import pyarrow as pa

    of_types = pa.types
    kinds = (of_types.is_integer, of_types.is_floating, of_types.is_boolean, of_types.is_decimal, of_types.is_null)
    return is_text(type_) or _is_date(type_) or any(is_kind(value_type(type_)) for is_kind in kinds)


def _is_date(type_: "pa.DataType") -> bool:
    import pyarrow as pa

    return any(is_kind(value_type(type_)) for is_kind in (pa.types.is_date, pa.types.is_timestamp))


def values_of(column: "pa.Array[Any]") -> list[object]:
    """Return the values of a column, dates and timestamps in ISO 8601, to the microsecond.

    A number of 32 bits or fewer is the shortest decimal that it stands for: 4.1, not 4.099999904632568.

    Raises:
        OverflowError: a date is outside the years 1 to 9999.
        UnicodeDecodeError: the bytes of a text are not UTF-8.
        pa.ArrowInvalid: a timestamp does not fit 64 bits of microseconds.
    """
    import numpy as np
    import pyarrow as pa

    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    if pa.types.is_float16(column.type) or pa.types.is_float32(column.type):
        short = np.float16 if pa.types.is_float16(column.type) else np.float32
        return [value if value is None else float(str(short(value))) for value in column.to_pylist()]
    if not _is_date(column.type):
        return list(column.to_pylist())
    if pa.types.is_timestamp(column.type):
        # Python has no nanoseconds. Only they may be cut: a coarser unit could overflow.
        column = column.cast(pa.timestamp("us", column.type.tz), safe=column.type.unit != "ns")
    return [value and value.isoformat() for value in column.to_pylist()]


def undecodable_row(values: "pa.Array[pa.Scalar[pa.DataType]]") -> int:
    """Return the position of the first text whose bytes are not UTF-8."""
    for position, value in enumerate(values):
        try:
            value.as_py()
        except UnicodeDecodeError:
            return position
    return 0


def leaves(file: "pq.ParquetFile") -> "list[pq.ColumnSchema]":
    """Return the leaf columns, including those within nested ones."""
    return [file.schema.column(place) for place in range(len(file.schema))]
