"""Parquet, through pyarrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.data.tables import Cells, to_cells
from sentiment.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 16_384


class ParquetTable:
    """The rows of a Parquet file; only the two columns asked for are read."""

    def __init__(self, path: Path) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise MissingExtraError("pyarrow", "tables") from None
        self._path = path
        try:
            self._file = pq.ParquetFile(path)
        except (OSError, pa.ArrowException) as error:
            raise self._unreadable(error) from error
        self.columns: list[str] = self._file.schema_arrow.names

    def cells(self, text_column: str, label_column: str) -> Iterator[Cells | None]:
        """Yield text and label of each row.

        Raises:
            DataError: the types of the columns cannot be texts and labels, or the file is damaged.
        """
        import pyarrow as pa

        schema = self._file.schema_arrow
        if not _is_text(schema.field(text_column).type):
            raise DataError(
                f"{self._path}: column {text_column!r} holds {schema.field(text_column).type}, not text; "
                "name another one with --text-column"
            )
        label_type = _value_type(schema.field(label_column).type)
        if not (_is_text(label_type) or _is_number(label_type)):
            raise DataError(
                f"{self._path}: column {label_column!r} holds {label_type}, neither text nor numbers; "
                "name another one with --label-column"
            )
        try:
            for batch in self._file.iter_batches(_BATCH_ROWS, columns=[text_column, label_column]):
                texts, labels = batch.column(text_column).to_pylist(), batch.column(label_column).to_pylist()
                yield from map(to_cells, texts, labels)
        except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> DataError:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        return DataError(f"{self._path}: cannot be read as Parquet ({reason}); write the file again")


def _value_type(type_: "pa.DataType") -> "pa.DataType":
    import pyarrow as pa

    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _is_text(type_: "pa.DataType") -> bool:
    import pyarrow as pa

    type_ = _value_type(type_)
    return any(
        is_kind(type_)
        for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    )


def _is_number(type_: "pa.DataType") -> bool:
    import pyarrow as pa

    return any(is_kind(type_) for is_kind in (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean))
