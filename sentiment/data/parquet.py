"""Parquet, through pyarrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.data.tables import SAMPLE_ROWS, Cells, to_cells
from sentiment.errors import DataError
from sentiment.tables import Sample
from sentiment.tables.parquet import is_text, not_text, open_parquet, unreadable_as_data_error, value_type

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 16_384


class ParquetTable:
    """The rows of a Parquet file; only the two columns asked for are read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = open_parquet(path)
        self.columns: list[str] = self._file.schema_arrow.names

    def sample(self) -> Sample:
        """Return the cells of the first rows; None for what is neither text nor a number.

        Raises:
            DataError: the file is damaged.
        """
        places = [place for place, field in enumerate(self._file.schema_arrow) if _is_told(value_type(field.type))]
        names = [self.columns[place] for place in places if self.columns.count(self.columns[place]) == 1]
        with unreadable_as_data_error(str(self._path)):
            batches = self._file.iter_batches(SAMPLE_ROWS, columns=names)
            rows: list[dict[str, object]] = next((batch.to_pylist() for batch in batches), [])
        return [[row.get(name) for name in self.columns] for row in rows]

    def cells(self, text_column: str, label_column: str) -> Iterator[Cells | None]:
        """Yield text and label of each row.

        Raises:
            DataError: the types of the columns cannot be texts and labels, or the file is damaged.
        """
        schema = self._file.schema_arrow
        text_type, label_type = schema.field(text_column).type, value_type(schema.field(label_column).type)
        if not _is_text_or_null(text_type):
            raise not_text(str(self._path), text_column, text_type)
        if not (_is_text_or_null(label_type) or _is_number(label_type)):
            raise DataError(
                f"{self._path}: column {label_column!r} holds {label_type}, neither text nor numbers; "
                "name another one with --label-column"
            )
        with unreadable_as_data_error(str(self._path)):
            for batch in self._file.iter_batches(_BATCH_ROWS, columns=[text_column, label_column]):
                texts, labels = batch.column(text_column).to_pylist(), batch.column(label_column).to_pylist()
                yield from map(to_cells, texts, labels)


def _is_text_or_null(type_: "pa.DataType") -> bool:
    import pyarrow as pa

    return is_text(type_) or pa.types.is_null(type_)


def _is_number(type_: "pa.DataType") -> bool:
    import pyarrow as pa

    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal)
    return any(is_kind(type_) for is_kind in kinds)


def _is_told(type_: "pa.DataType") -> bool:
    return _is_text_or_null(type_) or _is_number(type_)
