"""Files of labelled rows: the suffix tells the format."""

from collections.abc import Callable
from pathlib import Path

from sentiment.data.decoding import decode, read_bytes
from sentiment.data.delimited import read_csv, read_tsv
from sentiment.data.json_lines import JsonLinesTable
from sentiment.data.parquet import ParquetTable
from sentiment.data.tables import Table
from sentiment.errors import DataError

_TEXT_READERS: dict[str, Callable[[str, str], Table]] = {
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".tab": read_tsv,
    ".txt": read_tsv,
    ".jsonl": JsonLinesTable,
    ".ndjson": JsonLinesTable,
}
_PARQUET_SUFFIXES = (".parquet", ".pq")

SUFFIXES = (*_TEXT_READERS, *_PARQUET_SUFFIXES)
"""Of the files that can be read, in lower case."""


def open_table(path: Path) -> Table:
    """Open a CSV, TSV, JSONL or Parquet file.

    Raises:
        DataError: it is missing, a folder, empty, or not what its suffix says.
        MissingExtraError: it is Parquet, and pyarrow is not installed.
    """
    suffix = path.suffix.lower()
    if suffix in _PARQUET_SUFFIXES:
        if not path.is_file():
            read_bytes(path)  # says what is wrong
        return ParquetTable(path)
    reader = _TEXT_READERS.get(suffix)
    if reader is None:
        if not path.is_file():
            read_bytes(path)
        raise DataError(f"{path}: the suffix does not tell the format; it has to be one of {', '.join(SUFFIXES)}")
    return reader(decode(read_bytes(path), str(path)), str(path))
