"""Trainings with the real command that can be made in several sittings."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sentiment.errors import SentimentError
from sentiment.model_dir import unfinished_path

SENTIMENT = [sys.executable, "-m", "sentiment"]


def run_command(arguments: Sequence[str], cwd: Path | None = None) -> None:
    """Run a command to its end; what it says on stdout is dropped.

    Ctrl-C reaches the command too, and what becomes of it is the command's to say: a training takes a step to its end
    and writes a checkpoint before it goes, which `subprocess.run` would not wait for.

    Raises:
        subprocess.CalledProcessError: the command failed; it has said why.
    """
    with subprocess.Popen(arguments, cwd=cwd, stdout=subprocess.DEVNULL) as process:
        while process.returncode is None:
            try:
                process.wait()
            except KeyboardInterrupt:
                continue
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)


@contextmanager
def failures_end_the_script() -> Iterator[None]:
    """End the script without a traceback: with the line of a fault, or the exit code of a command that has said why."""
    try:
        yield
    except SentimentError as error:
        raise SystemExit(f"error: {error}") from error
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.returncode) from error
    except KeyboardInterrupt as error:
        raise SystemExit(130) from error


def can_be_resumed(model: Path) -> bool:
    """Whether a training of a model directory was cut off after it had begun."""
    return (unfinished_path(model) / "training.json").exists()


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
    resumed = can_be_resumed(model)
    started = time.monotonic()
    arguments = ["--resume", str(model)] if resumed else [*choices, "--out", str(model)]
    run_command([*SENTIMENT, "train", *arguments])
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
