"""Parquet: texts are read through pyarrow, answers are added without decoding a single other cell.

To write a table again through Arrow changes what Arrow does not know (encodings, page indexes, bloom filters, time
stamps of old writers) and takes the memory of a row group. A Parquet file is a heap of column chunks and a footer that
says where each one lies, so the new table is: the bytes of the old one, the chunks of the new columns, a new footer.
"""

from sentiment.tables.parquet.table import ParquetTable

__all__ = ["ParquetTable"]
