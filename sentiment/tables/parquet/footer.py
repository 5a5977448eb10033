"""The footer of a Parquet file: what it must say once column chunks are added behind the old ones.

The numbers are field ids of parquet.thrift (apache/parquet-format). A row group has no physical structure that the
format guarantees, so its new chunks may lie apart from the old.
"""

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from sentiment.tables.parquet import thrift
from sentiment.tables.parquet.thrift import Span

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"

_SCHEMA, _ROW_GROUPS, _KEY_VALUES, _COLUMN_ORDERS, _ENCRYPTION = 2, 4, 5, 7, 8  # of FileMetaData
_NUM_CHILDREN = 5  # of SchemaElement
_CHUNKS, _TOTAL_BYTES, _NUM_ROWS, _TOTAL_COMPRESSED_BYTES = 1, 2, 3, 6  # of RowGroup
_CHUNK_OFFSET, _CHUNK_METADATA = 2, 3  # of ColumnChunk
_OFFSETS_IN_METADATA = (9, 10, 11, 14)  # of ColumnMetaData: data, index and dictionary page, bloom filter
_KEY, _VALUE = 1, 2  # of KeyValue

_SPARK_SCHEMA = b"org.apache.spark.sql.parquet.row.metadata"


@dataclass(frozen=True)
class Footer:
    """A footer as it lies in the file: the encoded FileMetaData, and at which byte it begins."""

    data: bytes
    start: int

    @classmethod
    def read(cls, file: BinaryIO) -> "Footer":
        """Read the footer of a file that pyarrow could open.

        Raises:
            ValueError: there is none, or it is encrypted or signed.
        """
        end = file.seek(0, os.SEEK_END) - 8
        file.seek(max(end, 0))
        tail = file.read(8)
        start = end - int.from_bytes(tail[:4], "little")
        if tail[4:] != MAGIC or start < len(MAGIC):
            raise ValueError("it has no footer")
        file.seek(start)
        footer = cls(file.read(end - start), start)
        if _ENCRYPTION in thrift.fields(footer.data):
            raise ValueError("its columns are encrypted")
        return footer

    def row_group_sizes(self) -> list[int]:
        """Return the number of rows of each row group."""
        return [
            thrift.read_integer(self.data, thrift.fields(self.data, group.start)[_NUM_ROWS])
            for group in self._list(_ROW_GROUPS)
        ]

    def with_columns_of(self, other: "Footer", shift: int, new_fields: "list[pa.Field[pa.DataType]]") -> bytes:
        """Return the FileMetaData of this table with the columns of another on its right.

        Args:
            other: of a table with row groups of the same sizes, and flat columns.
            shift: how many bytes later its chunks lie than in its own file.
            new_fields: its columns, for the schemas that Arrow and Spark keep beside Parquet's.
        """
        spans = thrift.fields(self.data)
        values = {
            _SCHEMA: self._joined_schema(other),
            _ROW_GROUPS: self._joined_row_groups(other, shift),
        }
        if _KEY_VALUES in spans:
            values[_KEY_VALUES] = self._with_schemas_extended(new_fields)
        if _COLUMN_ORDERS in spans:
            orders = [other.data[order.start : order.end] for order in other._list(_COLUMN_ORDERS)]
            values[_COLUMN_ORDERS] = thrift.extended(self.data, self._list_span(_COLUMN_ORDERS), orders)
        return thrift.with_values(self.data, Span(0, len(self.data)), values)

    def _list_span(self, field_id: int, struct: int = 0) -> thrift.ListSpan:
        return thrift.read_list(self.data, thrift.fields(self.data, struct)[field_id])

    def _list(self, field_id: int, struct: int = 0) -> Iterator[Span]:
        yield from thrift.elements(self.data, self._list_span(field_id, struct))

    def _joined_schema(self, other: "Footer") -> bytes:
        """The schema is a tree, depth first: what stands at the end are the last children of the root."""
        root, *own = self._list(_SCHEMA)
        new = [other.data[element.start : element.end] for element in list(other._list(_SCHEMA))[1:]]
        num_children = thrift.read_integer(self.data, thrift.fields(self.data, root.start)[_NUM_CHILDREN])
        root_again = thrift.with_values(self.data, root, {_NUM_CHILDREN: thrift.integer(num_children + len(new))})
        element_type = self._list_span(_SCHEMA).element_type
        return thrift.list_of(element_type, [root_again, *(self.data[start:end] for start, end in own), *new])

    def _joined_row_groups(self, other: "Footer", shift: int) -> bytes:
        groups = zip(self._list(_ROW_GROUPS), other._list(_ROW_GROUPS), strict=True)
        joined = [self._joined_row_group(own, other, new, shift) for own, new in groups]
        return thrift.list_of(self._list_span(_ROW_GROUPS).element_type, joined)

    def _joined_row_group(self, own: Span, other: "Footer", new: Span, shift: int) -> bytes:
        spans, new_spans = thrift.fields(self.data, own.start), thrift.fields(other.data, new.start)
        chunks = [other._shifted_chunk(chunk, shift) for chunk in other._list(_CHUNKS, new.start)]
        values = {_CHUNKS: thrift.extended(self.data, self._list_span(_CHUNKS, own.start), chunks)}
        for total in {_TOTAL_BYTES, _TOTAL_COMPRESSED_BYTES} & spans.keys():
            added = thrift.read_integer(other.data, new_spans[total])
            values[total] = thrift.integer(thrift.read_integer(self.data, spans[total]) + added)
        return thrift.with_values(self.data, own, values)

    def _shifted_chunk(self, chunk: Span, shift: int) -> bytes:
        spans = thrift.fields(self.data, chunk.start)
        inner = thrift.fields(self.data, spans[_CHUNK_METADATA].start)
        offsets = {
            field_id: thrift.integer(thrift.read_integer(self.data, inner[field_id]) + shift)
            for field_id in _OFFSETS_IN_METADATA
            if field_id in inner
        }
        values = {_CHUNK_METADATA: thrift.with_values(self.data, spans[_CHUNK_METADATA], offsets)}
        # Zero stands for "not given", as newer writers leave it.
        if chunk_offset := thrift.read_integer(self.data, spans[_CHUNK_OFFSET]):
            values[_CHUNK_OFFSET] = thrift.integer(chunk_offset + shift)
        return thrift.with_values(self.data, chunk, values)

    def _with_schemas_extended(self, new_fields: "list[pa.Field[pa.DataType]]") -> bytes:
        """Arrow and Spark trust the schema that they keep as metadata more than Parquet's own."""
        extend = {b"ARROW:schema": _extended_arrow_schema, _SPARK_SCHEMA: _extended_spark_schema}
        pairs = []
        for pair in self._list(_KEY_VALUES):
            spans = thrift.fields(self.data, pair.start)
            key = thrift.read_binary(self.data, spans[_KEY])
            if key in extend and _VALUE in spans:
                value = extend[key](thrift.read_binary(self.data, spans[_VALUE]), new_fields)
                pairs.append(thrift.with_values(self.data, pair, {_VALUE: thrift.binary(value)}))
            else:
                pairs.append(self.data[pair.start : pair.end])
        return thrift.list_of(self._list_span(_KEY_VALUES).element_type, pairs)


def _extended_arrow_schema(value: bytes, new_fields: "list[pa.Field[pa.DataType]]") -> bytes:
    import pyarrow as pa

    schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(value)))
    for field in new_fields:
        schema = schema.append(field)
    return base64.b64encode(schema.serialize().to_pybytes())


def _extended_spark_schema(value: bytes, new_fields: "list[pa.Field[pa.DataType]]") -> bytes:
    schema = json.loads(value)
    schema["fields"] += [
        {"name": field.name, "type": str(field.type), "nullable": True, "metadata": {}}  # string and double in both
        for field in new_fields
    ]
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":")).encode()
