"""A Parquet file as a table whose texts are read and to which answers are added."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sentiment.errors import DataError, MissingExtraError
from sentiment.tables.parquet.answers import write_answers
from sentiment.tables.parquet.footer import MAGIC, Footer
from sentiment.tables.stored import Cell

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 2_048
_READ_BYTES = _COPY_BYTES = 1 << 20


class ParquetTable:
    """The rows of a Parquet file."""

    def __init__(self, path: Path) -> None:
        try:
            import pyarrow.parquet as pq
        except ImportError:
            raise MissingExtraError("pyarrow", "tables") from None
        self._path = path
        self.name = str(path)
        with self._unreadable_as_data_error(), path.open("rb") as file:
            # Without a buffer of its own for each column, pyarrow reads a column of a row group at once.
            self._file = pq.ParquetFile(path, buffer_size=_READ_BYTES, pre_buffer=False)
            self._schema = self._file.schema_arrow
            self.columns: Sequence[str] = self._schema.names
            self.num_rows: int = self._file.metadata.num_rows
            groups = Footer.read(file).row_group_sizes()
            if sum(groups) != self.num_rows or min(groups, default=0) < 0:
                raise ValueError("its footer contradicts itself about the number of rows")

    def texts(self, column: int) -> Iterator[str | None]:
        """Yield the text of every row in order, None where it is null.

        Raises:
            DataError: the column does not hold texts, or the file is damaged.
        """
        name, type_ = self.columns[column], self._schema.field(column).type
        if not _is_text(type_):
            raise DataError(
                f"{self.name}: column {name!r} holds {type_}, not text; name another one with --text-column"
            )
        # pyarrow reads columns by name: of several that share one, the batch holds all, in their order.
        place = self.columns[:column].count(name)
        row = 0
        with self._unreadable_as_data_error():
            for batch in self._file.iter_batches(_BATCH_ROWS, columns=[name]):
                indices = batch.schema.get_all_field_indices(name)
                texts = batch.column(indices[place])
                try:
                    values = texts.to_pylist()
                except UnicodeDecodeError as error:
                    row += _first_undecodable(texts) + 1
                    raise DataError(
                        f"{self.name}: row {row}: column {name!r} holds bytes that are not UTF-8; "
                        "write the column again as text"
                    ) from error
                row += len(values)
                yield from values
        if row != self.num_rows:
            raise DataError(
                f"{self.name}: holds {row:,} rows where its footer promises {self.num_rows:,}; write the file again"
            )

    def write_answered(self, file: BinaryIO, names: Sequence[str], answers: Iterable[Sequence[Cell]]) -> None:
        """Write the table with one column more for each of `names`; every other column chunk keeps its bytes.

        Raises:
            DataError: the file is damaged.
            ValueError: there are not as many answers as rows.
        """
        with self._path.open("rb") as source, tempfile.TemporaryFile() as chunks:
            with self._unreadable_as_data_error():
                footer = Footer.read(source)
            fields = write_answers(chunks, names, answers, footer.row_group_sizes(), self._compression())
            added = Footer.read(chunks)
            with self._unreadable_as_data_error():
                joined = footer.with_columns_of(added, footer.start - len(MAGIC), fields)
            _copy(source, file, 0, footer.start)
            _copy(chunks, file, len(MAGIC), added.start)
            file.write(joined + len(joined).to_bytes(4, "little") + MAGIC)

    def _compression(self) -> str:
        """Return the codec of the first column, as pyarrow calls it; none where this pyarrow lacks it."""
        import pyarrow as pa

        metadata = self._file.metadata
        if not (metadata.num_row_groups and metadata.num_columns):
            return "snappy"
        codec = metadata.row_group(0).column(0).compression.lower()
        codec = {"lz4_raw": "lz4", "uncompressed": "none"}.get(codec, codec)
        return codec if codec != "lzo" and (codec == "none" or pa.Codec.is_available(codec)) else "none"

    @contextmanager
    def _unreadable_as_data_error(self) -> Iterator[None]:
        import pyarrow as pa

        try:
            yield
        except (OSError, ValueError, LookupError, TypeError, MemoryError, pa.ArrowException) as error:
            if isinstance(error, OSError) and error.strerror:
                raise DataError(f"{self.name}: cannot be read ({error.strerror}); name a Parquet file") from error
            reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".;")
            raise DataError(f"{self.name}: cannot be read as Parquet ({reason}); write the file again") from error


def _is_text(type_: "pa.DataType") -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(type_):
        type_ = type_.value_type
    return any(is_kind(type_) for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))


def _first_undecodable(texts: "pa.Array[pa.Scalar[pa.DataType]]") -> int:
    for index, text in enumerate(texts):
        try:
            text.as_py()
        except UnicodeDecodeError:
            return index
    return 0


def _copy(source: BinaryIO, target: BinaryIO, start: int, end: int) -> None:
    source.seek(start)
    for at in range(start, end, _COPY_BYTES):
        target.write(source.read(min(_COPY_BYTES, end - at)))
