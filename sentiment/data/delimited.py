"""CSV and TSV: the standard library stops at 131,072 characters a field, and an unclosed quote eats rows there."""

from collections.abc import Iterator

from sentiment.data.decoding import line_number
from sentiment.data.tables import Cells
from sentiment.errors import DataError

Record = list[str] | None
"""The fields of a record; None where a field goes on after its closing quote."""


class DelimitedTable:
    """Records whose first names the columns; one with another number of fields is malformed."""

    def __init__(self, name: str, records: Iterator[Record]) -> None:
        self._records = records
        header = next(records, None)
        if header is None:
            raise DataError(f"{name}: the first line does not name the columns; add a header such as text,label")
        self.columns = header

    def cells(self, text_column: str, label_column: str) -> Iterator[Cells | None]:
        """Yield text and label of each record, None where it is malformed."""
        width = len(self.columns)
        text, label = self.columns.index(text_column), self.columns.index(label_column)
        for fields in self._records:
            if fields is None or len(fields) != width:
                yield None
            else:
                yield fields[text], fields[label]


def read_csv(text: str, name: str) -> DelimitedTable:
    """Read comma-separated values as RFC 4180 has them.

    A quote opens a quoted field at its beginning only; elsewhere it is a character. Blank lines are no records.

    Raises:
        DataError: there is no header. Reading the rows raises it for a quote that is never closed.
    """
    return DelimitedTable(name, quoted_records(_with_line_feeds(text), ",", name))


def read_tsv(text: str, name: str) -> DelimitedTable:
    """Read tab-separated values, whose writers do not agree about quotes.

    A field that begins with a quote is read as in CSV if the whole file reads cleanly so: every quote closes right
    before a tab or a line end, and every record has as many fields as the header. Where the file also reads cleanly
    without quoting, no quoted field may go over a line end. Otherwise quotes are characters like any other, as in NSMC.

    Raises:
        DataError: there is no header.
    """
    text = _with_line_feeds(text)
    if _reads_cleanly_with_quotes(text, name):
        return DelimitedTable(name, quoted_records(text, "\t", name))
    return DelimitedTable(name, unquoted_records(text, "\t"))


def unquoted_records(text: str, delimiter: str) -> Iterator[Record]:
    """Yield the fields of each line that is not blank; quotes are characters."""
    position, size = 0, len(text)
    while position < size:
        end = _find(text, "\n", position, size)
        line = text[position:end].removesuffix("\r")
        if line:
            yield line.split(delimiter)
        position = end + 1


def quoted_records(text: str, delimiter: str, name: str) -> Iterator[Record]:
    """Yield the fields of each record; a field that begins with a quote ends at the next lone one.

    Raises:
        DataError: a quote is never closed, or closes lines later in the middle of a field.
    """
    position, size = 0, len(text)
    while position < size:
        end = _find(text, "\n", position, size)
        if text.find('"', position, end) < 0:
            line = text[position:end].removesuffix("\r")
            if line:
                yield line.split(delimiter)
            position = end + 1
        else:
            fields, position = _quoted_record(text, position, end, delimiter, name)
            yield fields


def _quoted_record(text: str, position: int, line_end: int, delimiter: str, name: str) -> tuple[Record, int]:
    """Return the fields of the record at a position, and where the next one begins."""
    size = len(text)
    fields: list[str] = []
    while True:
        if position < size and text[position] == '"':
            closing = _closing_quote(text, position, name)
            fields.append(text[position + 1 : closing].replace('""', '"'))
            crosses_lines = closing > line_end
            if crosses_lines:
                line_end = _find(text, "\n", closing, size)
            end = closing + 1
            if end < line_end and text[end] != delimiter and not (text[end] == "\r" and end + 1 == line_end):
                if crosses_lines:
                    raise _misplaced_quote(text, position, closing, name)
                return None, line_end + 1
        else:
            end = _find(text, delimiter, position, line_end)
            field = text[position:end]
            fields.append(field.removesuffix("\r") if end == line_end else field)
        if end >= line_end or text[end] != delimiter:
            return fields, line_end + 1
        position = end + 1


def _closing_quote(text: str, opening: int, name: str) -> int:
    position = opening + 1
    while True:
        position = text.find('"', position)
        if position < 0:
            raise DataError(
                f"{name}:{line_number(text, opening)}: a quote opens a field here and is never closed; "
                "close it, or double every quote that belongs to the text"
            )
        if not text.startswith('"', position + 1):
            return position
        position += 2


def _misplaced_quote(text: str, opening: int, closing: int, name: str) -> DataError:
    return DataError(
        f"{name}:{line_number(text, opening)}: a quote opens a field here and closes in the middle of another, in line "
        f"{line_number(text, closing)}; close it, or double every quote that belongs to the text"
    )


def _reads_cleanly_with_quotes(text: str, name: str) -> bool:
    if not text.startswith('"') and '\t"' not in text and '\n"' not in text:
        return True  # both ways give the same
    try:
        lengths = [len(fields) if fields is not None else None for fields in quoted_records(text, "\t", name)]
    except DataError:
        return False
    if len(set(lengths)) > 1 or None in lengths:
        return False
    lines = [len(fields) for fields in unquoted_records(text, "\t") if fields is not None]
    return len(lines) == len(lengths) or len(set(lines)) > 1


def _with_line_feeds(text: str) -> str:
    """Return the text with the line ends of classic Mac OS, which spreadsheets still offer, replaced."""
    return text.replace("\r", "\n") if "\r" in text and "\n" not in text else text


def _find(text: str, part: str, start: int, end: int) -> int:
    """Return where the part begins, or the end."""
    position = text.find(part, start, end)
    return end if position < 0 else position
