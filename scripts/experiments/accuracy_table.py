r"""Train experiments on NSMC with the real command and print the README's table of accuracies.

    SENTIMENT_DATA=... python scripts/experiments/accuracy_table.py bilstm:0 bilstm:1 bilstm:2 quick:0 --out runs/table
    SENTIMENT_DATA=... python scripts/experiments/accuracy_table.py finetune:0 finetune:1 --from runs/encoder \
        --out runs/finetuned

Finished trainings are not repeated and interrupted ones are resumed, so the table can be made in several sessions.
Epochs are chosen on validation rows; each test figure is for the chosen epoch.
"""

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

from trainings import SENTIMENT, failures_end_the_script, train_as_asked, wall_seconds


def evaluate(model: Path) -> dict[str, Any]:
    """Return the output of `sentiment eval --json` for a model on its test rows."""
    command = [*SENTIMENT, "eval", "--model", str(model), "--json"]
    report: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return report


def row(experiment: str, seed: int, model: Path) -> str:
    """Return a row of the table."""
    metrics = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
    report = evaluate(model)
    wall = wall_seconds(model)
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
    parser.add_argument("--from", dest="start", metavar="DIR|NAME", help="starting point of all trainings")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE", help="for all runs")
    parser.add_argument("--out", type=Path, default=Path("runs/table"))
    arguments = parser.parse_args()
    start = [] if arguments.start is None else ["--from", arguments.start]
    settings = [option for setting in arguments.settings for option in ("--set", setting)]
    print(HEADER, flush=True)
    for run in arguments.runs:
        experiment, _, text = run.partition(":")
        seed = int(text or 0)
        model = arguments.out / f"{experiment}-{seed}"
        with failures_end_the_script():
            train_as_asked(model, [experiment, "--seed", str(seed), *start, *settings])
            print(row(experiment, seed, model), flush=True)


if __name__ == "__main__":
    main()
