"""How the fields of CSV and TSV are told apart, found out from the first lines of a file."""

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
    """Find out what quotes mean in tab-separated values, about which their writers do not agree.

    A field that begins with a quote is read as in CSV if the first lines read cleanly so: every quote closes right
    before a tab or a line end, and every row has as many fields as the first. Where they also read cleanly without
    quoting, no quoted field may go over a line end. Otherwise quotes are characters like any other, as in NSMC.

    Args:
        lines: How the table begins, each line with its end.
        is_whole: Whether that is all of it; else a row that is still open at the end of the lines does not count.
    """
    quoted, plain = Delimited("tsv", "\t"), Delimited("tsv", "\t", quoting=False)
    if not any(line.startswith('"') or '\t"' in line for line in lines):
        return quoted  # both ways give the same, and a later quote is judged by its row
    rows = [record for record in quoted.records(iter(lines)) if record is not None and not record.is_blank]
    if not is_whole and rows and rows[-1].fault == UNCLOSED_QUOTE:
        rows.pop()
    widths = {None if row.cells is None else len(row.cells) for row in rows}
    if len(widths) > 1 or None in widths:
        return plain
    plain_widths = [len(line.split("\t")) for line in lines if split_line_end(line)[0]]
    return quoted if len(plain_widths) == len(rows) or len(set(plain_widths)) > 1 else plain


def csv_format(lines: Sequence[str], header_row: int | None = None) -> Delimited:
    """Find the delimiter of a CSV file: of those in its first line, the one that most rows agree on.

    What stands in quotes does not count. Where no more than half of the rows agree, the first line may be a title, and
    delimiters of later lines are tried. A line as `sep=;` above the header names it.

    Args:
        lines: How the file begins, each line with its end.
        header_row: The line that names the columns, from 1, where that is known.
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
    """Return how many rows below the header have as many fields as it, two at least, and how many fields those are."""
    rows = [record.cells or () for record in Delimited("csv", delimiter).records(iter(lines)) if record is not None]
    header = next((place for place, cells in enumerate(rows[:MOST_TITLE_ROWS]) if len(cells) > 1), None)
    if header is None or (header and not looks_like_header(list(map(str, rows[header])))):
        return 0, 0
    widths = list(map(len, rows[header:]))
    return widths[1:].count(widths[0]), widths[0]


def named_separator(line: str) -> str | None:
    """Return the delimiter that a line as `sep=;` names, which spreadsheet programs write and read above the header."""
    named = _SEPARATOR_LINE.fullmatch(line.strip("\r\n "))
    return named[1] if named else None


def find_header(
    format_: Delimited, lines: Sequence[str], wanted: int | None, name: str, notify: Notify
) -> Record | None:
    """Return the row that names the columns; None where there are only blank lines.

    Args:
        format_: Of the file.
        lines: How it begins, each line with its end.
        wanted: The line that was named; None to find it.
        name: Of the file, for messages.
        notify: Gets notes on titles above it.

    Raises:
        DataError: No row begins in the named line.
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
