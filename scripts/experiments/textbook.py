r"""Measure what docs/textbook.md shows, a table and at times a picture for each stage.

    SENTIMENT_DATA=... python scripts/experiments/textbook.py --stage memory --out runs/textbook
    SENTIMENT_DATA=... OMP_NUM_THREADS=1 python scripts/experiments/textbook.py --stage all --out runs/textbook

Networks are small, and trained on 10,000 NSMC training reviews or on a task made of their words, with one thread. The
figures are kept in OUT/STAGE.jsonl, one line for each case, and trained models in OUT/models: what is there is not
measured again, so a stage may be stopped and restarted at any time. Without --out they go to the user's cache.
"""

import argparse
import importlib
from pathlib import Path

import torch

from sentiment.user_cache import user_cache
from textbook_stages.stage import Stage, run_stage
from trainings import failures_end_the_script

STAGES = (
    "states",
    "forms",
    "autoencoder",
    "padding",
    "directions",
    "depth",
    "gradients",
    "clipping",
    "memory",
    "gates",
    "cells",
)
"""In the order of the page; each is a file of `textbook_stages`."""
DEFAULT_OUT = (user_cache() or Path("runs")) / "textbook"


def main() -> None:
    """Run stages and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage", nargs="+", choices=[*STAGES, "all"], required=True)
    parser.add_argument("--seeds", type=int, nargs="+", help="in place of those of the page, which every table names")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help=f"folder of results (default: {DEFAULT_OUT})")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with failures_end_the_script():
        for name in STAGES if "all" in options.stage else options.stage:
            stage: Stage = importlib.import_module(f"textbook_stages.{name}").STAGE
            print(f"## {name}\n\n{run_stage(name, stage, options.out, options.seeds)}\n", flush=True)


if __name__ == "__main__":
    main()
