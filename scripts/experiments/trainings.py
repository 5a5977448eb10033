"""Resumable trainings with the real command."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sentiment.data import data_folder
from sentiment.errors import ConfigError, SentimentError
from sentiment.model_dir import METRICS_FILE, WEIGHTS_FILE, ModelDirectory, locate_model, unfinished_path

SENTIMENT = [sys.executable, "-m", "sentiment"]


def run_command(arguments: Sequence[str], cwd: Path | None = None) -> None:
    """Run a command to its end; its stdout is discarded.

    Ctrl-C reaches the command too, which decides how to stop: a training finishes its step and writes a checkpoint,
    which `subprocess.run` would not wait for.

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


def command_output(arguments: Sequence[str], cwd: Path | None = None) -> bytes:
    """Run a command to its end, and return its stdout.

    Raises:
        subprocess.CalledProcessError: the command failed; it has said why.
    """
    return subprocess.run(arguments, cwd=cwd, check=True, stdout=subprocess.PIPE).stdout


@contextmanager
def failures_end_the_script() -> Iterator[None]:
    """Exit without a traceback: with a one-line error, or the exit code of a command that has printed why."""
    try:
        yield
    except SentimentError as error:
        raise SystemExit(f"error: {error}") from error
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.returncode) from error
    except KeyboardInterrupt as error:
        raise SystemExit(130) from error


def data_file(name: str) -> Path:
    """Return a file under the folder of data sets, or at its path."""
    beneath = (data_folder() or Path()) / name
    return beneath if beneath.is_file() else Path(name)


def can_be_resumed(model: Path) -> bool:
    """Return whether a training of a model directory was interrupted."""
    return (unfinished_path(model) / "training.json").exists()


def train_to_end(model: Path, choices: Sequence[str]) -> None:
    """Train a model unless it exists; resume an interrupted training.

    Args:
        model: the directory to write.
        choices: arguments of `sentiment train` that start it, without --out.

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


def train_as_asked(model: Path, choices: Sequence[str]) -> None:
    """Train like `train_to_end`, but refuse a model with other arguments or another starting point.

    Args:
        model: the directory to write.
        choices: as for `train_to_end`.

    Raises:
        ConfigError: the model, or the interrupted training, differs.
        ModelDirectoryError: its starting point cannot be read.
        subprocess.CalledProcessError: the command failed; it has said why.
    """
    asked = [*choices, "--out", str(model)]
    record = _record(model)
    if record is not None:
        trained = record["command"][2:]
        if trained != asked:
            raise ConfigError(
                f"{model}: was trained with {' '.join(trained)}, not {' '.join(asked)}; choose another folder with "
                "--out, or delete it"
            )
        started_from = record.get("started_from")
        if started_from and started_from["weights_sha256"] != _weights_sha256(choices[choices.index("--from") + 1]):
            raise ConfigError(
                f"{model}: was trained from other weights than those of {started_from['path']} now; choose another "
                "folder with --out, or delete it"
            )
    train_to_end(model, choices)


def _record(model: Path) -> dict[str, Any] | None:
    """Return the record of a finished or interrupted training; None if there is none."""
    for path in (model / METRICS_FILE, unfinished_path(model) / "training.json"):
        if path.exists():
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return record
    return None


def _weights_sha256(start: str) -> str:
    directory = ModelDirectory.open(locate_model(start), allow_encoder=True)
    return directory.manifest.files[WEIGHTS_FILE].sha256


def wall_seconds(model: Path) -> float | None:
    """Return the duration of a model's training; None if it was interrupted or is unknown."""
    try:
        seconds: float | None = json.loads(_wall_file(model).read_text())
    except FileNotFoundError:
        return None
    return seconds


def _wall_file(model: Path) -> Path:
    return model.with_name(f"{model.name}.wall_seconds.json")
