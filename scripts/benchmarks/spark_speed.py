"""Measure predictions on Spark on this machine: against `predict --file`, over rows and cores, and the workers' memory.

    python scripts/benchmarks/spark_speed.py speed  --model korean-sentiment --rows 1000000
    python scripts/benchmarks/spark_speed.py curve --model korean-sentiment --rows 100000 1000000 --rounds 1
    python scripts/benchmarks/spark_speed.py curve --model korean-sentiment --rows 10000000 --rounds 1 --ways 'local[2]'

`speed` runs the command and the job in turn on the same Parquet file. The start of the JVM is measured apart, as a
cluster pays it once. `curve` runs with one and with two tasks at once, and without Spark in one process and in two; it
also prints the peak memory of any Python worker of Spark.
The texts are those of prediction_speed.py.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from prediction_speed import all_texts, spread, wall_seconds
from sentiment.bulk import AnswerColumns
from sentiment.model_dir import locate_model
from sentiment.spark.files import FilesRequest, predict_files
from sentiment.spark.session import start_session

GROUP_ROWS = 50_000
"""Rows of a row group: Spark gives whole ones to a task."""
WARMING = "warming.parquet"
"""A file for the first job, which has classes and models to load."""
WAYS = ("local[1]", "local[2]", "command", "processes")
"""Spark with one and two tasks at once, the command, and two processes of it for half of the rows each."""
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def write_rows(path: Path, num_rows: int) -> None:
    """Write numbered reviews, group by group; they are repeated if there are too few."""
    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    texts = cycle(list(all_texts()))
    with pq.ParquetWriter(path, schema) as writer:
        for begin in range(0, num_rows, GROUP_ROWS):
            numbers = list(range(begin, min(begin + GROUP_ROWS, num_rows)))
            writer.write_table(pa.table([numbers, list(islice(texts, len(numbers)))], schema=schema))


@contextmanager
def started(master: str) -> Iterator[SparkSession]:
    """Start Spark, and print how long that takes."""
    begin = time.monotonic()
    session = start_session(master, show_progress=False)
    print(f"{master}: started in {time.monotonic() - begin:.1f} s", flush=True)
    yield session
    session.stop()


def job_seconds(session: SparkSession, model: str, rows: Path) -> float:
    """Predict a file on Spark and return the duration of the job."""
    begin = time.monotonic()
    request = FilesRequest(str(rows), f"{rows}.spark", locate_model(model), AnswerColumns(), force=True)
    predict_files(request, session, lambda _: None)
    return time.monotonic() - begin


def compare(model: str, rows: Path, num_rows: int, options: argparse.Namespace) -> None:
    """Print rows a second of the command and of Spark with two tasks at once, in turn."""
    words = ["predict", "--file", str(rows), "--output", f"{rows}.out.parquet", "--force", "--model", model]
    command_line = [sys.executable, "-m", "sentiment", *words]
    ratios = []
    with started("local[2]") as session:
        first = job_seconds(session, model, rows)
        print(f"first job, with classes and models to load: {num_rows / first:,.0f} rows/s")
        for _ in range(options.rounds):
            command, job = wall_seconds(command_line), job_seconds(session, model, rows)
            ratios.append(command / job)
            print(f"predict --file {num_rows / command:,.0f} rows/s, Spark {num_rows / job:,.0f} rows/s", flush=True)
    print(f"Spark / predict --file: {spread(ratios)}")


def draw_curve(model: str, rows: Path, num_rows: int, options: argparse.Namespace) -> None:
    """Print the median duration of each way, and of jobs on Spark the peak memory of any Python worker."""
    for way in options.ways:
        if way.startswith("local"):
            with started(way) as session:
                job_seconds(session, model, rows.with_name(WARMING))
                with watched_peaks() as peaks:
                    seconds = statistics.median(job_seconds(session, model, rows) for _ in range(options.rounds))
            memory = f", peak of a Python worker {max(peaks):.0f} MB"
        else:
            parts = [rows] if way == "command" else list(halves_of(rows))
            seconds = statistics.median(seconds_together(model, parts) for _ in range(options.rounds))
            memory = ""
        print(f"{way}: {num_rows:,} rows in {seconds:.1f} s, {num_rows / seconds:,.0f} rows/s{memory}", flush=True)


def halves_of(rows: Path) -> Iterator[Path]:
    """Write the halves of a file, and yield their paths."""
    table = pq.read_table(rows)
    middle = len(table) // 2
    for number, half in enumerate((table[:middle], table[middle:])):
        path = rows.with_name(f"half{number}.parquet")
        pq.write_table(half, path, row_group_size=GROUP_ROWS)
        yield path


def seconds_together(model: str, parts: Sequence[Path]) -> float:
    """Run the command for all parts at the same time, start included; with a thread each where there are several."""
    threads = ["--threads", "1"] if len(parts) > 1 else []
    begin = time.monotonic()
    commands = []
    for part in parts:
        words = ["--file", str(part), "--output", f"{part}.out.parquet", "--force", "--model", model, *threads]
        command = [sys.executable, "-m", "sentiment", "predict", *words]
        commands.append(subprocess.Popen(command))
    codes = [command.wait() for command in commands]
    if any(codes):
        sys.exit("predict --file failed")
    return time.monotonic() - begin


def peak_mb() -> float:
    """Return the peak memory of any Python worker that runs now."""
    peak = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if b"pyspark.daemon" in (folder / "cmdline").read_bytes():
                found = PEAK.search((folder / "status").read_text())
                peak = max(peak, int(found[1]) if found else 0)
        except OSError:  # it has ended
            continue
    return peak * 1024 / 1e6


@contextmanager
def watched_peaks() -> Iterator[list[float]]:
    """Yield a list that gets the peak memory of the Python workers during the block, in MB."""
    peaks, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.2):
            peaks.append(peak_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()


def main() -> None:
    """Run the requested measurement for each number of rows."""
    measurements = {"speed": compare, "curve": draw_curve}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=measurements)
    parser.add_argument("--model", required=True, metavar="DIR|NAME")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS, help="points of the curve")
    options = parser.parse_args()
    for num_rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            rows = Path(folder) / "rows.parquet"
            write_rows(rows, num_rows)
            write_rows(rows.with_name(WARMING), 1_000)
            measurements[options.what](options.model, rows, num_rows, options)


if __name__ == "__main__":
    main()
