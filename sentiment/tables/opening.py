"""From a path to a table: its encoding, its format, its header."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path, PurePath

from sentiment.errors import DataError
from sentiment.tables.columns.names import TEXT, columns_called
from sentiment.tables.table import StoredTable
from sentiment.tables.text_files.delimited import Delimited
from sentiment.tables.text_files.dialects import csv_format, find_header, tsv_format
from sentiment.tables.text_files.encodings import choose_encoding
from sentiment.tables.text_files.json_lines import JsonLines
from sentiment.tables.text_files.plain_lines import PlainLines
from sentiment.tables.text_files.records import MAX_RECORD_CHARACTERS, Record, lines_of
from sentiment.tables.text_files.row_shape import RowShape
from sentiment.tables.text_files.signatures import refuse_foreign
from sentiment.tables.text_files.source import BLOCK_BYTES, STANDARD_INPUT, ByteSource, unreadable
from sentiment.tables.text_files.text_table import SAMPLE_ROWS, Format, TextTable

FORMATS = ("csv", "tsv", "jsonl", "lines", "parquet", "xlsx")
"""Names that `--format` takes."""

STORED_FORMATS = frozenset({"parquet", "xlsx"})
"""Those in files that are read at any place, not from the first byte to the last."""

_FORMAT_OF_SUFFIX = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "txt",
    ".log": "lines",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
_GZIP_SUFFIX = ".gz"
_OLD_WORKBOOK_SUFFIX = ".xls"
_TEXT_OR_TABLE = "txt"

Notify = Callable[[str], None]


def format_of(path: str, wanted: str | None = None) -> str:
    """Return the format of a file: the one that somebody named, else what its suffix says, .gz aside.

    `txt` stands for lines or tab-separated values: its first line tells. Standard input is lines.

    Raises:
        DataError: The suffix tells no format, or there is no such file.
    """
    if wanted is not None:
        return wanted
    if path == STANDARD_INPUT:
        return "lines"
    told = format_of_suffix(path)
    if told is not None:
        return told
    if path.lower().endswith(_OLD_WORKBOOK_SUFFIX):
        raise DataError(f"{path}: workbooks of this old kind are not read; save it as .xlsx")
    try:
        Path(path).stat()
    except OSError as error:  # a name mistyped at its end is no question of formats
        raise unreadable(path, error) from error
    if Path(path).is_dir():
        raise DataError(f"{path}: a folder, not a file; name the file")
    known = ", ".join(_FORMAT_OF_SUFFIX)
    raise DataError(f"{path}: its name does not tell the format; name it with --format, or end it with one of {known}")


def format_of_suffix(path: str) -> str | None:
    """Return the format that the end of a name tells, .gz aside; None if it tells none."""
    name = PurePath(path.lower())
    return _FORMAT_OF_SUFFIX.get(name.with_suffix("").suffix if is_packed(path) else name.suffix)


def is_packed(path: str) -> bool:
    """Whether the name says that the file is packed with gzip."""
    return path.lower().endswith(_GZIP_SUFFIX)


def open_text_table(
    path: str | ByteSource,
    *,
    format_: str | Format | None = None,
    encoding: str | None = None,
    header_row: int | None = None,
    max_record_characters: int = MAX_RECORD_CHARACTERS,
    live: bool = False,
    notify: Notify,
) -> TextTable:
    """Open a table in CSV, TSV, JSON Lines or plain lines, also packed with gzip, from a file or standard input.

    Args:
        path: Of the file, `-` for standard input; or bytes at hand.
        format_: A format, or its name among those of `FORMATS` that are text; None for what `format_of` says.
        encoding: Python's name of it; None to find out.
        header_row: The line that names the columns, from 1; None to find it.
        max_record_characters: A longer row is refused, as it would fill the memory.
        live: Whether a stream that pauses ends a window, as `TextTable.windows` has it.
        notify: Hears of an encoding other than UTF-8, of a delimiter other than the usual, and of lines above the
            header.

    Raises:
        DataError: It is missing, unreadable or empty, or not what it should be.
    """
    source = path if isinstance(path, ByteSource) else ByteSource.open(path)
    blocks = source.blocks(live=live)
    head, is_whole = _read_head(blocks, source)
    refuse_foreign(head, source.name)
    chosen = choose_encoding(head, encoding, source.name)
    if chosen.origin:
        notify(f"{source.name}: read as {chosen.shown} ({chosen.origin})")
    head_text = next(chosen.decode([head], source.name))
    newline = "\r" if "\r" in head_text and "\n" not in head_text else "\n"
    head_lines = _whole_lines(head_text, newline, source.name, max_record_characters, is_whole=is_whole)
    if format_ is None:
        format_ = format_of(str(path))
    if isinstance(format_, str):
        format_ = _format(format_, head_lines, header_row, source.name, notify, is_whole=is_whole)
    header = None
    if isinstance(format_, Delimited):
        header = find_header(format_, head_lines, header_row, source.name, notify)
        format_ = replace(format_, shape=_row_shape(format_, header, head_lines), max_characters=max_record_characters)
    elif header_row is not None:
        raise DataError(f"{source.name}: {format_.name} has no header; leave --header-row out")
    characters = chosen.decode(chain([head], blocks), source.name)
    records = format_.records(lines_of(characters, newline, source.name, max_record_characters))
    return TextTable(source, format_, chosen, records, header_line=header and header.line, notify=notify)


def _read_head(blocks: Iterator[bytes], source: ByteSource) -> tuple[bytes, bool]:
    """Read the first block, of a file a whole one, and whether that is all there is."""
    head = b""
    for block in blocks:
        head += block
        if len(head) >= BLOCK_BYTES or (head and source.is_stream):
            return head, False
    return head, True


def _whole_lines(text: str, newline: str, name: str, most: int, *, is_whole: bool) -> list[str]:
    lines = [line for line in lines_of([text], newline, name, most) if line]
    return lines if is_whole or (lines and lines[-1].endswith(newline)) else lines[:-1]


def _format(
    name: str, head_lines: list[str], header_row: int | None, source_name: str, notify: Notify, *, is_whole: bool
) -> Format:
    first = next((line for line in head_lines if not line.isspace()), "")
    if name == _TEXT_OR_TABLE:
        is_table = _has_tabbed_columns(first, head_lines)
        name = "tsv" if is_table else "lines"
        notify(f"{source_name}: read as {'tab-separated values' if is_table else 'lines, one text a line'}")
    match name:
        case "csv":
            format_ = csv_format(head_lines, header_row)
            if format_.delimiter != ",":
                notify(f"{source_name}: the delimiter is {format_.delimiter!r}")
            return format_
        case "tsv":
            header = find_header(Delimited("tsv", "\t"), head_lines, header_row, source_name, lambda _line: None)
            return tsv_format(head_lines[header.line - 1 :] if header else head_lines, is_whole=is_whole)
        case "jsonl":
            return JsonLines()
        case "lines":
            return PlainLines()
        case _:
            raise DataError(f"{source_name}: {name} is no format of text; name one with --format")


def _row_shape(format_: Delimited, header: Record | None, head_lines: list[str]) -> RowShape | None:
    """Return what the rows look like, as the first below the header tell."""
    if header is None or header.cells is None:
        return None
    return RowShape.of(format_.delimiter, len(header.cells), head_lines[header.line : header.line + SAMPLE_ROWS])


def _has_tabbed_columns(first: str, lines: list[str]) -> bool:
    """Whether lines are the rows of a table with tabs: a column has a name for texts, or all have as many tabs."""
    if "\t" not in first:
        return False
    tabs = [line.count("\t") for line in lines if not line.isspace()]
    is_even = len(tabs) > 1 and len(set(tabs)) == 1
    return is_even or bool(columns_called(first.strip().split("\t"), TEXT.usual))


def open_stored_table(
    path: Path, format_name: str, sheet: str | None = None, *, header_row: int | None = None, notify: Notify
) -> StoredTable:
    """Open a table in Parquet or XLSX.

    Args:
        path: Of the file.
        format_name: `parquet` or `xlsx`.
        sheet: Of a workbook; None for the first visible one.
        header_row: Number of the row of a sheet that names the columns; None to find it.
        notify: Hears of formulas whose values are not stored, and of titles above the header.

    Raises:
        DataError: It is missing, damaged or not what it should be; or a sheet is named of what has none.
        MissingExtraError: It is Parquet, and pyarrow is not installed.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise DataError(f"{path}: {format_name} is read at more than one place; write it to a regular file first")
    if sheet is not None and format_name != "xlsx":
        raise DataError(f"{path}: {format_name} has no sheets; leave --sheet out")
    if format_name == "parquet":
        from sentiment.tables.parquet import ParquetTable

        return ParquetTable(path)
    from sentiment.tables.xlsx import XlsxTable

    return XlsxTable(path, sheet, notify, header_row)
