"""Tables of any format: rows out, and the same table with answers in."""

from sentiment.tables.columns import (
    TEXT_NAMES,
    columns_called,
    find_text_column,
    listed,
    named_column,
    refuse_taken_names,
)
from sentiment.tables.delimited import MISPLACED_QUOTE, UNCLOSED_QUOTE, Delimited
from sentiment.tables.opening import (
    FORMATS,
    STORED_FORMATS,
    format_of,
    format_of_suffix,
    is_packed,
    open_stored_table,
    open_text_table,
)
from sentiment.tables.source import GZIP_MAGIC, STANDARD_INPUT, ByteSource
from sentiment.tables.stored import Cell, StoredTable
from sentiment.tables.text_table import WINDOW_CHARACTERS, WINDOW_ROWS, Row, TextTable

__all__ = [
    "FORMATS",
    "GZIP_MAGIC",
    "MISPLACED_QUOTE",
    "STANDARD_INPUT",
    "STORED_FORMATS",
    "TEXT_NAMES",
    "UNCLOSED_QUOTE",
    "WINDOW_CHARACTERS",
    "WINDOW_ROWS",
    "ByteSource",
    "Cell",
    "Delimited",
    "Row",
    "StoredTable",
    "TextTable",
    "columns_called",
    "find_text_column",
    "format_of",
    "format_of_suffix",
    "is_packed",
    "listed",
    "named_column",
    "open_stored_table",
    "open_text_table",
    "refuse_taken_names",
]
