"""Open tables of any format."""

from pathlib import Path

from sentiment.callbacks import Notify
from sentiment.errors import DataError
from sentiment.tables.formats import STORED_FORMATS, format_of
from sentiment.tables.options import TableOptions
from sentiment.tables.table import StoredTable
from sentiment.tables.text_files.opening import open_text_table
from sentiment.tables.text_files.source import STANDARD_INPUT, ByteSource
from sentiment.tables.text_files.text_table import TextTable


def open_table(
    path: str, options: TableOptions | None = None, *, live: bool = False, notify: Notify
) -> TextTable | StoredTable:
    """Open a table of any format, for text formats also compressed with gzip.

    Args:
        path: Of the file; `-` for standard input, only for text formats.
        options: For reading it.
        live: Whether a pause in a text stream ends a window, as in `TextTable.windows`.
        notify: Gets notes on what is auto-detected.

    Raises:
        DataError: It is missing, damaged or of another format, or an option has no effect.
        MissingExtraError: It is Parquet, and pyarrow is not installed.
        OutputError: It is a workbook, and there is no space for its texts.
    """
    options = options or TableOptions()
    format_name = format_of(path, options.format)
    options.check(path, format_name)
    if format_name in STORED_FORMATS:
        return _open_stored(path, format_name, options, notify)
    if path == STANDARD_INPUT and options.format is None:
        notify("standard input: read as lines, one text a line (`format` chooses another format)")
    return open_text_table(ByteSource.open(path), format_name, options, live=live, notify=notify)


def _open_stored(path: str, format_name: str, options: TableOptions, notify: Notify) -> StoredTable:
    file = Path(path)
    if path == STANDARD_INPUT or (file.exists() and not file.is_file() and not file.is_dir()):
        name, kind = ("standard input", "file") if path == STANDARD_INPUT else (path, "regular file")
        raise DataError(f"{name}: {format_name} is read at more than one place; write it to a {kind} first")
    if not file.is_file():
        ByteSource.open(path).close()  # raises an error that names the fault
    if format_name == "parquet":
        from sentiment.tables.parquet import ParquetTable

        return ParquetTable(file)
    from sentiment.tables.xlsx import XlsxTable

    table = XlsxTable(file, options.sheet, notify, options.header_row)
    if len(table.visible_sheets) > 1 and options.sheet is None:
        others = ", ".join(repr(title) for title in table.visible_sheets if title != table.sheet)
        notify(f"{path}: sheet {table.sheet!r} (`sheet` chooses another: {others})")
    return table
