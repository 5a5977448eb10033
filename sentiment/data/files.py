"""Files of labelled rows: the suffix tells the format."""

from collections.abc import Callable, Iterator
from pathlib import Path

from sentiment.data.parquet import ParquetTable
from sentiment.data.tables import Cells, Table, to_cells
from sentiment.errors import DataError
from sentiment.tables import (
    MISPLACED_QUOTE,
    UNCLOSED_QUOTE,
    ByteSource,
    Delimited,
    Row,
    StoredTable,
    TextTable,
    format_of,
    open_stored_table,
    open_text_table,
)

Notify = Callable[[str], None]

UNQUOTED_TSV = Delimited("tsv", "\t", quoting=False)
"""As NSMC has it: quotes are characters like any other."""


class LabelledTable:
    """The rows of a file of text, for two of its columns; plain lines have one, of texts."""

    def __init__(self, table: TextTable) -> None:
        self._table = table
        self.columns = table.columns or ["text"]

    def cells(self, text_column: str, label_column: str) -> Iterator[Cells | None]:
        """Yield text and label of each row, None where the row is broken. Once only.

        Raises:
            DataError: A quote swallows rows, or bytes are no characters: what follows can't be trusted.
        """
        text = self.columns.index(text_column)
        for rows in self._table.windows(text, ()):
            for row in rows:
                if not row.record.is_blank:
                    yield self._cells(row, label_column)

    def _cells(self, row: Row, label_column: str) -> Cells | None:
        where = f"{self._table.name}:{row.record.line}"
        if row.fault in {UNCLOSED_QUOTE, MISPLACED_QUOTE}:
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


class LabelledStoredTable:
    """The rows of a workbook's sheet, for two of its columns."""

    def __init__(self, table: StoredTable) -> None:
        self._table = table
        self.columns = table.columns

    def cells(self, text_column: str, label_column: str) -> Iterator[Cells | None]:
        """Yield text and label of each row. Once only.

        Raises:
            DataError: The file is damaged.
        """
        text, label = (self._table.texts(self.columns.index(name)) for name in (text_column, label_column))
        return zip(text, label, strict=True)


def open_table(path: Path, notify: Notify) -> Table:
    """Open a CSV, TSV, JSONL, XLSX or Parquet file, the first three also packed with gzip, or one of plain lines.

    A .txt file is TSV, as those of NSMC are, unless its first line holds no tab: then each line is a text.

    Raises:
        DataError: it is missing, a folder, empty, or not what its suffix says.
        MissingExtraError: it is Parquet, and pyarrow is not installed.
    """
    if not path.is_file():
        ByteSource.open(str(path)).close()  # says what is wrong
    format_name = "tsv" if path.suffix.lower() == ".txt" else format_of(str(path))
    if format_name == "parquet":
        return ParquetTable(path)
    if format_name == "xlsx":
        return _open_workbook(path, notify)
    table = open_text_table(str(path), format_=format_name, notify=notify)
    if path.suffix.lower() == ".txt" and len(table.columns) == 1:
        table = open_text_table(str(path), format_="lines", notify=notify)
    return LabelledTable(table)


def _open_workbook(path: Path, notify: Notify) -> Table:
    """Open the first visible sheet, and say which it is where there are several."""
    table = open_stored_table(path, "xlsx")
    if len(table.visible_sheets) > 1:
        notify(f"{path}: sheet {table.sheet!r}, the first; to read another, move it there or save it as CSV")
    return LabelledStoredTable(table)
