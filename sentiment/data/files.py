"""Files of labelled rows: the suffix tells the format."""

from collections.abc import Callable, Iterator
from pathlib import Path

from sentiment.data.parquet import ParquetTable
from sentiment.data.tables import SAMPLE_ROWS, Cells, Table, to_cells
from sentiment.errors import DataError
from sentiment.tables import (
    QUOTE_FAULTS,
    ByteSource,
    Delimited,
    Row,
    Sample,
    TableOptions,
    TextTable,
    fasttext_fault,
    format_of,
    open_text_table,
)
from sentiment.tables.xlsx import XlsxTable

Notify = Callable[[str], None]

UNQUOTED_TSV = Delimited("tsv", "\t", quoting=False)
"""As NSMC has it: quotes are characters like any other."""


class LabelledTable:
    """The rows of a file of text, for two of its columns; plain lines have one, of texts."""

    def __init__(self, table: TextTable) -> None:
        self._table = table
        self.columns = table.columns or ["text"]

    def sample(self) -> Sample:
        """Return the cells of the first rows that are sound, without using them up."""
        return self._table.sample()

    def cells(self, text_column: str, label_column: str) -> Iterator[Cells | None]:
        """Yield text and label of each row, None where the row is broken. Once only.

        Raises:
            DataError: A quote swallows rows, or bytes are no characters: what follows can't be trusted.
        """
        text = self.columns.index(text_column)
        for rows in self._table.windows(text, ()):
            for row in rows:
                if not row.record.is_blank and not self._table.repeats_header(row.record):
                    yield self._cells(row, label_column)

    def _cells(self, row: Row, label_column: str) -> Cells | None:
        where = f"{self._table.name}:{row.record.line}"
        if row.fault in QUOTE_FAULTS:
            raise DataError(f"{where}: {row.fault}; close it, or double every quote that belongs to the text")
        if not self._table.encoding.can_encode(row.record.raw):
            raise DataError(f"{where}: {row.fault}; convert the file to UTF-8")
        if "\0" in row.record.raw:
            raise DataError(f"{where}: holds a NUL character, so this is no text; remove it")
        cells = row.record.cells
        if row.fault is not None or cells is None:
            return None
        if isinstance(cells, dict):
            return to_cells(row.text, cells.get(label_column))
        return row.text, cells[self.columns.index(label_column)]


class LabelledWorkbook:
    """The rows of a workbook's sheet, for two of its columns."""

    def __init__(self, table: XlsxTable) -> None:
        self._table = table
        self.columns = table.columns

    def sample(self) -> Sample:
        """Return the cells of the first rows."""
        return self._table.sample(SAMPLE_ROWS)

    def cells(self, text_column: str, label_column: str) -> Iterator[Cells | None]:
        """Yield text and label of each row, but for those that are the header once more. Once only.

        Raises:
            DataError: The file is damaged.
        """
        columns = [self.columns.index(name) for name in (text_column, label_column)]
        rows = ((text, label) for text, label in self._table.cells(columns))
        return (row for row in rows if row != (text_column, label_column))


def open_table(path: Path, options: TableOptions, notify: Notify) -> Table:
    """Open a CSV, TSV, JSONL, XLSX or Parquet file, the first three also packed with gzip, or one of plain lines.

    A .txt file is TSV, as those of NSMC are, unless its first line holds no tab: then each line is a text.

    Args:
        path: of the file.
        options: what somebody says of it.
        notify: hears what is found out about it.

    Raises:
        DataError: it is missing, a folder, empty, not what its suffix says, or something is said that has no effect.
        MissingExtraError: it is Parquet, and pyarrow is not installed.
    """
    if not path.is_file():
        ByteSource.open(str(path)).close()  # says what is wrong
    is_any_text = options.format_name is None and path.suffix.lower() == ".txt"
    format_name = "tsv" if is_any_text else format_of(str(path), options.format_name)
    options.check(str(path), format_name)
    if format_name == "parquet":
        return ParquetTable(path)
    if format_name == "xlsx":
        return _open_workbook(path, options, notify)
    table = _open_text(path, format_name, options, notify)
    if is_any_text and len(table.columns) == 1:
        if table.columns[0].startswith("__label__"):
            raise fasttext_fault(str(path))
        table = _open_text(path, "lines", options, notify)
    return LabelledTable(table)


def _open_text(path: Path, format_name: str, options: TableOptions, notify: Notify) -> TextTable:
    return open_text_table(
        str(path),
        format_=format_name,
        encoding=options.encoding,
        header_row=options.header_row,
        max_record_characters=options.most_characters,
        notify=notify,
    )


def _open_workbook(path: Path, options: TableOptions, notify: Notify) -> Table:
    """Open a sheet, and say which it is where there are several and none is named."""
    table = XlsxTable(path, options.sheet, notify, options.header_row)
    if len(table.visible_sheets) > 1 and options.sheet is None:
        others = ", ".join(repr(title) for title in table.visible_sheets if title != table.sheet)
        notify(f"{path}: sheet {table.sheet!r} (--sheet names another: {others})")
    return LabelledWorkbook(table)
