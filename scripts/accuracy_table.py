"""Train experiments on NSMC with the real command and print the README's table of accuracies.

    SENTIMENT_DATA=... python scripts/accuracy_table.py bilstm:0 bilstm:1 bilstm:2 quick:0 --out runs/table

A training that has ended is not repeated, one that was cut off goes on, so the table can be made in several sittings.
Epochs are chosen on validation rows; each test figure is of the model so chosen.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SENTIMENT = [sys.executable, "-m", "sentiment"]
WALL_FILE = "wall_seconds.json"


def train(experiment: str, seed: int, model: Path) -> None:
    """Train unless the model is there, and note the wall clock of a training that was not cut off."""
    if model.exists():
        return
    resumed = model.with_name(model.name + ".unfinished").exists()
    started = time.monotonic()
    choices = ["--resume", str(model)] if resumed else [experiment, "--seed", str(seed), "--out", str(model)]
    subprocess.run([*SENTIMENT, "train", *choices], check=True, stdout=subprocess.DEVNULL)
    seconds = None if resumed else time.monotonic() - started
    model.with_name(f"{model.name}.{WALL_FILE}").write_text(json.dumps(seconds))


def evaluate(model: Path) -> dict[str, Any]:
    """Return what `sentiment eval --json` says of a model on its test rows."""
    command = [*SENTIMENT, "eval", "--model", str(model), "--json"]
    report: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return report


def row(experiment: str, seed: int, model: Path) -> str:
    """Return a row of the table."""
    metrics = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
    report = evaluate(model)
    wall = json.loads(model.with_name(f"{model.name}.{WALL_FILE}").read_text())
    low, high = report["accuracy_interval"]
    cells = [
        f"`{experiment}`",
        str(seed),
        f"{100 * metrics['validation']['accuracy']:.2f}",
        f"{100 * report['accuracy']:.2f} ({100 * low:.2f} to {100 * high:.2f})",
        f"{100 * report['without_seen']['accuracy']:.2f}",
        f"{report['macro_f1']:.4f}",
        f"{report['log_loss']:.4f}",
        f"{report['ece']:.4f}",
        "cut off" if wall is None else f"{wall / 60:.1f}",
        f"{metrics['peak_memory_bytes'] / 2**30:.2f}",
        f"{(model / 'model.onnx').stat().st_size / 1e6:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


HEADER = (
    "| experiment | seed | validation % | test % (95 % interval) | unseen texts % | macro F1 | log loss | ECE "
    "| wall min | peak GB | model MB |\n|" + " --- |" * 11
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="EXPERIMENT:SEED")
    parser.add_argument("--out", type=Path, default=Path("runs/table"))
    arguments = parser.parse_args()
    print(HEADER, flush=True)
    for run in arguments.runs:
        experiment, _, seed = run.partition(":")
        model = arguments.out / f"{experiment}-{seed or 0}"
        train(experiment, int(seed or 0), model)
        print(row(experiment, int(seed or 0), model), flush=True)


if __name__ == "__main__":
    main()
