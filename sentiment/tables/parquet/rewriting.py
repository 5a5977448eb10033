"""Check that pyarrow can rewrite a Parquet file, and with which options."""

import io
import json
import re
from collections.abc import Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any

from sentiment.errors import DataError
from sentiment.tables.parquet.file import leaves

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_SPARK_SCHEMA = b"org.apache.spark.sql.parquet.row.metadata"
_GROUP_WITHOUT_ARROW_TYPE = re.compile(r"\((Variant\(\d+\)|Undefined)\) \{$", re.MULTILINE)


def writer_options(file: "pq.ParquetFile") -> dict[str, Any]:
    """Return the options for pyarrow to write the same types as in the file."""
    import pyarrow.parquet as pq

    options: dict[str, Any] = {
        "store_schema": b"ARROW:schema" in (file.metadata.metadata or {}),
        "use_compliant_nested_type": False,  # it would rename what an older writer called "item" or "array"
    }
    times = [leaf.logical_type for leaf in leaves(file) if leaf.logical_type.type == "TIME"]
    # A pyarrow without this option always writes this way.
    option = "write_time_adjusted_to_utc"
    if option in signature(pq.ParquetWriter).parameters:
        options[option] = any(json.loads(time.to_json())["isAdjustedToUTC"] for time in times)
    return options


def codec_name(name: str) -> str:
    """Return a codec by the name in pyarrow's writer; "none" if this pyarrow lacks it, as it cannot read it either."""
    import pyarrow as pa

    codec = {"lz4_raw": "lz4", "uncompressed": "none"}.get(name.lower(), name.lower())
    return codec if codec in {"snappy", "gzip", "brotli", "lz4", "zstd"} and pa.Codec.is_available(codec) else "none"


def rewritten_schema(file: "pq.ParquetFile") -> "pq.ParquetFile":
    """Return a table without rows that pyarrow wrote with the schema of another."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.ParquetWriter(buffer, file.schema_arrow, **writer_options(file)).close()
    return pq.ParquetFile(buffer)


def check_nothing_is_lost(name: str, before: "pq.ParquetFile", after: "pq.ParquetFile") -> None:
    """Check that a file keeps its meaning when it is rewritten.

    Args:
        name: of the file, for messages.
        before: the file.
        after: the file that pyarrow wrote with its schema.

    Raises:
        DataError: a column would lose its meaning.
    """
    for old, new in zip(leaves(before), leaves(after), strict=True):
        if not _is_kept(old, new):
            raise DataError(
                f"{name}: column {old.path!r} has the type {old.logical_type}, which pyarrow cannot write; "
                "write the file again with plain text, bytes or numbers in it"
            )
    if _GROUP_WITHOUT_ARROW_TYPE.search(str(before.schema)):
        raise DataError(f"{name}: contains a column of variants, which pyarrow cannot write; remove it")
    for old_field, new_field in zip(before.schema_arrow, after.schema_arrow, strict=True):
        if not old_field.equals(new_field, check_metadata=True):
            raise DataError(
                f"{name}: column {old_field.name!r} of {old_field.type} would become {new_field.type}; remove it"
            )


def _is_kept(old: "pq.ColumnSchema", new: "pq.ColumnSchema") -> bool:
    """Return whether the meaning of a leaf column is preserved, where its Arrow type does not show it."""
    if old.physical_type == "INT96" or old.logical_type.type == "INT":
        return True
    if old.logical_type.type == "TIME":  # in UTC or not, which Arrow does not store
        return bool(old.logical_type.to_json() == new.logical_type.to_json())
    return bool(old.logical_type.type == new.logical_type.type)


def extended_metadata(
    metadata: Mapping[bytes, bytes] | None, fields: "list[pa.Field[pa.DataType]]"
) -> dict[bytes, bytes] | None:
    """Add columns to Spark's schema in the metadata: Spark relies on it, and ignores columns that it lacks."""
    if not metadata or _SPARK_SCHEMA not in metadata:
        return dict(metadata) if metadata else None
    schema = json.loads(metadata[_SPARK_SCHEMA])
    schema["fields"] += [
        {"name": field.name, "type": str(field.type), "nullable": True, "metadata": {}}  # string and double in both
        for field in fields
    ]
    return {**metadata, _SPARK_SCHEMA: json.dumps(schema, ensure_ascii=False, separators=(",", ":")).encode()}
