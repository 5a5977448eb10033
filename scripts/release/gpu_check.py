"""Try training on a GPU in less than ten minutes: speed, accuracy, resuming, and the speed of pretraining.

    python scripts/release/gpu_check.py --data nsmc --device cuda

Trains `bilstm` on the device in bfloat16 and in float32, and on the processor for a part of an epoch; stops a training
by a signal, resumes it, and compares the bytes of the weights with those of the undisturbed one; pretrains for an epoch
on some of the texts. Exits with 1 if a command fails, or if the resumed training ends with other weights.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

SENTIMENT = [sys.executable, "-m", "sentiment"]
LONGEST_RUN_S = 240


def run(*words: str, out: Path) -> dict[str, Any]:
    """Run a command that trains, and return its metrics.json."""
    started = time.monotonic()
    command = [*SENTIMENT, *words, "--out", str(out), "--force"]
    finished = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, timeout=LONGEST_RUN_S)
    if finished.returncode:
        raise SystemExit(f"{' '.join(command)}\n{finished.stderr}")
    metrics: dict[str, Any] = json.loads((out / "metrics.json").read_text())
    print(
        f"{out.name}: {metrics['device']}, {metrics['precision']}, {metrics['reviews_per_second']:,.0f} reviews/s, "
        f"{time.monotonic() - started:.0f} s in all",
        flush=True,
    )
    return metrics


def stopped_and_resumed(words: Sequence[str], out: Path) -> None:
    """Stop a training after its first checkpoint, and train it to the end."""
    process = subprocess.Popen([*SENTIMENT, *words, "--out", str(out)], stderr=subprocess.DEVNULL)
    state, deadline = Path(f"{out}.unfinished", "state.json"), time.monotonic() + LONGEST_RUN_S
    while not state.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    if process.wait(60) != 130:
        raise SystemExit(f"a training that was stopped ended with {process.returncode}, not 130")
    subprocess.run([*SENTIMENT, "train", "--resume", str(out)], stderr=subprocess.DEVNULL, check=True)


def digest(out: Path) -> str:
    """Return the digest of the weights of a finished training."""
    return sha256((out / "model.safetensors").read_bytes()).hexdigest()


def main() -> None:
    """Print a line for each training."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="nsmc", help="a named data set or a file with labels")
    parser.add_argument("--device", default="cuda", choices=("cuda", "mps", "cpu"))
    parser.add_argument("--rows", type=int, default=20_000, help="rows of the trainings that are compared")
    options = parser.parse_args()
    # Without n-grams, which the processor fits, most of the time is the device's.
    bilstm = ["train", "bilstm", "--data", options.data, "--set", "model.character_ngrams=0"]
    bilstm += ["--set", "model.word_ngrams=0"]
    few = [*bilstm, "--set", f"data.max_training_rows={options.rows}", "--set", "training.epochs=1"]
    on_device = ["--set", f"training.device={options.device}"]
    pretrain = ["pretrain", "--data", options.data, "--set", "pretraining.rating=0", "--set", "training.epochs=1"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        metrics = run(*bilstm, *on_device, out=folder / "bilstm")
        print(f"  validation accuracy {metrics['validation']['accuracy']:.2%}")
        run(*few, *on_device, "--set", "training.precision=float32", out=folder / "float32")
        run(*few, "--set", "training.device=cpu", out=folder / "processor")
        run(*few, *on_device, out=folder / "undisturbed")
        stopped_and_resumed([*few, *on_device, "--set", "training.checkpoint_interval_s=0"], folder / "resumed")
        is_equal = digest(folder / "resumed") == digest(folder / "undisturbed")
        print(f"stopped and resumed: {'equal' if is_equal else 'DIFFERENT'} weights", flush=True)
        run(*pretrain, *on_device, out=folder / "encoder")
    raise SystemExit(0 if is_equal else 1)


if __name__ == "__main__":
    main()
