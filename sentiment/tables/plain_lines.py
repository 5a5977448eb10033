"""Plain lines: each line is a text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sentiment.tables.records import Line, Record, split_line_end


@dataclass(frozen=True)
class PlainLines:
    """A format whose rows are lines, whatever they hold. Answers stand before the text, with tabs between."""

    name: str = "lines"

    def records(self, lines: Iterator[Line]) -> Iterator[Record | None]:
        """Yield every line; None where `lines` has None."""
        number = 0
        for line in lines:
            if line is None:
                yield None
                continue
            number += 1
            raw, line_end = split_line_end(line)
            yield Record(raw, line_end, (raw,), None, number)

    def prepend(self, record: Record, cells: Sequence[str]) -> str:
        """Return a line with the answers in front, its line end included."""
        return "".join(f"{cell}\t" for cell in cells) + record.raw + record.line_end
