"""Tables of any format: rows out, and the same table with answers in."""

from sentiment.tables.columns.finding import (
    FoundColumn,
    Sample,
    fasttext_fault,
    find_text_column,
    is_rating,
    listed,
    locate_labels,
    locate_optional_labels,
    locate_texts,
    named_column,
    refuse_taken_names,
)
from sentiment.tables.columns.names import INVISIBLE, LABELS, TEXT, columns_called
from sentiment.tables.opening import (
    FORMATS,
    STORED_FORMATS,
    format_of,
    format_of_suffix,
    is_packed,
    open_stored_table,
    open_text_table,
)
from sentiment.tables.options import TableOptions
from sentiment.tables.table import Cell, StoredTable
from sentiment.tables.text_files.delimited import Delimited
from sentiment.tables.text_files.quoted_row import QUOTE_FAULTS
from sentiment.tables.text_files.records import MAX_RECORD_CHARACTERS
from sentiment.tables.text_files.source import GZIP_MAGIC, STANDARD_INPUT, ByteSource
from sentiment.tables.text_files.text_table import WINDOW_CHARACTERS, WINDOW_ROWS, Row, TextTable

__all__ = [
    "FORMATS",
    "GZIP_MAGIC",
    "INVISIBLE",
    "LABELS",
    "MAX_RECORD_CHARACTERS",
    "QUOTE_FAULTS",
    "STANDARD_INPUT",
    "STORED_FORMATS",
    "TEXT",
    "WINDOW_CHARACTERS",
    "WINDOW_ROWS",
    "ByteSource",
    "Cell",
    "Delimited",
    "FoundColumn",
    "Row",
    "Sample",
    "StoredTable",
    "TableOptions",
    "TextTable",
    "columns_called",
    "fasttext_fault",
    "find_text_column",
    "format_of",
    "format_of_suffix",
    "is_packed",
    "is_rating",
    "listed",
    "locate_labels",
    "locate_optional_labels",
    "locate_texts",
    "named_column",
    "open_stored_table",
    "open_text_table",
    "refuse_taken_names",
]
