"""Kill Python workers and drivers of Spark jobs at random moments, and compare all rows with an undisturbed job.

    python scripts/release/spark_guarantees.py korean-sentiment --workers 20 --drivers 10
    python scripts/release/spark_guarantees.py korean-sentiment --master 'local-cluster[2,1,1024]'

A killed worker fails its task, which Spark repeats: the job ends as if nothing had happened. A killed driver ends the
job: the output must be missing, or complete and marked so, and a second run must give it. Each moment is drawn
uniformly from the duration of an undisturbed run. Exits with 1 if a row differs in any bit, or in its place.
"""

import argparse
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sentiment.bulk import AnswerColumns
from sentiment.model_dir import locate_model
from sentiment.spark.files import FilesRequest, predict_files
from sentiment.spark.session import start_session

TEXTS = (
    "이 영화 정말 최고예요",
    "배우가 아깝다",
    "돈이 아까워요",
    "배송이 빨라서 좋았어요",
    "두 번은 못 보겠다",
    "",
    None,
)
FILES = 8
DAEMON = b"pyspark.daemon"
PART = re.compile(r"part-(\d+)-.*\.parquet")


def write_rows(folder: Path, rows: int, rng: random.Random) -> None:
    """Write Parquet files of numbered texts of many lengths, some of them null or empty."""
    folder.mkdir()
    for file in range(FILES):
        numbers = list(range(file, rows, FILES))
        chosen = [rng.choices(TEXTS, k=rng.randrange(1, 6)) for _ in numbers]
        texts = [None if parts[0] is None else " ".join(filter(None, parts)) for parts in chosen]
        pq.write_table(pa.table({"id": numbers, "text": pa.array(texts, pa.string())}), folder / f"{file}.parquet")


def digest_of_rows(path: Path) -> str:
    """Return a digest of all rows of a file, in order.

    Not of the file: its footer lists encodings in an order that differs from one JVM to the next.
    """
    rows = pq.read_table(path).combine_chunks()
    content = pa.BufferOutputStream()
    with pa.ipc.new_stream(content, rows.schema) as writer:
        writer.write_table(rows)
    return hashlib.sha256(content.getvalue()).hexdigest()


def parts(output: Path) -> dict[str, str]:
    """Return a digest of the rows of each file of an output, by its number."""
    return {match[1]: digest_of_rows(path) for path in output.iterdir() if (match := PART.fullmatch(path.name))}


def check_whole(output: Path, rows: int) -> None:
    """Check that an output holds each row once, and is marked complete."""
    table = pq.read_table(output)
    assert (output / "_SUCCESS").exists()
    assert sorted(table["id"].to_pylist()) == list(range(rows))


def processes_with(word: bytes) -> dict[int, int]:
    """Return the processes whose command line contains a word, each with its parent."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if word in (folder / "cmdline").read_bytes():
                found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended
            continue
    return found


def workers_below(ancestor: int) -> list[int]:
    """Return the Python workers of a driver: what its daemons have forked."""
    daemons = processes_with(DAEMON)
    return [pid for pid, parent in daemons.items() if parent in daemons and ancestor in _ancestors(pid)]


def _ancestors(pid: int) -> list[int]:
    line = []
    while pid > 1:
        line.append(pid)
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return line


def kill_a_worker(after_s: float, rng: random.Random, ended: threading.Event, killed: threading.Event) -> None:
    """Wait, then kill a Python worker of this process, as soon as there is one."""
    if ended.wait(after_s):
        return
    while not ended.is_set():
        if pids := workers_below(os.getpid()):
            os.kill(rng.choice(pids), signal.SIGKILL)
            killed.set()
            return
        ended.wait(0.01)


def worker_kills(arguments: argparse.Namespace, folder: Path, rng: random.Random) -> list[bool]:
    """Kill a worker in each of several jobs of one session, and return which outputs are equal."""
    session = start_session(arguments.master, show_progress=False)

    def run(output: Path) -> float:
        started = time.monotonic()
        request = FilesRequest(str(folder / "in"), str(output), locate_model(arguments.model), AnswerColumns())
        predict_files(request, session, lambda _: None)
        return time.monotonic() - started

    run(folder / "warm")
    seconds = run(folder / "whole")
    check_whole(folder / "whole", arguments.rows)
    expected = parts(folder / "whole")
    print(f"undisturbed: {arguments.rows:,} rows in {seconds:.2f} s, {len(expected)} files", flush=True)
    equal = [parts(folder / "warm") == expected]
    kills = 0
    while kills < arguments.workers:
        ended, killed, output = threading.Event(), threading.Event(), folder / "killed"
        after_s = rng.uniform(0.0, seconds)
        killer = threading.Thread(target=kill_a_worker, args=(after_s, rng, ended, killed))
        killer.start()
        run(output)
        ended.set()
        killer.join()
        check_whole(output, arguments.rows)
        equal.append(parts(output) == expected)
        kills += killed.is_set()
        what = "killed a worker after" if killed.is_set() else "ended before"
        print(f"{what} {after_s:6.2f} s: {'equal' if equal[-1] else 'DIFFERENT'}", flush=True)
        shutil.rmtree(output)
    session.stop()
    return equal


def driver_kills(arguments: argparse.Namespace, folder: Path, rng: random.Random) -> list[bool]:
    """Kill a whole driver several times, run it again, and return which outputs are equal."""
    expected, output = parts(folder / "whole"), folder / "again"
    words = ["predict", "--engine", "spark", "--master", arguments.master, "--model", arguments.model, "--force"]
    words += ["--file", str(folder / "in"), "--output", str(output)]
    command = [sys.executable, "-m", "sentiment", *words]
    started = time.monotonic()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - started
    print(f"undisturbed, with the start of Spark: {seconds:.2f} s", flush=True)
    equal = [parts(output) == expected]
    for _ in range(arguments.drivers):
        shutil.rmtree(output)
        after_s = rng.uniform(0.0, seconds)
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # Python and the JVM, which is of its group
            process.wait()
        state = "none" if not output.exists() else "complete" if (output / "_SUCCESS").exists() else "unmarked"
        unfinished = Path(f"{output}.unfinished").exists()
        if state == "complete":
            check_whole(output, arguments.rows)
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        check_whole(output, arguments.rows)
        left_over = [path.name for path in folder.glob("again.*")]
        equal.append(parts(output) == expected and not left_over and (state != "unmarked" or not unfinished))
        seen = f"output {state}{', unfinished files' if unfinished else ''}"
        print(f"killed after {after_s:6.2f} s ({seen}), run again: {'equal' if equal[-1] else 'DIFFERENT'}", flush=True)
    return equal


def main() -> None:
    """Print a line for each kill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="directory or name of a model")
    parser.add_argument("--master", default="local[2,4]", help="with the failures that a task may have")
    parser.add_argument("--workers", type=int, default=20, help="kills of a Python worker")
    parser.add_argument("--drivers", type=int, default=10, help="kills of a driver")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_rows(folder / "in", arguments.rows, rng)
        equal = worker_kills(arguments, folder, rng)
        if arguments.drivers:
            equal += driver_kills(arguments, folder, rng)
    print(f"{sum(equal)} of {len(equal)} equal")
    raise SystemExit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
