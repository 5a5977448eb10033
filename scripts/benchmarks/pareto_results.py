"""The results of each system in the picture: accuracy, size and speed."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

from sentiment.writing import write_whole

Kind = Literal["ours", "other", "published"]


@dataclass(frozen=True)
class Speed:
    """Sentences per second, from texts to labels, over the timed rounds."""

    median: float
    lowest: float
    highest: float
    rounds: int

    @classmethod
    def of(cls, seconds: Sequence[float], num_texts: int) -> Self:
        """Summarise the rounds, each of which predicted all texts."""
        rates = [num_texts / taken for taken in seconds]
        return cls(statistics.median(rates), min(rates), max(rates), len(rates))


@dataclass(frozen=True)
class Result:
    """One system.

    Attributes:
        name: for people.
        kind: one of our models, another measured system, or one with a published figure.
        accuracy: share of the test rows predicted correctly; one without a prediction counts as wrong. The middle of a
            published range.
        accuracy_interval: its 95 % interval; for a published figure, the published range.
        megabytes: 10^6 bytes that must be stored to predict.
        stored: description of what is stored.
        speed: None if it was not measured.
    """

    name: str
    kind: Kind
    accuracy: float
    accuracy_interval: tuple[float, float]
    megabytes: float
    stored: str
    speed: Speed | None


def published(name: str, megabytes: float, lowest: float, highest: float | None = None) -> Result:
    """Return a published figure, in per cent; a range if reports differ."""
    low, high = lowest / 100, (highest or lowest) / 100
    return Result(name, "published", (low + high) / 2, (low, high), megabytes, "as published", None)


PUBLISHED = (
    published("KcELECTRA-base-v2022", 475, 91.97),
    published("KoELECTRA-base-v3", 423, 90.63),
    published("KcBERT-base", 417, 89.62),
    published("KoBERT", 351, 89.6, 90.1),
    published("DistilKoBERT", 108, 88.4),
    published("KoELECTRA-small-v3", 54, 89.36),
)
"""Accuracy on NSMC's test rows as published, not measured here."""


@dataclass(frozen=True)
class Comparison:
    """A whole measurement.

    Attributes:
        conditions: machine, versions and data; plain JSON.
        results: one per system.
    """

    conditions: dict[str, Any]
    results: tuple[Result, ...]

    def write(self, path: Path) -> None:
        """Write it as JSON, atomically."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n").encode())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of `write`."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(content["conditions"], tuple(map(_result, content["results"])))

    def to_markdown(self) -> str:
        """Return the table, the most accurate system first."""
        header = "| system | accuracy % (95 % interval) | MB | sentences/s | stored |\n|" + " --- |" * 5
        ordered = sorted(self.results, key=lambda result: -result.accuracy)
        return "\n".join([header, *map(_row, ordered)])


def _result(values: dict[str, Any]) -> Result:
    low, high = values["accuracy_interval"]
    speed = values["speed"]
    return Result(**values | {"accuracy_interval": (low, high), "speed": Speed(**speed) if speed else None})


def _row(result: Result) -> str:
    low, high = (100 * bound for bound in result.accuracy_interval)
    if result.kind == "published":
        accuracy = f"{low:.2f}, published" if low == high else f"{low:.1f} to {high:.1f}, published"
    else:
        accuracy = f"{100 * result.accuracy:.2f} ({low:.2f} to {high:.2f})"
    speed = result.speed
    rate = f"{speed.median:,.0f} ({speed.lowest:,.0f} to {speed.highest:,.0f})" if speed else "not measured"
    return f"| {result.name} | {accuracy} | {result.megabytes:.3g} | {rate} | {result.stored} |"


def frontier(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the Pareto front, cheapest first; accuracy rises along it.

    Args:
        points: (cost, accuracy), less cost and more accuracy being better.
    """
    best: list[tuple[float, float]] = []
    for cost, accuracy in sorted(set(points), key=lambda point: (point[0], -point[1])):
        if not best or accuracy > best[-1][1]:
            best.append((cost, accuracy))
    return best
