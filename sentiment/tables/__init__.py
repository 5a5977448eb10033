"""Tables of any format: rows out, and the same table with answers in."""

from sentiment.tables.columns import find_text_column
from sentiment.tables.opening import FORMATS, STORED_FORMATS, format_of, open_stored_table, open_text_table
from sentiment.tables.source import STANDARD_INPUT
from sentiment.tables.stored import StoredTable
from sentiment.tables.text_table import Cell, Row, TextTable

__all__ = [
    "FORMATS",
    "STANDARD_INPUT",
    "STORED_FORMATS",
    "Cell",
    "Row",
    "StoredTable",
    "TextTable",
    "find_text_column",
    "format_of",
    "open_stored_table",
    "open_text_table",
]
