"""Plain lines: each line is a text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sentiment.tables.table import Cell
from sentiment.tables.text_files.records import Line, Record, records_of, shown


@dataclass(frozen=True)
class PlainLines:
    """A format whose rows are arbitrary lines. Predictions are written before the text, separated by tabs."""

    name: str = "lines"

    def records(self, lines: Iterator[Line]) -> Iterator[Record | None]:
        """Yield every line; None where `lines` has None."""
        return records_of(lines, lambda raw, line_end, number: Record(raw, line_end, (raw,), None, number))

    def answered(self, record: Record, names: Sequence[str], cells: Sequence[Cell]) -> str:  # noqa: ARG002
        """Return a line with the prediction in front, including its line end."""
        return "\t".join([*(shown(cell) for cell in cells), record.raw]) + record.line_end

    def can_hold(self, cell: str) -> bool:
        """Return whether a cell can be written: not with a tab or a line end."""
        return not any(character in cell for character in "\t\n\r")
