"""A table in a text file: its columns, its rows, and the same rows with predictions."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sentiment.callbacks import Notify
from sentiment.errors import DataError
from sentiment.tables.columns.finding import refuse_taken_names
from sentiment.tables.columns.header import REPEATED_HEADER
from sentiment.tables.columns.names import exact_key
from sentiment.tables.table import Cell, TableRow
from sentiment.tables.text_files.delimited import Delimited
from sentiment.tables.text_files.dialects import named_separator
from sentiment.tables.text_files.encodings import TextEncoding
from sentiment.tables.text_files.json_lines import JsonLines
from sentiment.tables.text_files.plain_lines import PlainLines
from sentiment.tables.text_files.quoted_row import QUOTE_FAULTS
from sentiment.tables.text_files.records import BYTE_ORDER_MARK, Record
from sentiment.tables.text_files.source import ByteSource

Format = Delimited | JsonLines | PlainLines

SAMPLE_ROWS = 200
"""Number of rows used to detect the columns of JSON Lines, and the text column."""

WINDOW_ROWS = 8_192
WINDOW_CHARACTERS = 1 << 23
"""Rows processed at once: enough for many of equal length, few enough for flat memory."""

_END = ""


class Row(NamedTuple):
    """A row to predict.

    Attributes:
        record: As in the file.
        text: The text to classify; None for a missing value.
        fault: Why it cannot be predicted; None if it can.
    """

    record: Record
    text: str | None
    fault: str | None


class TextTable:
    """A table in CSV, TSV, JSON Lines or plain lines; its rows are read once.

    Attributes:
        name: For messages.
        format: Of its rows.
        encoding: Of its characters.
        source: The bytes it comes from.
        columns: Names from left to right; plain lines have one.
        is_typed: Whether numbers are distinguished from texts, as in JSON.
    """

    def __init__(
        self,
        source: ByteSource,
        format_: Format,
        encoding: TextEncoding,
        records: Iterator[Record | None],
        *,
        header_line: int | None,
        notify: Notify,
    ) -> None:
        """Read the header, if there is one.

        Args:
            source: The bytes it comes from.
            format_: Of its rows.
            encoding: Of its characters.
            records: All of them.
            header_line: The line in which the header begins; None for the first non-blank one.
            notify: Gets notes on a header that is repeated.

        Raises:
            DataError: There are no rows, or the header is broken.
        """
        self.name = source.name
        self.source = source
        self.format = format_
        self.encoding = encoding
        self._records = records
        self._header_line = header_line
        self._notify = notify
        self._header_texts: tuple[str, ...] = ()
        self._has_repeated_header = False
        self.repeated_headers: list[str] = []
        self._sample: list[Record | None] = []
        self._header: list[Record] = self._take_header(format_) if isinstance(format_, Delimited) else []
        self.columns = self._find_columns()
        self.is_typed = isinstance(format_, JsonLines)
        self._column_keys = list(map(exact_key, self.columns))

    def sample(self) -> list[Sequence[object]]:
        """Return the cells of the first valid rows, each as long as `columns`, without consuming them.

        Of a stream, only those available.
        """
        self._look_ahead()
        sound = [record.cells for record in self._sample if record is not None and record.cells is not None]
        if isinstance(self.format, JsonLines):
            return [[row.get(key) for key in self.columns] for row in sound if isinstance(row, dict)]
        return [row for row in sound if isinstance(row, Sequence) and len(row) == len(self.columns)]

    def windows(self, text_column: int, names: Sequence[str]) -> Iterator[list[Row]]:
        """Yield the rows in lists of at most `WINDOW_ROWS`, including blank lines as rows whose record `is_blank`.

        The end of a list depends only on the rows, except in a stream that pauses: then the available rows are yielded.

        Args:
            text_column: Position in `columns`.
            names: Of the columns to add, which no object may already have.
        """
        if isinstance(self.format, Delimited):
            name = self.columns[text_column]
            self._header_texts = (name, BYTE_ORDER_MARK + name)
        window: list[Row] = []
        characters = 0
        for record in self._all_records():
            if record is not None:
                window.append(self._row(record, text_column, names))
                characters += len(record.raw)
            if window and (record is None or len(window) == WINDOW_ROWS or characters >= WINDOW_CHARACTERS):
                yield self._with_late_faults(window)
                window, characters = [], 0
        if window:
            yield self._with_late_faults(window)

    def rows(self, text_column: int, others: Sequence[int] = ()) -> Iterator[TableRow]:
        """Yield text and other cells of each row, without blank lines and repeated headers. Once only.

        Raises:
            DataError: A quote swallows rows, or bytes cannot be decoded: the rest cannot be trusted.
        """
        for window in self.windows(text_column, ()):
            for row in window:
                if self._repeats_header(row.record):
                    self.repeated_headers.append(f"{self.name}:{row.record.line}")
                elif not row.record.is_blank:
                    yield self._cells(row, others)

    def _cells(self, row: Row, others: Sequence[int]) -> TableRow:
        raw, cells = row.record.raw, row.record.cells
        where = f"{self.name}:{row.record.line}"
        if row.fault in QUOTE_FAULTS:
            raise DataError(f"{where}: {row.fault}; close it, or double every quote that belongs to the text")
        if row.fault is not None and not self.encoding.can_encode(raw):
            raise DataError(f"{where}: {row.fault}; set its encoding with `encoding`, or convert the file to UTF-8")
        if "\0" in raw:
            raise DataError(f"{where}: contains a NUL character, so this is not text; remove it")
        if row.fault is not None or cells is None:
            return TableRow(where, None, fault=row.fault)
        if isinstance(cells, dict):
            return TableRow(where, row.text, [cells.get(self.columns[column]) for column in others])
        return TableRow(where, row.text, [cells[column] for column in others])

    def header(self, names: Sequence[str]) -> str:
        """Return what precedes the rows, with the names of added columns; empty for formats without a header.

        Raises:
            DataError: A column with one of these names already exists.
        """
        refuse_taken_names(self.name, self.columns, names)
        if not isinstance(self.format, Delimited):
            return ""
        *others, header = self._header
        above = "".join(record.whole for record in others)
        return above + self.format.answered(header, names, names)

    def answered(self, record: Record, names: Sequence[str], cells: Sequence[Cell]) -> str:
        """Return a row with its prediction, including the line end; all other characters are unchanged."""
        return self.format.answered(record, names, cells)

    def check_cells(self, cells: Sequence[str]) -> None:
        """Check that labels and names of columns can be written in this table.

        Raises:
            DataError: One cannot.
        """
        for cell in cells:
            if not self.encoding.can_encode(cell):
                raise DataError(
                    f"{self.name}: {cell!r} cannot be written in {self.encoding.shown}; convert it to UTF-8"
                )
            if not self.format.can_hold(cell):
                raise DataError(f"{self.name}: {cell!r} cannot be a cell here; convert the table to CSV or JSONL")

    def _take_header(self, format_: Delimited) -> list[Record]:
        """Consume the rows up to and including the header: before it may be blank lines, titles, or a `sep=;`."""
        taken: list[Record] = []
        may_name_separator = format_.name == "csv"
        for record in self._records:
            if record is None:
                continue
            taken.append(record)
            if record.is_blank or record.line < (self._header_line or 0):
                continue
            if may_name_separator and named_separator(record.raw):
                may_name_separator = False
                continue
            if record.fault is not None:
                raise DataError(f"{self.name}:{record.line}: the header {record.fault}; fix it")
            if not self.encoding.can_encode(record.raw):
                fault = f"the header is not {self.encoding.shown}"
                raise DataError(f"{self.name}:{record.line}: {fault}; set its encoding with `encoding`")
            return taken
        raise DataError(f"{self.name}: the file is empty; it needs a header and rows")

    def _find_columns(self) -> list[str]:
        if isinstance(self.format, Delimited):
            header = self._header[-1].cells
            return [str(cell) for cell in header] if header is not None else []
        if isinstance(self.format, PlainLines):
            return ["text"]
        self._look_ahead()
        objects = [record.cells for record in self._sample if record is not None and isinstance(record.cells, dict)]
        if not objects:
            raise DataError(f"{self.name}: contains no JSON object on its first lines; JSONL has one object a line")
        return list(dict.fromkeys(key for row in objects for key in row))

    def _look_ahead(self) -> None:
        """Read ahead the first records; fewer if a stream pauses after some."""
        has_paused = bool(self._sample) and self._sample[-1] is None
        while len(self._sample) < SAMPLE_ROWS and not has_paused:
            record = next(self._records, _END)
            if isinstance(record, str):
                return
            if record is not None or self._sample:
                self._sample.append(record)
            if record is None and self._sample:
                return

    def _all_records(self) -> Iterator[Record | None]:
        yield from self._sample
        self._sample = []
        yield from self._records

    def _row(self, record: Record, text_column: int, names: Sequence[str]) -> Row:
        cells = record.cells
        if cells is None:
            return Row(record, None, record.fault)
        if isinstance(cells, dict):
            return _object_row(record, cells, self.columns[text_column], names)
        if len(cells) != len(self.columns):
            return Row(record, None, self._wrong_width(len(cells)))
        text = cells[text_column]
        if text in self._header_texts and self._repeats_header(record):
            self._notify_repeated_header(record)
            return Row(record, None, None)
        return Row(record, text, None)

    def _repeats_header(self, record: Record) -> bool:
        """Return whether a row repeats the header, as in concatenated files."""
        cells, keys = record.cells, self._column_keys
        return (
            isinstance(self.format, Delimited)
            and isinstance(cells, Sequence)
            and len(cells) == len(keys)
            and exact_key(cells[0]) == keys[0]  # skips the loop for nearly all rows
            and all(exact_key(cell) == key for cell, key in zip(cells, keys, strict=True))
        )

    def _notify_repeated_header(self, record: Record) -> None:
        if not self._has_repeated_header:
            self._has_repeated_header = True
            self._notify(f"{self.name}:{record.line}: {REPEATED_HEADER}")

    def _wrong_width(self, width: int) -> str:
        hint = " (one text a line is read with `format` lines)" if len(self.columns) == 1 else ""
        return f"has {width:,} field{'s' * (width != 1)}, but the header has {len(self.columns):,}{hint}"

    def _with_late_faults(self, window: list[Row]) -> list[Row]:
        """Return the rows, marking as broken those with invalid characters, which are searched for in all at once."""
        joined = "".join(row.record.raw for row in window)
        if not self.encoding.can_encode(joined):
            fault = f"contains bytes that are not {self.encoding.shown}"
            window = [
                row if self.encoding.can_encode(row.record.raw) else Row(row.record, None, fault) for row in window
            ]
        if "\r" in joined and isinstance(self.format, Delimited) and len(self.columns) == 1:
            fault = "contains a carriage return outside quotes, which could be the end of a row"
            window = [Row(row.record, None, fault) if _has_bare_return(row.record) else row for row in window]
        return window


def _object_row(record: Record, cells: dict[str, object], key: str, names: Sequence[str]) -> Row:
    if clash := [name for name in names if name in cells]:
        return Row(record, None, f"already has a key {clash[0]!r}")
    text = cells.get(key)
    if isinstance(text, float) and math.isnan(text):  # how Python writes a missing value
        text = None
    if text is None or isinstance(text, str):
        return Row(record, text, None)
    if isinstance(text, bool | int | float):
        return Row(record, json.dumps(text), None)
    return Row(record, None, "contains a list or an object instead of the text")


def _has_bare_return(record: Record) -> bool:
    return record.fault is None and "\r" in record.raw and not record.raw.lstrip(BYTE_ORDER_MARK).startswith('"')
