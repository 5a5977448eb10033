"""JSON Lines: one object a line, with every character kept."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sentiment.tables.records import Line, Record, records_of
from sentiment.tables.stored import Cell


@dataclass(frozen=True)
class JsonLines:
    """A format whose rows are JSON objects."""

    name: str = "jsonl"

    def can_hold(self, cell: str) -> bool:  # noqa: ARG002
        """Whether a cell can be written: any can."""
        return True

    def records(self, lines: Iterator[Line]) -> Iterator[Record | None]:
        """Yield every row, blank lines among them; None where `lines` has None."""
        return records_of(lines, _parse)

    def answered(self, record: Record, names: Sequence[str], cells: Sequence[Cell]) -> str:
        """Return an object with more keys at its end, its line end included."""
        fields = ", ".join(
            f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(cell, ensure_ascii=False)}"
            for name, cell in zip(names, cells, strict=True)
        )
        brace = record.raw.rindex("}")
        comma = ", " if record.cells else ""
        return f"{record.raw[:brace]}{comma}{fields}{record.raw[brace:]}{record.line_end}"


def _parse(raw: str, line_end: str, number: int) -> Record:
    if not raw or raw.isspace():
        return Record(raw, line_end, None, None, number)
    try:
        row = json.loads(raw)
    except RecursionError:
        return Record(raw, line_end, None, "is nested too deeply for JSON", number)
    except json.JSONDecodeError as error:
        return Record(raw, line_end, None, f"is no JSON (character {error.colno}: {error.msg})", number)
    except ValueError as error:  # a number of more than 4,300 digits
        return Record(raw, line_end, None, f"is no JSON that can be read ({error})", number)
    if not isinstance(row, dict):
        return Record(raw, line_end, None, "is no JSON object", number)
    return Record(raw, line_end, row, None, number)
