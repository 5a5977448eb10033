"""Counts of processed rows."""

from dataclasses import asdict, dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of rows so far; `rows` is always `written + rejected`.

    Attributes:
        rows: Rows read, excluding the header and blank lines.
        written: Rows written to the output.
        rejected: Broken rows written to the rejects file.
        empty: Of those written, rows without a text and so without a prediction.
        in_windows: Of those written, rows whose text is longer than the model reads at once.
        most_windows: Number of windows of the longest of them.
    """

    rows: int = 0
    written: int = 0
    rejected: int = 0
    empty: int = 0
    in_windows: int = 0
    most_windows: int = 0

    def plus(self, *, rejected: int, num_windows: list[int]) -> Self:
        """Return the counts with more rows added: a number of broken ones, and others by their number of windows."""
        return replace(
            self,
            rows=self.rows + len(num_windows) + rejected,
            written=self.written + len(num_windows),
            rejected=self.rejected + rejected,
            empty=self.empty + num_windows.count(0),
            in_windows=self.in_windows + sum(number > 1 for number in num_windows),
            most_windows=max([self.most_windows, *num_windows]),
        )

    def to_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)
