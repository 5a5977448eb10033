"""Measure predictions on Spark on this machine: against `predict --file`, over rows and cores, and the workers' memory.

    python scripts/benchmarks/spark_speed.py speed  --model korean-sentiment --rows 1000000
    python scripts/benchmarks/spark_speed.py curve  --model korean-sentiment --rows 100000 1000000 10000000
    python scripts/benchmarks/spark_speed.py memory --model korean-sentiment --rows 100000 1000000 10000000

`speed` runs the command and the job in turn on the same Parquet file. The start of the JVM is measured apart, as a
cluster pays it once. `curve` runs with one and with two tasks at once. `memory` prints the peak of any Python worker.
The texts are those of prediction_speed.py.
"""

import argparse
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
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


def compare(model: str, rows: Path, num_rows: int, rounds: int) -> None:
    """Print rows a second of the command and of Spark with two tasks at once, in turn."""
    words = ["predict", "--file", str(rows), "--output", f"{rows}.out.parquet", "--force", "--model", model]
    command_line = [sys.executable, "-m", "sentiment", *words]
    ratios = []
    with started("local[2]") as session:
        first = job_seconds(session, model, rows)
        print(f"first job, with classes and models to load: {num_rows / first:,.0f} rows/s")
        for _ in range(rounds):
            command, job = wall_seconds(command_line), job_seconds(session, model, rows)
            ratios.append(command / job)
            print(f"predict --file {num_rows / command:,.0f} rows/s, Spark {num_rows / job:,.0f} rows/s", flush=True)
    print(f"Spark / predict --file: {spread(ratios)}")


def draw_curve(model: str, rows: Path, num_rows: int, rounds: int) -> None:
    """Print the median duration of a job with one and with two tasks at once."""
    for master in ("local[1]", "local[2]"):
        with started(master) as session:
            job_seconds(session, model, rows)
            seconds = statistics.median(job_seconds(session, model, rows) for _ in range(rounds))
        print(f"{master}: {num_rows:,} rows in {seconds:.1f} s, {num_rows / seconds:,.0f} rows/s", flush=True)


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


def measure_memory(model: str, rows: Path, num_rows: int, _rounds: int) -> None:
    """Print the peak memory of the Python workers of a job."""
    peaks, ended = [0.0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.2):
            peaks.append(peak_mb())

    with started("local[2]") as session:
        watcher = threading.Thread(target=watch)
        watcher.start()
        seconds = job_seconds(session, model, rows)
        ended.set()
        watcher.join()
    print(f"{num_rows:,} rows in {seconds:.1f} s: peak of a Python worker {max(peaks):.0f} MB", flush=True)


def main() -> None:
    """Run the requested measurement for each number of rows."""
    measurements = {"speed": compare, "curve": draw_curve, "memory": measure_memory}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=measurements)
    parser.add_argument("--model", required=True, metavar="DIR|NAME")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for num_rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            rows = Path(folder) / "rows.parquet"
            write_rows(rows, num_rows)
            measurements[options.what](options.model, rows, num_rows, options.rounds)


if __name__ == "__main__":
    main()
