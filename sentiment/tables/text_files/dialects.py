"""Detect the delimiter and quoting of CSV and TSV from the first lines of a file."""

import re
from collections.abc import Sequence
from itertools import islice

from sentiment.callbacks import Notify
from sentiment.errors import DataError
from sentiment.tables.columns.header import MOST_TITLE_ROWS, header_position, looks_like_header
from sentiment.tables.text_files.delimited import Delimited
from sentiment.tables.text_files.quoted_row import UNCLOSED_QUOTE
from sentiment.tables.text_files.records import Record, is_blank_line, split_line_end

_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile('\ufeff?"?sep=([^"])"?', re.IGNORECASE)
_QUOTED = re.compile('"[^"]*(?:"|$)')
_ROWS_COMPARED = 100


def tsv_format(lines: Sequence[str], *, is_whole: bool) -> Delimited:
    """Detect the meaning of quotes in tab-separated values, on which their writers do not agree.

    A field that begins with a quote is read as in CSV if that fits the first lines: every quote closes right before
    a tab or a line end, and every row has as many fields as the first. If they can also be read without quoting, no
    quoted field may span a line end. Otherwise quotes are ordinary characters, as in NSMC.

    Args:
        lines: The first lines of the table, each with its end.
        is_whole: Whether that is all of it; otherwise a row still open after the last line does not count.
    """
    quoted, plain = Delimited("tsv", "\t"), Delimited("tsv", "\t", quoting=False)
    if not any(line.startswith('"') or '\t"' in line for line in lines):
        return quoted  # both give the same result, and a later quote is judged by its row
    rows = [record for record in quoted.records(iter(lines)) if record is not None and not record.is_blank]
    if not is_whole and rows and rows[-1].fault == UNCLOSED_QUOTE:
        rows.pop()
    widths = {None if row.cells is None else len(row.cells) for row in rows}
    if len(widths) > 1 or None in widths:
        return plain
    plain_widths = [len(line.split("\t")) for line in lines if split_line_end(line)[0]]
    return quoted if len(plain_widths) == len(rows) or len(set(plain_widths)) > 1 else plain


def csv_format(lines: Sequence[str], header_row: int | None = None) -> Delimited:
    """Detect the delimiter of a CSV file: of those in its first line, the one that most rows agree on.

    Quoted parts do not count. If at most half of the rows agree, the first line may be a title, and delimiters of later
    lines are tried. A line such as `sep=;` above the header sets it.

    Args:
        lines: The first lines of the file, each with its end.
        header_row: The line that names the columns, from 1, if known.
    """
    first = next((line for line in lines if not is_blank_line(line)), "")
    if named := named_separator(first):
        return Delimited("csv", named)
    lines = [line for line in lines[(header_row or 1) - 1 :] if not is_blank_line(line)]
    lines = lines[: _ROWS_COMPARED + MOST_TITLE_ROWS]
    first = lines[0] if lines else ""
    in_header = [mark for mark in _DELIMITERS if mark in _QUOTED.sub("", first)]
    ranks = {mark: _agreement(mark, lines) for mark in _DELIMITERS}
    best = max(in_header, key=lambda mark: ranks[mark], default="")
    if not best or 2 * ranks[best][0] <= len(lines) - 1:
        best = max([best or ",", *_DELIMITERS], key=lambda mark: ranks[mark][0])
    return Delimited("csv", best)


def _agreement(delimiter: str, lines: Sequence[str]) -> tuple[int, int]:
    """Return the number of rows that have as many fields as the header, at least two, and that number of fields."""
    rows = [record.cells or () for record in Delimited("csv", delimiter).records(iter(lines)) if record is not None]
    header = next((place for place, cells in enumerate(rows[:MOST_TITLE_ROWS]) if len(cells) > 1), None)
    if header is None or (header and not looks_like_header(list(map(str, rows[header])))):
        return 0, 0
    widths = list(map(len, rows[header:]))
    return widths[1:].count(widths[0]), widths[0]


def named_separator(line: str) -> str | None:
    """Return the delimiter of a line such as `sep=;`, which spreadsheet programs use above the header."""
    named = _SEPARATOR_LINE.fullmatch(line.strip("\r\n "))
    return named[1] if named else None


def find_header(
    format_: Delimited, lines: Sequence[str], wanted: int | None, name: str, notify: Notify
) -> Record | None:
    """Return the row that names the columns; None if there are only blank lines.

    Args:
        format_: Of the file.
        lines: Its first lines, each with its end.
        wanted: The requested line; auto-detected if None.
        name: Of the file, for messages.
        notify: Gets notes on titles above it.

    Raises:
        DataError: No row begins in the requested line.
    """
    records = (record for record in format_.records(iter(lines)) if record is not None and not record.is_blank)
    if wanted is not None:
        if (header := next((record for record in records if record.line >= wanted), None)) and header.line == wanted:
            return header
        raise DataError(f"{name}: no row begins in line {wanted}; set the line of the column names with `header_row`")
    rows = [record for record in islice(records, MOST_TITLE_ROWS + 2) if not named_separator(record.raw)]
    if not rows:
        return None
    position = header_position([_cells(record) for record in rows])
    if position:
        notify(f"{name}: the column names are in line {rows[position].line} (`header_row` chooses another)")
    return rows[position]


def _cells(record: Record) -> list[str]:
    return [record.raw] if record.cells is None else list(map(str, record.cells))
