"""Detect the format and the header of a file from its first lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sentiment.callbacks import Notify
from sentiment.errors import DataError
from sentiment.tables.columns.finding import fasttext_fault
from sentiment.tables.columns.names import FASTTEXT, names_a_column
from sentiment.tables.formats import TEXT_OR_TABLE
from sentiment.tables.text_files.delimited import Delimited
from sentiment.tables.text_files.dialects import csv_format, find_header, tsv_format
from sentiment.tables.text_files.json_lines import JsonLines
from sentiment.tables.text_files.plain_lines import PlainLines
from sentiment.tables.text_files.records import Record
from sentiment.tables.text_files.row_shape import RowShape
from sentiment.tables.text_files.text_table import SAMPLE_ROWS, Format

_SHARE_OF_ROWS = 0.9
"""Share of lines with as many tabs as the first, for the others to count as broken rows of a table."""


@dataclass(frozen=True)
class Head:
    """The start of a file.

    Attributes:
        name: Of the file, for messages.
        lines: The first ones, each with its end.
        is_whole: Whether that is all of it.
        header_row: The line that names the columns, from 1; auto-detected if None.
    """

    name: str
    lines: Sequence[str]
    is_whole: bool
    header_row: int | None

    def find_format(self, wanted: str | Format, notify: Notify) -> Format:
        """Return the format of the rows.

        Args:
            wanted: A format, or the result of `format_of`.
            notify: Gets notes on what is auto-detected.

        Raises:
            DataError: It is not a text format, or the lines are in fastText's format.
        """
        if not isinstance(wanted, str):
            return wanted
        match self._text_or_table(notify) if wanted == TEXT_OR_TABLE else wanted:
            case "csv":
                format_ = csv_format(self.lines, self.header_row)
                if format_.delimiter != ",":
                    notify(f"{self.name}: the delimiter is {format_.delimiter!r}")
                return format_
            case "tsv":
                header = find_header(Delimited("tsv", "\t"), self.lines, self.header_row, self.name, lambda _line: None)
                lines = self.lines[header.line - 1 :] if header else self.lines
                self._refuse_other_delimiter(lines)
                return tsv_format(lines, is_whole=self.is_whole)
            case "jsonl":
                return JsonLines()
            case "lines":
                return PlainLines()
            case _:
                raise DataError(f"{self.name}: {wanted} is not a text format; choose one with `format`")

    def find_header(self, format_: Format, max_characters: int, notify: Notify) -> tuple[Format, Record | None]:
        """Return the format, with the shape of the rows below the header, and the header.

        Args:
            format_: Of the file.
            max_characters: Of a row.
            notify: Gets notes on titles above the header.

        Raises:
            DataError: The requested header row is not a header.
        """
        if not isinstance(format_, Delimited):
            if self.header_row is not None:
                raise DataError(f"{self.name}: {format_.name} has no header; remove `header_row`")
            return format_, None
        shape = None
        header = find_header(format_, self.lines, self.header_row, self.name, notify)
        if header is not None and header.cells is not None:
            below = self.lines[header.line : header.line + SAMPLE_ROWS]
            shape = RowShape.of(format_.delimiter, len(header.cells), below)
        return replace(format_, shape=shape, max_characters=max_characters), header

    def _refuse_other_delimiter(self, lines: Sequence[str]) -> None:
        """Refuse column names between commas in place of tabs: all of each row would be one text.

        Raises:
            DataError: They are.
        """
        names, *rows = [line for line in lines if not line.isspace()] or [""]
        for mark in ",;|":
            cells = [cell.strip().strip('"') for cell in names.split(mark)]
            with_mark = sum(row.count(mark) >= len(cells) - 1 for row in rows)
            is_even = 0 < _SHARE_OF_ROWS * len(rows) <= with_mark
            if "\t" not in names and len(cells) > 1 and is_even and any(map(names_a_column, cells)):
                raise DataError(
                    f"{self.name}: read as tab-separated values, but its column names are separated by {mark!r}; set "
                    "the format with `format`, as csv"
                )

    def _text_or_table(self, notify: Notify) -> str:
        """Return TSV or lines: it is TSV if the first line names columns, or nearly all lines have as many tabs."""
        lines = [line for line in self.lines if not line.isspace()]
        first = lines[0] if lines else ""
        as_many = sum(line.count("\t") == first.count("\t") for line in lines)
        is_even = len(lines) > 1 and as_many >= _SHARE_OF_ROWS * len(lines)
        if "\t" in first and (is_even or any(map(names_a_column, first.split("\t")))):
            notify(f"{self.name}: read as tab-separated values")
            return "tsv"
        if first.startswith(FASTTEXT):
            raise fasttext_fault(self.name)
        notify(f"{self.name}: read as lines, one text a line")
        return "lines"
