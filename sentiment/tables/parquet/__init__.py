"""Parquet, read and written with pyarrow.

A table with predictions is rewritten, slice by slice. Name, type, nullability, metadata and codec of every column, the
metadata of the file, and the row groups unless one is too large for memory are preserved. Encodings, page sizes,
statistics and indexes are chosen by pyarrow.

Stored differently but equal in value: an INT96 timestamp becomes one in nanoseconds, a decimal in integers or in bytes
of variable length becomes one of fixed length, a list in an older layout gets the current one. Types whose meaning
pyarrow drops (INTERVAL, ENUM, BSON, GEOMETRY, VARIANT ...) would be written as plain bytes: such a table is refused.
"""

from sentiment.tables.parquet.table import ParquetTable

__all__ = ["ParquetTable"]
