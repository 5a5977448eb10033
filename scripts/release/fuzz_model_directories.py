"""Corrupt model directories in many ways and use them: nothing may crash, hang, swell or give wrong predictions.

    python scripts/release/fuzz_model_directories.py --seed 1 --cases 2000 --keep failing
    python scripts/release/fuzz_model_directories.py --seed 1 --only 17 --keep failing

A case is a valid directory with some corruption, in most cases with updated hashes, which is listed, shown, verified,
used for prediction, read as a starting point and, if it is an encoder, used to generate text; each case in a separate
process. Failures are:

    signal     the process is killed by one, or leaves a running thread, which aborts it at exit
    hang       it takes more than 5 s of processor time, or is not done after 60 s
    memory     it takes more than 1 GB beyond the memory of this script before
    traceback  something raises an exception other than SentimentError
    silent     it predicts although its hashes were not updated and the predictions differ from those of the valid
               directory; or its predictions have other labels than its manifest

A case depends only on the seed and its number. The exit code is 1 if any failed.
"""

import argparse
import gc
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from directory_mutations import MUTATIONS, SHARE_STALE, Files, mutated, resealed, write
from directory_uses import NAME, SIGNAL, SILENT, TRACEBACK, Answers, use, use_sound

MAX_CPU_SECONDS, MAX_WALL_SECONDS = 5, 60
MAX_MEMORY_BYTES = 2**30
SHIPPED = Path(__file__).parents[2] / "sentiment" / "shipped"
FORMATS = Path(__file__).parents[2] / "tests" / "formats"
BASES = (FORMATS / "classifier-1", FORMATS / "encoder-1", SHIPPED / "korean-sentiment", SHIPPED / "korean-reviews")
VERDICTS = ("loaded", "refused", SIGNAL, "hang", "memory", TRACEBACK, SILENT)
"""The outcomes of a case; those from the third on are failures."""


@dataclass(frozen=True)
class Base:
    """A valid directory.

    Attributes:
        files: its content.
        answers: its predictions; None for an encoder.
    """

    files: Files
    answers: Answers | None

    @classmethod
    def read(cls, path: Path) -> "Base":
        """Read a directory and use it."""
        return cls({file.name: file.read_bytes() for file in path.iterdir()}, use_sound(path))


@dataclass(frozen=True)
class Outcome:
    """The outcome of a case.

    Attributes:
        verdict: one of `VERDICTS`.
        told: the exception, or how the process ended.
    """

    verdict: str
    told: str


def run_case(bases: Sequence[Base], kinds: Sequence[str], seed: int, number: int, folder: Path) -> tuple[str, Outcome]:
    """Make a case in an empty folder, and use it; return what was corrupted and the outcome."""
    rng = random.Random(f"{seed}:{number}")
    base, kind = rng.choice(bases), rng.choice(kinds)
    files, is_stale = mutated(base.files, kind, rng), rng.random() < SHARE_STALE
    write(files if is_stale else resealed(files), folder / "runs" / NAME, rng if kind == "special" else None)
    known = base.answers if is_stale or kind == "special" else None
    return kind, _in_a_process(folder, known)


def _in_a_process(folder: Path, known: Answers | None) -> Outcome:
    before = _resident_bytes()
    pid = os.fork()
    if pid == 0:
        try:
            _limit()
            use(folder, known)
        finally:
            os._exit(70)  # `use` ends the process itself
    started = time.monotonic()
    while True:
        ended, status, used = os.wait4(pid, os.WNOHANG)
        if ended:
            break
        if time.monotonic() - started > MAX_WALL_SECONDS:
            os.kill(pid, signal.SIGKILL)
            os.wait4(pid, 0)
            return Outcome("hang", f"waits after: {_steps(folder)}")
        time.sleep(0.002)
    if used.ru_utime + used.ru_stime > MAX_CPU_SECONDS:
        return Outcome("hang", f"{used.ru_utime + used.ru_stime:.1f} s of processor time in: {_steps(folder)}")
    if os.WIFSIGNALED(status):
        return Outcome(SIGNAL, f"{signal.Signals(os.WTERMSIG(status)).name} in: {_steps(folder)}")
    if (swollen := used.ru_maxrss * 1024 - before) > MAX_MEMORY_BYTES:
        return Outcome("memory", f"{swollen / 1e9:.1f} GB in: {_steps(folder)}")
    result = folder / "result.json"
    if not result.exists():
        return Outcome(SIGNAL, f"ended with {os.waitstatus_to_exitcode(status)} in: {_steps(folder)}")
    return Outcome(**json.loads(result.read_text()))


def _limit() -> None:
    """Limit the resources of a case, to protect the machine."""
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS + 1, MAX_CPU_SECONDS + 3))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    virtual_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (virtual_bytes + 4 * 2**30,) * 2)


def _resident_bytes() -> int:
    """Return the current memory of this process, which a fork starts with; its peak may have been far higher."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _steps(folder: Path) -> str:
    path = folder / "steps.txt"
    return path.read_text().splitlines()[-1] if path.exists() else "the beginning"


def keep(folder: Path, target: Path) -> None:
    """Copy a case including pipes and sparse files, some of which are gigabytes in size but take no space."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", "--sparse=always", folder, target], check=True)


def show_table(counts: Mapping[tuple[str, str], int]) -> None:
    """Print the number of cases of each kind and outcome."""
    print(f"{'broken':10}" + "".join(f"{verdict:>10}" for verdict in VERDICTS))
    for kind in sorted({kind for kind, _ in counts}):
        print(f"{kind:10}" + "".join(f"{counts.get((kind, verdict), 0):10,}" for verdict in VERDICTS))


def main() -> None:
    """Run the cases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cases", type=int, default=1_000, metavar="N")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="run a single case, by its number")
    parser.add_argument("--bases", type=Path, nargs="+", default=BASES, metavar="DIR", help="valid directories")
    parser.add_argument("--kinds", nargs="+", choices=[*MUTATIONS], default=[*MUTATIONS], metavar="KIND")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="folder to keep failing cases in")
    chosen = parser.parse_args()
    bases = [Base.read(path) for path in chosen.bases]
    counts: Counter[tuple[str, str]] = Counter()
    gc.freeze()  # the collector would copy every page of a forked process
    numbers = range(chosen.cases) if chosen.only is None else [chosen.only]
    with tempfile.TemporaryDirectory() as scratch:
        for number in numbers:
            folder = Path(scratch) / str(number)
            kind, outcome = run_case(bases, chosen.kinds, chosen.seed, number, folder)
            counts[kind, outcome.verdict] += 1
            if outcome.verdict in VERDICTS[2:]:
                print(f"case {number}: {kind}: {outcome.verdict}: {outcome.told}", flush=True)
                if chosen.keep is not None:
                    keep(folder, chosen.keep / f"{chosen.seed}-{number}")
            shutil.rmtree(folder, ignore_errors=True)
    show_table(counts)
    sys.exit(any(verdict in VERDICTS[2:] for _, verdict in counts))


if __name__ == "__main__":
    main()
