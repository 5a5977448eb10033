"""Parquet, read and written by pyarrow.

An answered table is rewritten, slice by slice. Kept are name, type, nullability, metadata and codec of every column,
the metadata of the file, and the row groups unless one is too large for memory. Encodings, page sizes, statistics and
indexes are those that pyarrow chooses.

Other in form but equal in value: a time stamp in INT96 becomes one in nanoseconds, a decimal in whole numbers or in
bytes of any length becomes one of fixed length, a list of an older layout gets today's. What pyarrow reads without its
meaning (INTERVAL, ENUM, BSON, GEOMETRY, VARIANT ...) would come out as bare bytes: such a table is refused.
"""

from sentiment.tables.parquet.table import ParquetTable

__all__ = ["ParquetTable"]
