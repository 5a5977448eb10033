"""Tables of any format: read their rows, and write the same table with predictions added."""

from sentiment.tables.columns.choice import Columns, find_columns, find_named_column, find_text_column
from sentiment.tables.columns.finding import ColumnFinder, listed
from sentiment.tables.columns.names import INVISIBLE
from sentiment.tables.formats import STORED_FORMATS, format_of, format_of_suffix, is_packed
from sentiment.tables.opening import open_table
from sentiment.tables.options import TableOptions
from sentiment.tables.table import SAMPLE_ROWS, Cell, Sample, SampledTable, StoredTable, Table, TableRow
from sentiment.tables.text_files.delimited import Delimited
from sentiment.tables.text_files.opening import open_text_table
from sentiment.tables.text_files.plain_lines import PlainLines
from sentiment.tables.text_files.records import MAX_RECORD_CHARACTERS
from sentiment.tables.text_files.source import GZIP_MAGIC, STANDARD_INPUT, ByteSource, unreadable
from sentiment.tables.text_files.text_table import WINDOW_CHARACTERS, WINDOW_ROWS, Row, TextTable

__all__ = [
    "GZIP_MAGIC",
    "INVISIBLE",
    "MAX_RECORD_CHARACTERS",
    "SAMPLE_ROWS",
    "STANDARD_INPUT",
    "STORED_FORMATS",
    "WINDOW_CHARACTERS",
    "WINDOW_ROWS",
    "ByteSource",
    "Cell",
    "ColumnFinder",
    "Columns",
    "Delimited",
    "PlainLines",
    "Row",
    "Sample",
    "SampledTable",
    "StoredTable",
    "Table",
    "TableOptions",
    "TableRow",
    "TextTable",
    "find_columns",
    "find_named_column",
    "find_text_column",
    "format_of",
    "format_of_suffix",
    "is_packed",
    "listed",
    "open_table",
    "open_text_table",
    "unreadable",
]
