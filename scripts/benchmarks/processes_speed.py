"""Measure training in several processes against one process with as many threads.

    python scripts/benchmarks/processes_speed.py --data nsmc --processes 2 --rounds 5

Both train `bilstm` for one epoch, in turn, so that changes of the machine's speed affect both. The rate is that of the
steps and the validation, without reading, tokenizing and export; n-grams are left out, as they are fitted before.
"""

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SETTINGS = ("training.epochs=1", "model.character_ngrams=0", "model.word_ngrams=0", "export.precision=float32")


def launcher(processes: int) -> list[str]:
    """Return the words of a command line before `sentiment`."""
    if processes == 1:
        return [sys.executable, "-m"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = ["-m", "torch.distributed.run", f"--nproc-per-node={processes}", f"--master-port={port}"]
    return [sys.executable, *start, "-m"]


def reviews_per_second(processes: int, threads: int, options: argparse.Namespace, out: Path) -> float:
    """Train once, with a number of threads in each process, and return the rate."""
    settings = [*SETTINGS, f"data.max_training_rows={options.rows}", *options.set]
    command = [*launcher(processes), "sentiment", "train", "bilstm", "--data", options.data, "--force"]
    command += ["--threads", str(threads), "--out", str(out)]
    command += [word for setting in settings for word in ("--set", setting)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise SystemExit(finished.stderr)
    return float(json.loads((out / "metrics.json").read_text())["reviews_per_second"])


def main() -> None:
    """Print rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="nsmc", help="a named data set or a file")
    parser.add_argument("--rows", type=int, default=30_000, help="rows to train on")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5, help="trainings of each kind")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="settings of both trainings")
    options = parser.parse_args()
    alone, together = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds):
            alone.append(reviews_per_second(1, options.processes, options, Path(folder, "alone")))
            together.append(reviews_per_second(options.processes, 1, options, Path(folder, "together")))
            print(f"round {number + 1}: {alone[-1]:,.0f} and {together[-1]:,.0f} reviews/s", flush=True)
    ratios = [many / one for many, one in zip(together, alone, strict=True)]
    print(f"1 process, {options.processes} threads: {statistics.median(alone):,.0f} reviews/s")
    print(
        f"{options.processes} processes, 1 thread each: {statistics.median(together):,.0f} reviews/s, "
        f"{statistics.median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f})"
    )


if __name__ == "__main__":
    main()
