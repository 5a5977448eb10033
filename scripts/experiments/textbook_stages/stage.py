"""A stage: cases that are measured one by one and kept, a table of all, and for some a picture."""

import json
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentiment.writing import write_whole

Case = dict[str, Any]
"""What is measured, as JSON values, including its seed."""
Result = dict[str, Any]
"""A case and its figures, as JSON values."""


@dataclass(frozen=True)
class Stage:
    """What a stage measures and shows.

    Attributes:
        seeds: Of the page.
        cases: From the seeds, in the order of the table.
        measure: Returns the figures of a case; trained models are kept in the folder.
        table: Returns Markdown.
        picture: Returns an SVG, written beside the results.
    """

    seeds: Sequence[int]
    cases: Callable[[Sequence[int]], Iterable[Case]]
    measure: Callable[[Case, Path], Result]
    table: Callable[[list[Result]], str]
    picture: Callable[[list[Result]], bytes] | None = None


def run_stage(name: str, stage: Stage, out: Path, seeds: Sequence[int] | None) -> str:
    """Measure the cases that have no figures yet; return the table of all.

    Args:
        name: Of its files in the folder.
        stage: What to measure.
        out: The folder.
        seeds: In place of those of the page.
    """
    out.mkdir(parents=True, exist_ok=True)
    cases = list(stage.cases(seeds or stage.seeds))
    file = out / f"{name}.jsonl"
    measured = _read(file)
    for number, case in enumerate(cases, start=1):
        if _key(case) not in measured:
            print(f"{name}: {number} of {len(cases)}: {case}", file=sys.stderr, flush=True)
            measured[_key(case)] = stage.measure(case, out)
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps([case, measured[_key(case)]], ensure_ascii=False) + "\n")
    results = [case | measured[_key(case)] for case in cases]
    if stage.picture is not None:
        write_whole(out / f"{name}.svg", stage.picture(results))
    return stage.table(results)


def _read(file: Path) -> dict[str, Result]:
    """Read the figures by case. A line that was cut off when the script was killed is taken away."""
    if not file.exists():
        return {}
    content = file.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        write_whole(file, whole)
    return {_key(case): figures for case, figures in map(json.loads, whole.decode().splitlines())}


def _key(case: Case) -> str:
    return json.dumps(case, sort_keys=True, ensure_ascii=False)


def markdown(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; the first column is on the left."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def spread(values: Sequence[float], digits: int = 1, factor: float = 1.0) -> str:
    """Return the mean, and if there are several, the lowest and the highest in parentheses."""
    shown = [f"{factor * value:.{digits}f}" for value in (statistics.mean(values), min(values), max(values))]
    return shown[0] if len(values) == 1 else f"{shown[0]} ({shown[1]} to {shown[2]})"


def of(results: Iterable[Result], figure: str, **case: object) -> list[Any]:
    """Return one figure of all results of some cases."""
    return [result[figure] for result in results if all(result[key] == value for key, value in case.items())]
