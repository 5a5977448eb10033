"""JSON Lines: one object per line, with every character kept."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sentiment.tables.table import Cell
from sentiment.tables.text_files.records import BYTE_ORDER_MARK, Line, Record, is_blank_line, records_of

_MAX_WEIGHT = 1 << 22  # some 200 MB of memory at most
_BRACKET_WEIGHT = 16


@dataclass(frozen=True)
class JsonLines:
    """A format whose rows are JSON objects."""

    name: str = "jsonl"

    def can_hold(self, cell: str) -> bool:  # noqa: ARG002
        """Whether a cell can be written: any can."""
        return True

    def records(self, lines: Iterator[Line]) -> Iterator[Record | None]:
        """Yield every row, including blank lines; None where `lines` has None."""
        return records_of(lines, _parse)

    def answered(self, record: Record, names: Sequence[str], cells: Sequence[Cell]) -> str:
        """Return an object with keys appended, including its line end."""
        fields = ", ".join(
            f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(cell, ensure_ascii=False)}"
            for name, cell in zip(names, cells, strict=True)
        )
        brace = record.raw.rindex("}")
        comma = ", " if record.cells else ""
        return f"{record.raw[:brace]}{comma}{fields}{record.raw[brace:]}{record.line_end}"


def _parse(raw: str, line_end: str, number: int) -> Record:
    if is_blank_line(raw):
        return Record(raw, line_end, None, None, number)
    row, fault = _read_object(raw)
    return Record(raw, line_end, row, fault, number)


def _read_object(raw: str) -> tuple[dict[str, object] | None, str | None]:
    """Return the object, or None and the reason."""
    if _BRACKET_WEIGHT * len(raw) > _MAX_WEIGHT and _weight(raw) > _MAX_WEIGHT:
        return None, "contains too many values for one row"
    fault = "is not a JSON object"
    try:
        row = json.loads(raw if raw[0] != BYTE_ORDER_MARK else raw[1:])
        if isinstance(row, dict):
            return row, None
    except RecursionError:
        fault = "is nested too deeply for JSON"
    except json.JSONDecodeError as error:
        fault = f"is not JSON (character {error.colno}: {error.msg})"
    except ValueError as error:  # a number of more than 4,300 digits
        fault = f"is not readable JSON ({error})"
    return None, fault


def _weight(raw: str) -> int:
    """Estimate the memory of a row's values from the structural characters."""
    return _BRACKET_WEIGHT * (raw.count("{") + raw.count("[")) + raw.count('"') + raw.count(",")
