"""The rows of a Parquet file: read some of its columns, and write it again with more."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sentiment.errors import DataError
from sentiment.tables.columns.finding import refuse_taken_names
from sentiment.tables.parquet.answers import joined_up_to, with_answers
from sentiment.tables.parquet.file import (
    is_text,
    is_value,
    leaves,
    open_parquet,
    reason,
    undecodable_row,
    unreadable_as_data_error,
    values_of,
)
from sentiment.tables.parquet.rewriting import (
    check_nothing_is_lost,
    codec_name,
    extended_metadata,
    rewritten_schema,
    writer_options,
)
from sentiment.tables.table import SAMPLE_ROWS, AnswerType, Cell, TableRow

if TYPE_CHECKING:
    import pyarrow as pa

_READ_ROWS = 2_048
_MAX_SLICE_ROWS = 16_384
_SLICE_BYTES = 8 << 20
_GROUP_BYTES = 32 << 20


class ParquetTable:
    """The rows of a Parquet file."""

    is_typed = True
    sheet = None
    repeated_headers = ()

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        self._file = open_parquet(path)
        with unreadable_as_data_error(self.name):
            self._schema = self._file.schema_arrow
            self.columns: Sequence[str] = self._schema.names
            metadata = self._file.metadata
            self.num_rows: int = metadata.num_rows
            self._row_group_sizes = [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]
            if sum(self._row_group_sizes) != self.num_rows or min(self._row_group_sizes, default=0) < 0:
                raise ValueError("its footer contradicts itself about the number of rows")

    def rows(self, text_column: int, others: Sequence[int] = ()) -> Iterator[TableRow]:
        """Yield text and other cells of each row, dates in ISO 8601; only the requested columns are read.

        Raises:
            DataError: a column contains neither text, numbers nor dates, the text column no text, or the file is
                damaged.
        """
        type_ = self._schema.field(text_column).type
        if not is_text(type_):
            fault = f"column {self.columns[text_column]!r} contains {type_}, not text"
            raise DataError(f"{self.name}: {fault}; choose another one with `text_column`")
        for column in others:
            if not is_value(type_ := self._schema.field(column).type):
                fault = f"column {self.columns[column]!r} contains {type_}, neither text, numbers nor dates"
                raise DataError(f"{self.name}: {fault}; choose another one")
        number = 0
        for columns in self._batches([text_column, *others], _READ_ROWS):
            for text, *cells in zip(*columns, strict=True):
                number += 1
                yield TableRow(f"{self.name}: row {number:,}", text if isinstance(text, str) else None, cells)
        self._check_num_rows(number, self.num_rows)

    def texts(self, column: int) -> Iterator[str | None]:
        """Yield the text of every row in order, None where it is null.

        Raises:
            DataError: the column does not contain texts, or the file is damaged.
        """
        return (row.text for row in self.rows(column))

    def sample(self) -> list[list[object]]:
        """Return the first rows; a damaged column, or one with neither text, numbers nor dates, is empty."""
        rows: list[list[object]] = [[None] * len(self.columns) for _ in range(min(SAMPLE_ROWS, self.num_rows))]
        for column in range(len(self.columns)):
            with suppress(DataError):
                if is_value(self._schema.field(column).type):
                    for row, value in zip(rows, next(self._batches([column], SAMPLE_ROWS), [()])[0], strict=False):
                        row[column] = value
        return rows

    def _batches(self, columns: Sequence[int], num_rows: int) -> Iterator[list[Sequence[object]]]:
        """Yield the values of at most this many rows at once, column by column.

        Raises:
            DataError: the file is damaged.
        """
        names = [self.columns[column] for column in columns]
        # pyarrow reads columns by name: the batch has all columns that share one, in order.
        places = [self.columns[:column].count(name) for column, name in zip(columns, names, strict=True)]
        row = 0
        file = self._file
        if any(leaf.physical_type == "INT96" for leaf in leaves(file)):
            file = open_parquet(self._path, coerce_int96_timestamp_unit="us")  # they may not fit nanoseconds
        with unreadable_as_data_error(self.name):
            for batch in file.iter_batches(num_rows, columns=[*dict.fromkeys(names)]):
                values: list[Sequence[object]] = []
                for name, place in zip(names, places, strict=True):
                    column = batch.column(batch.schema.get_all_field_indices(name)[place])
                    try:
                        values.append(values_of(column))
                    except UnicodeDecodeError as error:
                        raise DataError(
                            f"{self.name}: row {row + undecodable_row(column) + 1}: column {name!r} contains "
                            "bytes that are not UTF-8; write the column again as text"
                        ) from error
                row += batch.num_rows
                yield values

    def check_new_columns(self, names: Sequence[str]) -> None:
        """Check that pyarrow can rewrite the table with additional columns of these names.

        Raises:
            DataError: a name is taken, or a column would lose its meaning.
        """
        refuse_taken_names(self.name, self.columns, names)
        with unreadable_as_data_error(self.name):
            check_nothing_is_lost(self.name, self._file, rewritten_schema(self._file))

    def write_answered(
        self,
        file: BinaryIO,
        types: Mapping[str, AnswerType],
        answers: Iterable[Sequence[Cell]],
        text_column: int = 0,  # noqa: ARG002  (Parquet has no filters to extend to the answers)
    ) -> None:
        """Write the table with an additional column for each of `types`: texts as string, numbers as double.

        Raises:
            DataError: the file is damaged, or an INT96 timestamp does not fit nanoseconds.
            ValueError: the number of answers differs from that of the rows, or the length of one from that of `types`.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        fields = [pa.field(name, pa.string() if kind is str else pa.float64()) for name, kind in types.items()]
        with unreadable_as_data_error(self.name):
            schema = pa.schema([*self._schema, *fields], extended_metadata(self._schema.metadata, fields))
        rows = iter(answers)
        options = writer_options(self._file)
        with pq.ParquetWriter(file, schema, compression=self._compression([*types]), **options) as writer:
            if schema.metadata and not options["store_schema"]:
                writer.add_key_value_metadata(schema.metadata)  # otherwise it is stored with the schema or not at all
            for index in range(len(self._row_group_sizes)):
                slices = (with_answers(batch, rows, fields, schema) for batch in self._slices(index))
                for group in joined_up_to(_GROUP_BYTES, slices):
                    try:
                        writer.write_table(group, row_group_size=group.num_rows)
                    except pa.ArrowException as error:
                        raise DataError(
                            f"{self.name}: cannot be written again as Parquet ({reason(error)}); write the file again"
                        ) from error
        if next(rows, None) is not None:
            raise ValueError(f"there are more answers than the {self.num_rows:,} rows of the table")

    def _slices(self, index: int) -> "Iterator[pa.RecordBatch]":
        """Yield a row group in pieces that fit into memory, whatever the size of a row."""
        group = self._file.metadata.row_group(index)
        fitting_rows = group.num_rows * _SLICE_BYTES // max(group.total_byte_size, 1)
        slice_rows = max(1, min(_MAX_SLICE_ROWS, fitting_rows))
        num_rows = 0
        with unreadable_as_data_error(self.name):
            batches = self._file.iter_batches(slice_rows, row_groups=[index])
            for batch in self._int96_checked(batches, slice_rows, index):
                num_rows += batch.num_rows
                if batch.num_rows:
                    yield batch
        self._check_num_rows(num_rows, group.num_rows)

    def _int96_checked(
        self, batches: "Iterator[pa.RecordBatch]", slice_rows: int, index: int
    ) -> "Iterator[pa.RecordBatch]":
        """Yield the batches, refusing timestamps that overflowed when they were read.

        INT96 has a wider range than 64 bits of nanoseconds (1677 to 2262), and pyarrow does not check. Read as seconds
        it fits, and casting those performs the check.
        """
        import pyarrow as pa

        if not any(leaf.physical_type == "INT96" for leaf in leaves(self._file)):
            yield from batches
            return
        file = open_parquet(self._path, coerce_int96_timestamp_unit="s")
        for batch, seconds in zip(batches, file.iter_batches(slice_rows, row_groups=[index]), strict=True):
            for name, column, checked in zip(batch.schema.names, batch.columns, seconds.columns, strict=True):
                if column.type == checked.type:
                    continue
                try:
                    checked.cast(column.type)
                except pa.ArrowInvalid as error:
                    raise DataError(
                        f"{self.name}: column {name!r} contains INT96 timestamps beyond nanoseconds (before "
                        "1677 or after 2262); write it again in microseconds"
                    ) from error
            yield batch

    def _compression(self, new_names: Sequence[str]) -> dict[str, str]:
        """Return the codec of each leaf column; new columns get that of the first."""
        paths = [leaf.path for leaf in leaves(rewritten_schema(self._file))]
        codecs = ["snappy"] * len(paths)
        if self.num_rows:
            first = next(index for index, size in enumerate(self._row_group_sizes) if size)
            with unreadable_as_data_error(self.name):
                # This raises for damage at which reading the metadata of a column would crash the process.
                next(self._file.iter_batches(1, row_groups=[first]), None)
            group = self._file.metadata.row_group(first)
            codecs = [codec_name(group.column(place).compression) for place in range(len(paths))]
        return dict(zip(paths, codecs, strict=True)) | dict.fromkeys(new_names, (codecs or ["snappy"])[0])

    def _check_num_rows(self, found: int, promised: int) -> None:
        if found != promised:
            raise DataError(
                f"{self.name}: contains {found:,} rows, but its footer says {promised:,}; write the file again"
            )
