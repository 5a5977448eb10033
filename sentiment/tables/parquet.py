"""Parquet, read and written by pyarrow.

An answered table is written anew, slice by slice. Kept are name, type, nullability, metadata and codec of every column,
the metadata of the file, and the row groups unless one is too large for memory. Encodings, page sizes, statistics and
indexes are those that pyarrow chooses.

Other in form but equal in value: a time stamp in INT96 becomes one in nanoseconds, a decimal in whole numbers or in
bytes of any length becomes one of fixed length, a list of an older layout gets today's. What pyarrow reads without its
meaning (INTERVAL, ENUM, BSON, GEOMETRY, VARIANT ...) would come out as bare bytes: such a table is refused.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from inspect import signature
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sentiment.errors import DataError, MissingExtraError
from sentiment.tables.table import Cell

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_TEXT_ROWS = 2_048
_MAX_SLICE_ROWS = 16_384
_SLICE_BYTES = 8 << 20
_GROUP_BYTES = 32 << 20
_READ_BYTES = 64 << 10
_ANSWERS_LOOKED_AT = 8_192

_SPARK_SCHEMA = b"org.apache.spark.sql.parquet.row.metadata"
_GROUP_WITHOUT_ARROW_TYPE = re.compile(r"\((Variant\(\d+\)|Undefined)\) \{$", re.MULTILINE)


class ParquetTable:
    """The rows of a Parquet file."""

    sheet = None
    visible_sheets = ()

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._file = open_parquet(path)
        with unreadable_as_data_error(self.name):
            self._schema = self._file.schema_arrow
            self.columns: Sequence[str] = self._schema.names
            metadata = self._file.metadata
            self.num_rows: int = metadata.num_rows
            self._row_group_sizes = [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]
            if sum(self._row_group_sizes) != self.num_rows or min(self._row_group_sizes, default=0) < 0:
                raise ValueError("its footer contradicts itself about the number of rows")
            rewritten = _rewritten_schema(self._file)
            _check_nothing_is_lost(self.name, self._file, rewritten)
            self._paths = [leaf.path for leaf in _leaves(rewritten)]
            has_int96 = any(leaf.physical_type == "INT96" for leaf in _leaves(self._file))
        self._in_seconds = open_parquet(path, coerce_int96_timestamp_unit="s") if has_int96 else None

    def texts(self, column: int) -> Iterator[str | None]:
        """Yield the text of every row in order, None where it is null.

        Raises:
            DataError: the column does not hold texts, or the file is damaged.
        """
        rows = 0
        for texts in self._batches(column, _TEXT_ROWS):
            rows += len(texts)
            yield from texts
        self._check_num_rows(rows, self.num_rows)

    def sample(self, num_rows: int) -> list[list[str | None]]:
        """Return the first rows; a column that holds no text, or is damaged, is empty."""
        rows: list[list[str | None]] = [[None] * len(self.columns) for _ in range(min(num_rows, self.num_rows))]
        for column in range(len(self.columns)):
            with suppress(DataError):
                for row, text in zip(rows, next(self._batches(column, num_rows), ()), strict=False):
                    row[column] = text
        return rows

    def _batches(self, column: int, num_rows: int) -> Iterator[list[str | None]]:
        """Yield the texts of so many rows at once, or of fewer.

        Raises:
            DataError: the column does not hold texts, or the file is damaged.
        """
        name, type_ = self.columns[column], self._schema.field(column).type
        if not is_text(type_):
            raise not_text(self.name, name, type_)
        # pyarrow reads columns by name: of several that share one, the batch holds all, in their order.
        place = self.columns[:column].count(name)
        row = 0
        with unreadable_as_data_error(self.name):
            for batch in self._file.iter_batches(num_rows, columns=[name]):
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
                yield values

    def write_answered(
        self,
        file: BinaryIO,
        names: Sequence[str],
        answers: Iterable[Sequence[Cell]],
        text_column: int = 0,  # noqa: ARG002  (rows have no filter here that would have to reach the answers)
    ) -> None:
        """Write the table with one column more for each of `names`: texts as string, numbers as double.

        The type of a column is that of its first value. A column without any for long holds numbers, or texts if it is
        the first one, as the label comes before the probabilities.

        Raises:
            DataError: the file is damaged, or a time stamp in INT96 does not fit nanoseconds.
            ValueError: there are not as many answers as rows, or one is not as long as `names`.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        fields, answers = _typed_answers(names, answers)
        with unreadable_as_data_error(self.name):
            schema = pa.schema([*self._schema, *fields], _extended_metadata(self._schema.metadata, fields))
        rows = iter(answers)
        options = _writer_options(self._file)
        with pq.ParquetWriter(file, schema, compression=self._compression(names), **options) as writer:
            if schema.metadata and not options["store_schema"]:
                writer.add_key_value_metadata(schema.metadata)  # else it is stored with the schema or not at all
            for index in range(len(self._row_group_sizes)):
                slices = (_with_answers(batch, rows, fields, schema) for batch in self._slices(index))
                for group in _joined_up_to(_GROUP_BYTES, slices):
                    try:
                        writer.write_table(group, row_group_size=group.num_rows)
                    except pa.ArrowException as error:
                        raise DataError(
                            f"{self.name}: cannot be written again as Parquet ({_reason(error)}); write the file again"
                        ) from error
        if next(rows, None) is not None:
            raise ValueError(f"there are more answers than the {self.num_rows:,} rows of the table")

    def _slices(self, index: int) -> "Iterator[pa.RecordBatch]":
        """Yield a row group in pieces that are small in memory, whatever the size of a row."""
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
        """Yield the batches, but no time stamp that wrapped around when it was read.

        INT96 reaches further than 64 bits of nanoseconds do (1677 to 2262), and pyarrow does not look. Read as seconds
        it fits, and to cast those is to look.
        """
        import pyarrow as pa

        if self._in_seconds is None:
            yield from batches
            return
        in_seconds = self._in_seconds.iter_batches(slice_rows, row_groups=[index])
        for batch, seconds in zip(batches, in_seconds, strict=True):
            for name, column, checked in zip(batch.schema.names, batch.columns, seconds.columns, strict=True):
                if column.type == checked.type:
                    continue
                try:
                    checked.cast(column.type)
                except pa.ArrowInvalid as error:
                    raise DataError(
                        f"{self.name}: column {name!r} holds INT96 time stamps that nanoseconds cannot tell "
                        "(before 1677 or after 2262); write it again in microseconds"
                    ) from error
            yield batch

    def _compression(self, new_names: Sequence[str]) -> dict[str, str]:
        """Return the codec of each leaf column; new columns get that of the first."""
        codecs = ["snappy"] * len(self._paths)
        if self.num_rows:
            first = next(index for index, size in enumerate(self._row_group_sizes) if size)
            with unreadable_as_data_error(self.name):
                # This raises for damage at which the metadata of a column would end the process.
                next(self._file.iter_batches(1, row_groups=[first]), None)
            group = self._file.metadata.row_group(first)
            codecs = [_codec(group.column(place).compression) for place in range(len(self._paths))]
        return dict(zip(self._paths, codecs, strict=True)) | dict.fromkeys(new_names, (codecs or ["snappy"])[0])

    def _check_num_rows(self, found: int, promised: int) -> None:
        if found != promised:
            raise DataError(
                f"{self.name}: holds {found:,} rows where its footer promises {promised:,}; write the file again"
            )


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
            raise DataError(f"{name}: cannot be read ({error.strerror}); name a Parquet file") from error
        raise DataError(f"{name}: cannot be read as Parquet ({_reason(error)}); write the file again") from error


def _reason(error: Exception) -> str:
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


def not_text(name: str, column: str, type_: "pa.DataType") -> DataError:
    """Return the error for a column of texts that holds something else."""
    return DataError(f"{name}: column {column!r} holds {type_}, not text; name another one with --text-column")


def _first_undecodable(texts: "pa.Array[pa.Scalar[pa.DataType]]") -> int:
    for index, text in enumerate(texts):
        try:
            text.as_py()
        except UnicodeDecodeError:
            return index
    return 0


def _leaves(file: "pq.ParquetFile") -> "list[pq.ColumnSchema]":
    return [file.schema.column(place) for place in range(len(file.schema))]


def _writer_options(file: "pq.ParquetFile") -> dict[str, Any]:
    """Return what makes pyarrow write the types of the file at hand."""
    import pyarrow.parquet as pq

    options: dict[str, Any] = {
        "store_schema": b"ARROW:schema" in (file.metadata.metadata or {}),
        "use_compliant_nested_type": False,  # it would rename what an older writer called "item" or "array"
    }
    times = [leaf.logical_type for leaf in _leaves(file) if leaf.logical_type.type == "TIME"]
    # A pyarrow without this option always writes so.
    option = "write_time_adjusted_to_utc"
    if option in signature(pq.ParquetWriter).parameters:
        options[option] = any(json.loads(time.to_json())["isAdjustedToUTC"] for time in times)
    return options


def _codec(name: str) -> str:
    """Return a codec as pyarrow's writer calls it; none where this pyarrow lacks it, as it won't read it either."""
    import pyarrow as pa

    codec = {"lz4_raw": "lz4", "uncompressed": "none"}.get(name.lower(), name.lower())
    return codec if codec in {"snappy", "gzip", "brotli", "lz4", "zstd"} and pa.Codec.is_available(codec) else "none"


def _rewritten_schema(file: "pq.ParquetFile") -> "pq.ParquetFile":
    """Return a table without rows that pyarrow wrote with the schema of another."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.ParquetWriter(buffer, file.schema_arrow, **_writer_options(file)).close()
    return pq.ParquetFile(buffer)


def _check_nothing_is_lost(name: str, before: "pq.ParquetFile", after: "pq.ParquetFile") -> None:
    for old, new in zip(_leaves(before), _leaves(after), strict=True):
        if not _is_kept(old, new):
            raise DataError(
                f"{name}: column {old.path!r} is of the type {old.logical_type}, which pyarrow cannot write again; "
                "write the file again with plain text, bytes or numbers in it"
            )
    if _GROUP_WITHOUT_ARROW_TYPE.search(str(before.schema)):
        raise DataError(f"{name}: holds a column of variants, which pyarrow cannot write again; leave it out")
    for old_field, new_field in zip(before.schema_arrow, after.schema_arrow, strict=True):
        if not old_field.equals(new_field, check_metadata=True):
            raise DataError(
                f"{name}: column {old_field.name!r} of {old_field.type} would become {new_field.type}; leave it out"
            )


def _is_kept(old: "pq.ColumnSchema", new: "pq.ColumnSchema") -> bool:
    """Tell whether the meaning of a leaf column is written again; what Arrow's type tells needs no look."""
    if old.physical_type == "INT96" or old.logical_type.type == "INT":
        return True
    if old.logical_type.type == "TIME":  # in UTC or not, which Arrow does not tell
        return bool(old.logical_type.to_json() == new.logical_type.to_json())
    return bool(old.logical_type.type == new.logical_type.type)


def _extended_metadata(
    metadata: Mapping[bytes, bytes] | None, fields: "list[pa.Field[pa.DataType]]"
) -> dict[bytes, bytes] | None:
    """Spark trusts the schema that it keeps as metadata, and would not see a column that it lacks."""
    if not metadata or _SPARK_SCHEMA not in metadata:
        return dict(metadata) if metadata else None
    schema = json.loads(metadata[_SPARK_SCHEMA])
    schema["fields"] += [
        {"name": field.name, "type": str(field.type), "nullable": True, "metadata": {}}  # string and double in both
        for field in fields
    ]
    return {**metadata, _SPARK_SCHEMA: json.dumps(schema, ensure_ascii=False, separators=(",", ":")).encode()}


def _typed_answers(
    names: Sequence[str], answers: Iterable[Sequence[Cell]]
) -> "tuple[list[pa.Field[pa.DataType]], Iterable[Sequence[Cell]]]":
    """Return the fields of the new columns, and all answers again."""
    import pyarrow as pa

    rows = iter(answers)
    first_rows = list(islice(rows, _ANSWERS_LOOKED_AT))
    columns = zip(*first_rows, strict=True) if first_rows else [()] * len(names)
    fields = []
    for place, (name, column) in enumerate(zip(names, columns, strict=True)):
        first: Cell = next((cell for cell in column if cell is not None), None if place else "")
        fields.append(pa.field(name, pa.string() if isinstance(first, str) else pa.float64()))
    return fields, chain(first_rows, rows)


def _with_answers(
    batch: "pa.RecordBatch",
    answers: Iterator[Sequence[Cell]],
    fields: "list[pa.Field[pa.DataType]]",
    schema: "pa.Schema",
) -> "pa.RecordBatch":
    import pyarrow as pa

    rows = list(islice(answers, batch.num_rows))
    if len(rows) < batch.num_rows:
        raise ValueError("there are fewer answers than rows in the table")
    columns = zip(fields, zip(*rows, strict=True), strict=True)
    added = [pa.array(cells, field.type) for field, cells in columns]
    return pa.RecordBatch.from_arrays([*batch.columns, *added], schema=schema)


def _joined_up_to(size_bytes: int, batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.Table]":
    """Join batches to tables, each the smallest that has at least so many bytes, the last one smaller."""
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
