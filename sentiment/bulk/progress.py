"""How far a run has come."""

from collections.abc import Callable
from dataclasses import dataclass

from sentiment.bulk.counts import Counts


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        counts: Where the rows went.
        fraction: Share of the input that is done; None if unknown.
        seconds: Since the run began, or went on.
        rows_per_second: Of this run, rows of an earlier one aside.
    """

    counts: Counts
    fraction: float | None
    seconds: float
    rows_per_second: float

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take at this speed; None if unknown."""
        if not self.fraction or not self.rows_per_second:
            return None
        return self.counts.rows * (1 / self.fraction - 1) / self.rows_per_second


Report = Callable[[Progress], None]
