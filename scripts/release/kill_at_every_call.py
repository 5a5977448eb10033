"""Kill predictions at every system call that changes the disk, resume each, and compare every file.

    python scripts/release/kill_at_every_call.py runs/default

strace kills a real `sentiment predict` with SIGKILL at its first fsync, then at its second, and so on to its last, and
likewise for every kind of call; each run is resumed with --resume, and its files are compared with those of an
uninterrupted one. The kill happens before the call is executed; killing after it is covered by the next call. Prints a
line for each format, in place and not, and each kind of call. Exits with 1 if any byte differs.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from sentiment.callbacks import Notify

SENTIMENT = [sys.executable, "-m", "sentiment"]
CALLS = {
    "fsync": "fsync,fdatasync",
    "rename": "/^rename",
    "unlink": "/^unlink",
    "ftruncate": "ftruncate",
}
TEXTS = ("이 영화 정말 최고예요", "배우가 아깝다", "돈이 아까워요", "배송이 빨라서 좋았어요", "두 번은 못 보겠다")
SIGKILL_EXIT_CODES = {-9, 137}


@dataclass(frozen=True)
class Job:
    """A run over a table of some format.

    Attributes:
        table: Its name.
        in_place: Whether the output replaces it.
        model: The model to use.
    """

    table: str
    in_place: bool
    model: str

    def command(self) -> list[str]:
        """Return the command that predicts the table."""
        where = ["--in-place"] if self.in_place else ["--output", f"answered{Path(self.table).suffix}"]
        return [*SENTIMENT, "predict", "--file", self.table, *where, "--rejects", "rejects", "--model", self.model]


def write_tables(folder: Path, rows: int) -> list[str]:
    """Write a table of each available format, and return their names."""
    texts = [f"{TEXTS[number % len(TEXTS)]} {number}" for number in range(rows)]
    lines = (f"{number},{text}\n" if number % 100 else f"{number}\n" for number, text in enumerate(texts))
    (folder / "rows.csv").write_text("id,text\n" + "".join(lines), encoding="utf-8")
    _write_workbook(folder / "rows.xlsx", texts)
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        print("no Parquet: pyarrow is not installed", file=sys.stderr)
        return ["rows.csv", "rows.xlsx"]
    pq.write_table(pa.table({"text": texts}), folder / "rows.parquet")
    return ["rows.csv", "rows.xlsx", "rows.parquet"]


def _write_workbook(path: Path, texts: list[str]) -> None:
    """Write a minimal workbook."""
    namespace = "http://schemas.openxmlformats.org"
    cells = "".join(f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>' for text in ["text", *texts])
    kind = f"{namespace}/officeDocument/2006/relationships"
    relationships = f'<Relationships xmlns="{namespace}/package/2006/relationships"><Relationship Id="r1" Type="{kind}/'
    main = f'xmlns="{namespace}/spreadsheetml/2006/main" xmlns:r="{kind}"'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", f'<Types xmlns="{namespace}/package/2006/content-types"/>')
        package.writestr("_rels/.rels", f'{relationships}officeDocument" Target="book.xml"/></Relationships>')
        package.writestr("book.xml", f'<workbook {main}><sheets><sheet name="1" r:id="r1"/></sheets></workbook>')
        package.writestr("_rels/book.xml.rels", f'{relationships}worksheet" Target="sheet.xml"/></Relationships>')
        package.writestr("sheet.xml", f"<worksheet {main}><sheetData>{cells}</sheetData></worksheet>")


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def run(command: list[str], folder: Path) -> int:
    """Run a command in a folder and return its exit code."""
    return subprocess.run(
        command, cwd=folder, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ).returncode


def kills(job: Job, start: Path, expected: dict[str, bytes], calls: str) -> Iterator[bool]:
    """Yield, for each call of a kind, whether a run killed there was resumed to the files of an uninterrupted one."""
    for number in count(1):
        with tempfile.TemporaryDirectory(dir=start.parent) as name:
            folder = Path(name)
            shutil.copy(start / job.table, folder)
            inject = f"inject={calls}:signal=SIGKILL:when={number}"
            code = run(["strace", "-f", "-o", "/dev/null", "-e", inject, *job.command()], folder)
            if code not in SIGKILL_EXIT_CODES:
                if code or files(folder) != expected:
                    raise SystemExit(f"{job.table}: ended with {code} where nothing should have happened")
                return
            if files(folder) != expected:  # otherwise it was already complete
                run([*job.command(), "--resume"], folder)
            yield files(folder) == expected


def report(job: Job, start: Path, tell: Notify) -> bool:
    """Print a line for each kind of call; return whether every run came out equal."""
    whole = start.parent / "whole"
    whole.mkdir()
    shutil.copy(start / job.table, whole)
    if run(job.command(), whole):
        raise SystemExit(f"{job.table}: an undisturbed run fails; is the model sound?")
    expected = files(whole)
    shutil.rmtree(whole)
    are_equal = True
    for name, calls in CALLS.items():
        equal = list(kills(job, start, expected, calls))
        tell(
            f"{Path(job.table).suffix[1:]:8} {'in place' if job.in_place else 'new file':9} {name:12} "
            f"{len(equal):5} kills {sum(equal):5} equal"
        )
        are_equal &= all(equal)
    return are_equal


def main() -> None:
    """Print a table of kills."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="directory or name of a model")
    parser.add_argument("--rows", type=int, default=20_000, help="of each table; a window has 8,192")
    parser.add_argument("--format", choices=["csv", "xlsx", "parquet"], help="only this format")
    arguments = parser.parse_args()
    if shutil.which("strace") is None:
        parser.error("strace is not installed")
    model = str(Path(arguments.model).resolve()) if Path(arguments.model).is_dir() else arguments.model
    with tempfile.TemporaryDirectory() as name:
        start = Path(name, "start")
        start.mkdir()
        tables = [table for table in write_tables(start, arguments.rows) if arguments.format in {None, table[5:]}]
        jobs = [Job(table, in_place, model) for table in tables for in_place in (False, True)]
        equal = [report(job, start, lambda line: print(line, flush=True)) for job in jobs]
    raise SystemExit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
