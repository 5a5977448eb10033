"""A Parquet file: opened, its faults told in one line, its columns judged by their types."""

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
    """Open a file so that no column of a row group is read at once.

    Args:
        path: of the file.
        options: more of those that pyarrow's ParquetFile takes.

    Raises:
        DataError: it is missing, or no Parquet file.
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
    """Raise what pyarrow finds wrong with a file as a DataError of one line that begins with `name`."""
    import pyarrow as pa

    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, MemoryError, pa.ArrowException) as error:
        if isinstance(error, OSError) and error.strerror:
            raise DataError(f"{name}: cannot be read ({error.strerror}); pass a Parquet file") from error
        raise DataError(f"{name}: cannot be read as Parquet ({reason(error)}); write the file again") from error


def reason(error: Exception) -> str:
    """Return the first line of what pyarrow says."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".;")


def value_type(type_: "pa.DataType") -> "pa.DataType":
    """Return the type of the values, which a dictionary hides."""
    import pyarrow as pa

    return type_.value_type if pa.types.is_dictionary(type_) else type_


def is_text(type_: "pa.DataType") -> bool:
    """Tell whether the values of a column are texts."""
    import pyarrow as pa

    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(is_kind(value_type(type_)) for is_kind in kinds)


def is_value(type_: "pa.DataType") -> bool:
    """Tell whether the values of a column are texts, numbers, booleans or none at all."""
    import pyarrow as pa

    of_types = pa.types
    kinds = (of_types.is_integer, of_types.is_floating, of_types.is_boolean, of_types.is_decimal, of_types.is_null)
    return is_text(type_) or any(is_kind(value_type(type_)) for is_kind in kinds)


def undecodable_row(values: "pa.Array[pa.Scalar[pa.DataType]]") -> int:
    """Return the position of the first text whose bytes are not UTF-8."""
    for position, value in enumerate(values):
        try:
            value.as_py()
        except UnicodeDecodeError:
            return position
    return 0


def leaves(file: "pq.ParquetFile") -> "list[pq.ColumnSchema]":
    """Return the columns of plain values, those within nested ones among them."""
    return [file.schema.column(place) for place in range(len(file.schema))]
