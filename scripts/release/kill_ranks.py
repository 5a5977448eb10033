"""Kill a process of trainings at random steps, resume each, and compare the weights with an undisturbed training.

    python scripts/release/kill_ranks.py --worlds 1 2 4 --times 20

For each number of processes, a process drawn at random is killed with SIGKILL after a step drawn at random. The others
must end with exit code 6 and one line each, and the training that is resumed in as many processes must end with the
same bytes. The processes are started as torchrun starts them, but as forks of this one, which has torch loaded. Exits
with 1 if anything differs.
"""

import argparse
import json
import multiprocessing
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from multiprocessing.context import ForkProcess
from pathlib import Path

import sentiment.training  # noqa: F401  (the forks have it then)
from sentiment.cli import main as run_command

EXPERIMENT = """
data: {source: sample, validation_fraction: 0.2}
tokenizer: {vocab_size: 300, dropout: 0.1}
model:
  {embedding_size: 16, hidden_size: 24, token_dropout: 0.1, embedding_dropout: 0.1, weight_dropout: 0.1,
   output_dropout: 0.2, pooling: [mean, max, last], character_ngrams: 2}
training: {epochs: 2, batch_size: 16, average_decay: 0.9, threads: 1, checkpoint_interval_s: 0}
"""
EXPERIMENT_FILE = "noisy.yaml"
LOST = "lost the connection to another rank"
LONGEST_RUN_S = 1200


def run_rank(arguments: Sequence[str], environment: dict[str, str], log: Path) -> None:
    """Run the command in this process, a fork, with its output in a file."""
    os.environ.update(environment)
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    sys.argv = ["sentiment", *arguments]
    run_command()


@contextmanager
def started(arguments: Sequence[str], world: int, folder: Path) -> Iterator[list[ForkProcess]]:
    """Start the command in several processes; none is left at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1]), "WORLD_SIZE": str(world)}
    fork = multiprocessing.get_context("fork")
    processes = []
    for rank in range(world):
        environment = shared | {"RANK": str(rank), "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": str(world)}
        log = folder / f"rank{rank}.log"
        processes.append(fork.Process(target=run_rank, args=(arguments, environment, log)))
        processes[-1].start()
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.join()


def wait_for_step(unfinished: Path, step: float, processes: Sequence[ForkProcess]) -> int:
    """Wait until a checkpoint of a step, or of a later one, is there, or a process has ended; return the last seen."""
    seen, deadline = 0, time.monotonic() + LONGEST_RUN_S
    while seen < step and all(process.is_alive() for process in processes) and time.monotonic() < deadline:
        with suppress(FileNotFoundError):
            seen = json.loads((unfinished / "state.json").read_bytes())["progress"]["step"]
        time.sleep(0.002)
    return seen


def train(arguments: Sequence[str], world: int, folder: Path, out: Path) -> tuple[str, int]:
    """Train to the end; return the digest of the weights and the last step that was seen."""
    with started(arguments, world, folder) as processes:
        last = wait_for_step(Path(f"{out}.unfinished"), float("inf"), processes)
        for process in processes:
            process.join(LONGEST_RUN_S)
        if any(process.exitcode for process in processes):
            raise SystemExit(f"{' '.join(arguments)} failed: {(folder / 'rank0.log').read_text()}")
    return sha256((out / "model.safetensors").read_bytes()).hexdigest(), last


def killed(arguments: Sequence[str], world: int, folder: Path, out: Path, step: int, rank: int) -> str | None:
    """Kill a rank after a step; return what is wrong with the end of the others, or None."""
    with started(arguments, world, folder) as processes:
        wait_for_step(Path(f"{out}.unfinished"), step, processes)
        os.kill(processes[rank].pid or 0, signal.SIGKILL)
        for process in processes:
            process.join(60)
        others = [other for other in range(world) if other != rank]
        codes = [processes[other].exitcode for other in others]
        ends = [(folder / f"rank{other}.log").read_text().splitlines()[-1:] for other in others]
    if any(code != 6 for code in codes) or not all(LOST in line for [line] in ends):
        return f"the others ended with {codes}: {ends}"
    return None


def is_equal_after_kill(world: int, number: int, step: int, rank: int, wanted: str, folder: Path) -> bool:
    """Kill a training, resume it, and print a line about it."""
    out = folder / f"{world}.{number}"
    fault = killed(["train", str(folder / EXPERIMENT_FILE), "--out", str(out)], world, folder, out, step, rank)
    found, _ = train(["train", "--resume", str(out)], world, folder, out)
    verdict = "equal" if found == wanted else "DIFFERENT"
    print(f"world {world}, rank {rank} killed at step {step:>3}: {verdict} {fault or ''}".rstrip(), flush=True)
    return found == wanted and fault is None


def main() -> None:
    """Print a line for each kill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, nargs="+", default=[1, 2, 4], help="numbers of processes")
    parser.add_argument("--times", type=int, default=20, help="kills for each of them")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng, equal = random.Random(options.seed), []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / EXPERIMENT_FILE).write_text(EXPERIMENT)
        for world in options.worlds:
            out = folder / f"undisturbed{world}"
            wanted, last = train(["train", str(folder / EXPERIMENT_FILE), "--out", str(out)], world, folder, out)
            print(f"world {world}: {last} steps undisturbed", flush=True)
            for number in range(options.times):
                step, rank = rng.randrange(1, last), rng.randrange(world)
                equal.append(is_equal_after_kill(world, number, step, rank, wanted, folder))
    print(f"{sum(equal)} of {len(equal)} equal")
    raise SystemExit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
