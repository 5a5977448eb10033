"""Trainings with the real command that can be made in several sittings."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from sentiment.model_dir import unfinished_path

SENTIMENT = [sys.executable, "-m", "sentiment"]


def train_to_end(model: Path, choices: Sequence[str]) -> None:
    """Train a model unless it is there; go on with a training that was cut off.

    Args:
        model: the directory to write.
        choices: arguments of `sentiment train` that begin it, --out aside.

    Raises:
        subprocess.CalledProcessError: the command failed; it has said why.
    """
    if model.exists():
        return
    resumed = unfinished_path(model).exists()
    started = time.monotonic()
    arguments = ["--resume", str(model)] if resumed else [*choices, "--out", str(model)]
    subprocess.run([*SENTIMENT, "train", *arguments], check=True, stdout=subprocess.DEVNULL)
    seconds = None if resumed else time.monotonic() - started
    _wall_file(model).write_text(json.dumps(seconds))


def wall_seconds(model: Path) -> float | None:
    """Return how long the training of a model took; None for one that was cut off, or of which nothing is known."""
    try:
        seconds: float | None = json.loads(_wall_file(model).read_text())
    except FileNotFoundError:
        return None
    return seconds


def _wall_file(model: Path) -> Path:
    return model.with_name(f"{model.name}.wall_seconds.json")
