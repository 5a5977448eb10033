"""Measure accuracy against size and speed, compared with other tools, and draw it.

    python scripts/benchmarks/pareto.py runs/default small=runs/small --fasttext PYTHON --cache runs/pareto

All are trained on NSMC's training rows (our models beforehand) and predict its test rows. Speed is texts to labels,
in rounds in which each system predicts all texts in turn, so that changes of the machine's speed affect all; the first
round is a warm-up. Published figures are those of others on the same test rows. --draw only redraws the picture from
the JSON file.
"""

import argparse
import platform
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from pareto_fasttext import trained_fasttexts
from pareto_picture import draw_pareto
from pareto_results import PUBLISHED, Comparison, Kind, Result, Speed
from pareto_systems import System, linear_model, our_model, textbook_net
from sentiment.data import LabelledTexts, load_rows
from sentiment.errors import SentimentError
from sentiment.metrics import accuracy_interval
from sentiment.processor import available_cores

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Entry:
    """A system to measure, and its kind."""

    system: System
    kind: Kind


def measure(entries: Sequence[Entry], rows: LabelledTexts, rounds: int) -> list[Result]:
    """Run every system on all rows, in turn, in several rounds."""
    correct = []
    for entry in entries:  # the warm-up round gives the accuracy
        answers = entry.system.answer(rows.texts)
        correct.append(sum(said == true for said, true in zip(answers.labels, rows.labels, strict=True)))
        notify(f"{entry.system.name}: {correct[-1] / len(rows.texts):.2%}")
    seconds: list[list[float]] = [[] for _ in entries]
    for number in range(rounds):
        notify(f"round {number + 1} of {rounds}")
        for entry, taken in zip(entries, seconds, strict=True):
            taken.append(entry.system.answer(rows.texts).seconds)
    num_rows = len(rows.texts)
    return [
        Result(
            name=entry.system.name,
            kind=entry.kind,
            accuracy=right / num_rows,
            accuracy_interval=accuracy_interval(right, num_rows),
            megabytes=entry.system.megabytes,
            stored=entry.system.stored,
            speed=Speed.of(taken, num_rows),
        )
        for entry, right, taken in zip(entries, correct, seconds, strict=True)
    ]


def compare(options: argparse.Namespace) -> Comparison:
    """Train the others, and measure all."""
    train = first_rows(load_rows("nsmc", split="train", notify=notify), options.rows)
    test = first_rows(load_rows("nsmc", split="test", notify=notify), options.rows)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        entries = [Entry(our_model(*named_path(text), options.threads), "ours") for text in options.models]
        if options.fasttext:
            fasttexts = trained_fasttexts(options.fasttext, train, test.texts, folder, options.threads)
            entries += [Entry(system, "other") for system in stack.enter_context(fasttexts)]
        notify("fitting the linear model")
        entries.append(Entry(linear_model(train, folder, notify), "other"))
        textbook = textbook_net(train, options.textbook_epochs, options.cache, options.threads, notify)
        entries.append(Entry(textbook, "other"))
        results = measure(entries, test, options.rounds)
    return Comparison(conditions(train, test, options), (*results, *PUBLISHED))


def conditions(train: LabelledTexts, test: LabelledTexts, options: argparse.Namespace) -> dict[str, Any]:
    """Return the conditions of the measurement."""
    return {
        "training_rows": len(train.texts),
        "test_rows": len(test.texts),
        "test_sha256": test.sha256,
        "rounds": options.rounds,
        "threads": options.threads,
        "cores": available_cores(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("numpy", "onnxruntime", "scikit-learn", "tokenizers", "torch")},
    }


def first_rows(rows: LabelledTexts, limit: int | None) -> LabelledTexts:
    """Return the first rows, or all."""
    if limit is None:
        return rows
    return rows.select(rows.name, np.arange(min(limit, len(rows.texts))), with_unused=False)


def named_path(text: str) -> tuple[str, Path]:
    """Parse NAME=DIR or DIR into a name and a path."""
    name, equals, path = text.partition("=")
    return (name, Path(path)) if equals else (Path(text).name, Path(text))


def notify(line: str) -> None:
    """Print progress."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, write, draw and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="[NAME=]DIR", help="our model directories")
    parser.add_argument("--fasttext", metavar="PYTHON", help="an interpreter that has fasttext installed")
    parser.add_argument("--cache", type=Path, default=Path("runs/pareto"), help="cache of the textbook network")
    parser.add_argument("--textbook-epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rows", type=int, metavar="N", help="train and test on the first N rows only, to try it out")
    parser.add_argument("--out-json", type=Path, default=ROOT / "docs" / "pareto.json")
    parser.add_argument("--out-svg", type=Path, default=ROOT / "docs" / "pareto.svg")
    parser.add_argument("--draw", action="store_true", help="redraw the picture from the JSON file")
    options = parser.parse_args()
    try:
        if not options.draw:
            compare(options).write(options.out_json)
    except SentimentError as error:
        raise SystemExit(f"error: {error}") from error
    comparison = Comparison.read(options.out_json)
    options.out_svg.write_bytes(draw_pareto(comparison.results))
    print(comparison.to_markdown())


if __name__ == "__main__":
    main()
