"""The progress of a run."""

from collections.abc import Callable
from dataclasses import dataclass

from sentiment.bulk.counts import Counts


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a run.

    Attributes:
        counts: Of the rows.
        fraction: Share of the input that is done; None if unknown.
        seconds: Since the run was started or resumed.
        rows_per_second: Of this run, excluding rows of an earlier one.
    """

    counts: Counts
    fraction: float | None
    seconds: float
    rows_per_second: float

    @property
    def seconds_left(self) -> float | None:
        """Estimated remaining time at this speed; None if unknown."""
        if not self.fraction or not self.rows_per_second:
            return None
        return self.counts.rows * (1 / self.fraction - 1) / self.rows_per_second


Report = Callable[[Progress], None]
