"""JSON Lines: one object a line."""

import json
from collections.abc import Iterator

from sentiment.data.tables import Cells, to_cells
from sentiment.errors import DataError

_LINES_LOOKED_AT = 100


class JsonLinesTable:
    """Objects, one a line; the keys of the first hundred lines are the columns. A missing key is a missing value."""

    def __init__(self, text: str, name: str) -> None:
        self._lines = [line for line in text.split("\n") if line and not line.isspace()]
        found = [row for row in map(_parse, self._lines[:_LINES_LOOKED_AT]) if row is not None]
        if not found:
            raise DataError(f"{name}: holds no JSON object on its first lines; JSONL has one object a line")
        self.columns = list(dict.fromkeys(key for row in found for key in row))

    def cells(self, text_column: str, label_column: str) -> Iterator[Cells | None]:
        """Yield text and label of each object, None where a line holds none or one of them is a list or an object."""
        for row in map(_parse, self._lines):
            yield None if row is None else to_cells(row.get(text_column), row.get(label_column))


def _parse(line: str) -> dict[str, object] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):  # a number of more than 4,300 digits is a plain ValueError
        return None
    return row if isinstance(row, dict) else None
