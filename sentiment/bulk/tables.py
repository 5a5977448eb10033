"""Tables for a run: windows of texts in, and the content of the unfinished output for each."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import NamedTuple, Protocol

from sentiment.bulk.output.part_file import PartFile
from sentiment.bulk.output.paths import output_error
from sentiment.bulk.rejects import Reject
from sentiment.bulk.request import BulkRequest
from sentiment.callbacks import Notify
from sentiment.errors import DataError
from sentiment.tables import (
    STORED_FORMATS,
    WINDOW_CHARACTERS,
    WINDOW_ROWS,
    Cell,
    PlainLines,
    Row,
    SampledTable,
    StoredTable,
    TextTable,
    find_text_column,
    format_of,
    open_table,
)
from sentiment.text.scripts import unread_script

Answers = Sequence[Sequence[Cell]]


class Window(NamedTuple):
    """Rows that are processed together.

    Attributes:
        texts: The texts to predict.
        rejects: The broken rows.
        num_records: Number of all rows, including blank lines.
        content: Every row as in the input, to recognise it when resuming.
        fraction: Share of the input up to its end; None if unknown.
        render: Maps the predicted cells of each text to the content of the unfinished output.
    """

    texts: list[str]
    rejects: list[Reject]
    num_records: int
    content: bytes
    fraction: float | None
    render: Callable[[Answers], bytes]


class BulkTable(Protocol):
    """A table that is processed window by window."""

    name: str
    header: bytes
    """The bytes that name its columns, to recognise it when resuming."""
    settings: dict[str, object]
    """The options it is read with; a resumed run must use the same, and split it into the same windows."""

    def windows(self) -> Iterator[Window]:
        """Yield its rows in order; once."""

    def head(self) -> bytes:
        """Return what precedes the rows in the output."""

    def whole(self, unfinished: PartFile) -> PartFile:
        """Return the complete output, synced, once the unfinished one has every window's rendered content."""

    @property
    def pauses(self) -> bool:
        """Whether rows may arrive slowly, so that each must be predicted at once."""


class StreamedBulk:
    """A text table: the unfinished output is a prefix of the output."""

    def __init__(self, table: TextTable, request: BulkRequest, labels: tuple[str, ...], notify: Notify) -> None:
        self._table = table
        self.name = table.name
        self.pauses = request.output is None and table.source.is_stream
        self._names = request.column_names(labels)
        table.check_cells([*self._names, *labels])
        has_columns = not isinstance(table.format, PlainLines)
        self._column = 0
        if has_columns:
            self._column = find_text_column(table, request.text_column, notify)
        elif request.text_column is not None:
            raise DataError(f"{self.name}: plain lines have no columns; remove `text_column`, or set `format`")
        if not self.pauses:
            check_scripts(table, self._column, request.scripts)
        self._head = table.encoding.mark + table.encoding.encode(table.header(self._names))
        self.header = self._head
        self.settings: dict[str, object] = {
            "format": table.format.name,
            "encoding": table.encoding.codec,
            "column": table.columns[self._column] if has_columns else None,
            "window_rows": WINDOW_ROWS,
            "window_characters": WINDOW_CHARACTERS,
        }

    def windows(self) -> Iterator[Window]:
        """Yield its rows in order; once."""
        number = 0
        for rows in self._table.windows(self._column, self._names):
            texts, rejects = [], []
            for row in rows:
                if row.record.is_blank:
                    continue
                number += 1
                if row.fault is None:
                    texts.append(row.text or "")
                else:
                    rejects.append(self._reject(number, row, row.fault))
            content = self._table.encoding.encode("".join(row.record.whole for row in rows))
            yield Window(texts, rejects, len(rows), content, self._fraction_read(), partial(self._render, rows))

    def head(self) -> bytes:
        """Return byte order mark and header."""
        return self._head

    def _fraction_read(self) -> float | None:
        """Return the share of the file's bytes read."""
        source = self._table.source
        return source.bytes_read() / source.size_bytes if source.size_bytes else None

    def whole(self, unfinished: PartFile) -> PartFile:
        """Return the unfinished output: it is already complete."""
        return unfinished

    def _render(self, rows: Sequence[Row], answers: Answers) -> bytes:
        """Return the rows with their predictions, and blank lines unchanged."""
        table, names, cells = self._table, self._names, iter(answers)
        written = [
            row.record.whole if row.record.is_blank else table.answered(row.record, names, next(cells))
            for row in rows
            if row.fault is None
        ]
        try:
            return table.encoding.encode("".join(written))
        except UnicodeEncodeError:
            return b"".join(map(self._escaped, written))

    def _escaped(self, row: str) -> bytes:
        """Encode a row of JSON, the only format whose texts may have characters that its encoding lacks: as escapes."""
        encoding = self._table.encoding
        escaped = (char if encoding.can_encode(char) else json.dumps(char)[1:-1] for char in row)
        return encoding.encode("".join(escaped))

    def _reject(self, number: int, row: Row, reason: str) -> Reject:
        raw, encoding = row.record.raw, self._table.encoding
        text = raw if encoding.can_encode(raw) else None
        return Reject(number, row.record.line, reason, encoding.encode(raw), text)


class StoredBulk:
    """A Parquet or XLSX table: the unfinished output holds the predictions, one line of JSON per row."""

    pauses = False

    def __init__(self, table: StoredTable, request: BulkRequest, labels: tuple[str, ...], notify: Notify) -> None:
        self._table = table
        self.name = table.name
        self._types = request.columns.types(labels)
        table.check_new_columns([*self._types])
        self._column = find_text_column(table, request.text_column, notify)
        check_scripts(table, self._column, request.scripts)
        self._texts = table.texts(self._column)
        self.header = json.dumps(list(table.columns)).encode()
        self._rows_read = 0
        self.settings: dict[str, object] = {
            "format": format_of(request.path, request.format_name),
            "sheet": table.sheet,
            "column": table.columns[self._column],
            "window_rows": WINDOW_ROWS,
            "window_characters": WINDOW_CHARACTERS,
        }

    def windows(self) -> Iterator[Window]:
        """Yield its rows in order; once."""
        texts: list[str] = []
        characters = 0
        for text in self._texts:
            texts.append(text or "")
            characters += len(texts[-1])
            if len(texts) == WINDOW_ROWS or characters >= WINDOW_CHARACTERS:
                yield self._window(texts)
                texts, characters = [], 0
        if texts:
            yield self._window(texts)

    def head(self) -> bytes:
        """Return nothing: predictions have no header."""
        return b""

    def whole(self, unfinished: PartFile) -> PartFile:
        """Write the table with its predictions; they are kept until it is in place."""
        whole = unfinished.for_whole()
        try:
            self._table.write_answered(whole.file, self._types, map(json.loads, unfinished.lines()), self._column)
            whole.measure()
            whole.sync()
        except OSError as error:
            whole.discard()
            raise output_error(whole.path, error) from error
        except BaseException:
            whole.discard()
            raise
        return whole

    def _window(self, texts: list[str]) -> Window:
        self._rows_read += len(texts)
        fraction = self._rows_read / self._table.num_rows if self._table.num_rows else None
        return Window(texts, [], len(texts), json.dumps(texts).encode(), fraction, _json_lines)


def _json_lines(answers: Answers) -> bytes:
    """Return a line of JSON for each row."""
    return "".join(json.dumps(cells) + "\n" for cells in answers).encode()


def check_scripts(table: SampledTable, column: int, scripts: Collection[str] | None) -> None:
    """Refuse a table whose first texts are mostly in scripts that the model does not read; None for all.

    Raises:
        DataError: They are.
    """
    if scripts is None:
        return
    texts = (row[column] for row in table.sample())
    if script := unread_script((text for text in texts if isinstance(text, str)), scripts):
        raise DataError(
            f"{table.name}: its texts are written in {script}, and the model that comes with sentiment reads "
            f"{' and '.join(sorted(scripts))}; choose a model with `model`, or train one on texts like these"
        )


def open_bulk_table(request: BulkRequest, labels: tuple[str, ...], notify: Notify) -> BulkTable:
    """Open the requested table.

    Raises:
        DataError: It does not exist, cannot be read, its texts cannot be found, or are mostly in scripts that the model
            does not read; or the name of a new column is taken.
        MissingExtraError: Its format needs a package that is not installed.
    """
    format_name = format_of(request.path, request.format_name)
    if format_name in STORED_FORMATS and request.output is None:
        raise DataError(f"{request.path}: {format_name} cannot be streamed; choose the file to write with `output`")
    table = open_table(request.path, request.table_options, live=request.output is None, notify=notify)
    if isinstance(table, TextTable):
        return StreamedBulk(table, request, labels, notify)
    return StoredBulk(table, request, labels, notify)
