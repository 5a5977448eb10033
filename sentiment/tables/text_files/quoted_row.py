"""A CSV or TSV row with quotes, collected line by line until it is complete."""

from sentiment.tables.text_files.records import BYTE_ORDER_MARK, Record, split_line_end

UNCLOSED_QUOTE = "has a quote that opens a field and is never closed"
MISPLACED_QUOTE = "has a quote that opens a field and closes in the middle of another"
OVERLONG_QUOTE = "has a quote that opens a field and is not closed within the longest row (`max_record_characters`)"
QUOTE_FAULTS = frozenset({UNCLOSED_QUOTE, MISPLACED_QUOTE, OVERLONG_QUOTE})

_LINE_COST = 64
"""Memory overhead of a line."""


class QuotedRow:
    """Fields separated by a delimiter, some of them quoted.

    Attributes:
        lines: The lines collected so far, each with its end.
        size: Their characters, plus the overhead of the lines.
        fault: Why the row is broken; None if it is not.
    """

    def __init__(self, delimiter: str, line: str) -> None:
        self.lines: list[str] = []
        self.size = 0
        self.fault: str | None = None
        self._delimiter = delimiter
        self._fields: list[str] = []
        self._open_field: list[str] | None = None
        self.feed(line)

    @property
    def is_open(self) -> bool:
        """Whether the row continues on the next line."""
        return self._open_field is not None and self.fault is None

    @property
    def num_fields(self) -> int:
        """Number of the complete fields."""
        return len(self._fields)

    def feed(self, line: str) -> None:
        """Add the next line."""
        position = 1 if not self.lines and line.startswith(BYTE_ORDER_MARK) else 0
        self.lines.append(line)
        self.size += len(line) + _LINE_COST
        end = len(split_line_end(line)[0])
        while True:
            if self._open_field is not None:
                closing = closing_quote(line, position)
                if closing < 0:
                    self._open_field.append(line[position:])
                    return
                self._open_field.append(line[position:closing])
                self._fields.append("".join(self._open_field).replace('""', '"'))
                position = closing + 1
                if position < end and not line.startswith(self._delimiter, position):
                    self.fault = MISPLACED_QUOTE
                    return
                self._open_field = None
            elif line.startswith('"', position):
                self._open_field = []
                position += 1
                continue
            else:
                stop = line.find(self._delimiter, position, end)
                stop = end if stop < 0 else stop
                self._fields.append(line[position:stop])
                position = stop
            if position >= end:
                return
            position += 1

    @property
    def is_whole(self) -> bool:
        """Return whether every quote that opens a field closes it."""
        return self._open_field is None and self.fault is None

    def record(self, number: int) -> Record:
        """Return the complete row."""
        return Record(*split_line_end("".join(self.lines)), self._fields, None, number)

    def broken_record(self, number: int) -> Record:
        """Return the first line of the row, as broken."""
        return Record(*split_line_end(self.lines[0]), None, self.fault or UNCLOSED_QUOTE, number)


def closing_quote(line: str, position: int) -> int:
    """Return the position of the next lone quote, or -1."""
    while True:
        position = line.find('"', position)
        if position < 0 or not line.startswith('"', position + 1):
            return position
        position += 2
