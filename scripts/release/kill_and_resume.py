"""Kill predictions at random times, resume each, and compare every byte with an uninterrupted run.

    python scripts/release/kill_and_resume.py runs/default --times 20

Each time a new run is killed with SIGKILL at a time drawn uniformly from the duration of an uninterrupted one, and
finished with --resume. Every hundredth row is broken, so that there are also rejects. Exits with 1 if any byte differs.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SENTIMENT = [sys.executable, "-m", "sentiment"]
TEXTS = ("이 영화 정말 최고예요", "배우가 아깝다", "돈이 아까워요", "배송이 빨라서 좋았어요", "두 번은 못 보겠다")


def write_table(path: Path, rows: int, rng: random.Random) -> None:
    """Write a CSV file of texts of many lengths."""
    with path.open("w", encoding="utf-8") as file:
        file.write("id,text\n")
        for number in range(rows):
            text = " ".join(rng.choices(TEXTS, k=rng.randrange(1, 6)))
            file.write(f'{number},"{text}"\n' if number % 100 else f"{number}\n")


def command(table: Path, output: Path, model: str) -> list[str]:
    """Return the command that predicts a table."""
    paths = ["--file", str(table), "--output", str(output), "--rejects", f"{output}.rejects"]
    return [*SENTIMENT, "predict", *paths, "--model", model]


def run(arguments: list[str]) -> float:
    """Run a command to its end and return its duration in seconds."""
    started = time.monotonic()
    subprocess.run(arguments, check=True, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def kill(arguments: list[str], after_s: float) -> bool:
    """Start a command and kill it; return whether it was killed before its end."""
    process = subprocess.Popen(arguments, stderr=subprocess.DEVNULL)
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return process.returncode != 0


def rows_done(output: Path) -> int:
    """Return the number of finished rows in the journal of an unfinished output."""
    journal = Path(f"{output}.journal")
    states = journal.read_bytes().split(b"\n")[1:-1] if journal.exists() else []
    return int(json.loads(states[-1])["counts"]["rows"]) if states else 0


def content(output: Path) -> tuple[bytes, bytes]:
    """Return the bytes of an output and of its rejects."""
    return output.read_bytes(), Path(f"{output}.rejects").read_bytes()


def is_equal_after_kill(table: Path, whole: Path, model: str, after_s: float) -> bool:
    """Kill a run, resume it, and print a line about it."""
    output = table.with_name(f"killed{table.suffix}")
    arguments = command(table, output, model)
    was_killed = kill(arguments, after_s)
    rows = rows_done(output)
    run([*arguments, "--resume", "--force"])
    names = {path.name for path in table.parent.iterdir()}
    left_over = names - {file.name + end for file in (table, whole, output) for end in ("", ".rejects")}
    is_equal = content(output) == content(whole) and not left_over
    moment = f"killed after {after_s:6.2f} s" if was_killed else f"ended before {after_s:6.2f} s"
    print(f"{moment}, {rows:>9,} rows done: {'equal' if is_equal else 'DIFFERENT'} {' '.join(left_over)}".rstrip())
    sys.stdout.flush()
    output.unlink()
    Path(f"{output}.rejects").unlink()
    return is_equal


def main() -> None:
    """Print a line for each kill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="directory or name of a model")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        table, whole = Path(folder, "rows.csv"), Path(folder, "whole.csv")
        write_table(table, arguments.rows, rng)
        seconds = run(command(table, whole, arguments.model))
        print(f"undisturbed: {arguments.rows:,} rows in {seconds:.2f} s", flush=True)
        moments = [rng.uniform(0.0, seconds) for _ in range(arguments.times)]
        equal = [is_equal_after_kill(table, whole, arguments.model, moment) for moment in moments]
    print(f"{sum(equal)} of {len(equal)} equal")
    raise SystemExit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
