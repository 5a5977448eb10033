"""How many rows went which way."""

from dataclasses import asdict, dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a table so far; `rows` is always `written + rejected`.

    Attributes:
        rows: Rows that were read, the header and blank lines aside.
        written: Rows that stand in the output.
        rejected: Broken rows that stand in the rejects file.
        empty: Of those written, rows without a text and so without an answer.
        in_windows: Of those written, rows whose text is longer than the model reads at once.
        most_windows: Of the longest of them.
    """

    rows: int = 0
    written: int = 0
    rejected: int = 0
    empty: int = 0
    in_windows: int = 0
    most_windows: int = 0

    def plus(self, *, rejected: int, num_windows: list[int]) -> Self:
        """Return the counts with more rows: so many broken ones, and others read in so many windows each."""
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
        """Return them by name."""
        return asdict(self)
