"""A prediction that is stopped, whenever and however, goes on to the bytes of an undisturbed one."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.tables.conftest import workbook_parts, zipped
from tests.warm import WarmProcess

if TYPE_CHECKING:
    from .conftest import Command

SEED = 7
WINDOW_ROWS = 2_048
ROWS, FEWER_ROWS = 8 * WINDOW_ROWS - 500, 6 * WINDOW_ROWS - 500
SMALL_WINDOWS = {
    "sentiment.bulk.tables.WINDOW_ROWS": WINDOW_ROWS,
    "sentiment.tables.text_files.text_table.WINDOW_ROWS": WINDOW_ROWS,
}
"""So that a stopped run has finished some windows of few rows."""


def write_csv(path: Path, texts: list[str]) -> None:
    lines = (f'{n},"{text}"\r\n' if n % 1_000 else f"{n}\r\n" for n, text in enumerate(texts))
    path.write_text("id,text\r\n" + "".join(lines), newline="", encoding="utf-8")


def write_xlsx(path: Path, texts: list[str]) -> None:
    rows = "".join(f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>' for text in ["text", *texts])
    path.write_bytes(zipped(workbook_parts(f"<sheetData>{rows}</sheetData>")))


def write_parquet(path: Path, texts: list[str]) -> None:
    pq.write_table(pa.table({"text": texts}), path)


WRITERS: dict[str, tuple[Callable[[Path, list[str]], None], int]] = {
    "csv": (write_csv, ROWS),
    "xlsx": (write_xlsx, FEWER_ROWS),
    "parquet": (write_parquet, FEWER_ROWS),
}


@dataclass(frozen=True)
class Job:
    """A run over a table, and the files of an undisturbed one."""

    command: "Command"
    folder: Path
    model: Path
    suffix: str

    @property
    def output(self) -> Path:
        return self.folder / f"stopped.{self.suffix}"

    @property
    def journal(self) -> Path:
        return self.output.with_name(self.output.name + ".journal")

    def arguments(self, stem: str) -> list[str]:
        arguments = ["predict", "--file", f"rows.{self.suffix}", "--output", f"{stem}.{self.suffix}"]
        return [*arguments, "--rejects", f"{stem}.rejects", "--threads", "1", "--model", str(self.model)]

    def start(self, *options: str) -> WarmProcess:
        return self.command.start([*self.arguments("stopped"), *options], self.folder, constants=SMALL_WINDOWS)

    def states(self) -> int:
        """Return how many windows the journal counts as done."""
        return max(0, self.journal.read_bytes().count(b"\n") - 1) if self.journal.exists() else 0

    def stop(self, process: WarmProcess, number: int, more_windows: int, delay_s: float) -> tuple[int, str]:
        """Send a signal some time after so many more windows are done; return exit code and stderr."""
        deadline = time.monotonic() + 60
        windows = self.states() + more_windows
        while self.states() < windows and process.poll() is None:
            assert time.monotonic() < deadline, "it does not come forward"
            time.sleep(0.002)
        time.sleep(delay_s)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
        assert stdout == ""
        assert "Traceback" not in stderr
        return process.wait(), stderr

    def finish(self) -> str:
        """Go on to the end, and see that all is as if nothing had happened."""
        ended = self.command.run_changed(
            [*self.arguments("stopped"), "--resume", "--force"], self.folder, SMALL_WINDOWS
        )
        assert ended.returncode == 0, ended.stderr
        assert self.output.read_bytes() == (self.folder / f"whole.{self.suffix}").read_bytes()
        assert (self.folder / "stopped.rejects").read_bytes() == (self.folder / "whole.rejects").read_bytes()
        names = {path.name for path in self.folder.iterdir()}
        assert names == {f"{stem}.{self.suffix}" for stem in ("rows", "whole", "stopped")} | {
            "whole.rejects",
            "stopped.rejects",
        }
        self.output.unlink()
        (self.folder / "stopped.rejects").unlink()
        return ended.stderr


@pytest.fixture(scope="module")
def job(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, command: "Command", marking_model: Path
) -> Job:
    suffix = request.param
    write, num_rows = WRITERS[suffix]
    rng = random.Random(SEED)
    words = ["good", "bad", "film", "배우가", "아깝다", "최고예요"]
    texts = [" ".join(rng.choices(words, k=rng.randrange(1, 6))) for _ in range(num_rows)]
    job = Job(command, tmp_path_factory.mktemp(suffix), marking_model, suffix)
    write(job.folder / f"rows.{suffix}", texts)
    ended = command.run_changed(job.arguments("whole"), job.folder, SMALL_WINDOWS)
    assert ended.returncode == 0, ended.stderr
    return job


csv_only = pytest.mark.parametrize("job", ["csv"], indirect=True)
every_kind = pytest.mark.parametrize("job", list(WRITERS), indirect=True)


@csv_only
def test_killed_four_times(job: Job) -> None:
    rng = random.Random(SEED)
    kills = 0
    for _ in range(4):
        process = job.start("--resume")
        code, _ = job.stop(process, signal.SIGKILL, 1, rng.uniform(0.0, 0.05))
        kills += code == -signal.SIGKILL
        if code == 0:  # faster than the kill
            break
        assert not job.output.exists()
        assert job.journal.exists()
    assert kills >= 2
    if not job.output.exists():
        assert "resuming after row" in job.finish()


@every_kind
def test_stopped_in_every_way(job: Job) -> None:
    job.stop(job.start(), signal.SIGKILL, 0, 0.1)  # before anything is done
    code, _ = job.stop(job.start("--resume"), signal.SIGKILL, 1, 0.02)
    assert code == -signal.SIGKILL
    refused = job.command.run_changed(job.arguments("stopped"), job.folder, SMALL_WINDOWS)
    assert refused.returncode == 7
    assert "resume it with --resume, or start over with --force" in refused.stderr.splitlines()[-1]
    code, stderr = job.stop(job.start("--resume"), signal.SIGINT, 1, 0.02)
    assert code == 130
    last = stderr.splitlines()[-1]
    assert last.startswith("error: stopped after ")
    assert last.endswith(" rows; continue with the same command and --resume")
    if job.suffix == "csv":  # the others have no more windows
        code, stderr = job.stop(job.start("--resume"), signal.SIGTERM, 1, 0.02)
        assert code == -signal.SIGTERM
        assert "error" not in stderr
    assert not job.output.exists()
    assert "resuming after row" in job.finish()


@csv_only
def test_ctrl_c_while_it_loads(job: Job) -> None:
    """No moment of the start shows a traceback of ours: nothing is begun, and the process ends at once."""
    script = (
        "import os, signal, sys\n"
        "from sentiment.cli import main\n"
        "sys.addaudithook(lambda event, args: event == 'import' and args[0] == 'onnxruntime' and\n"
        "                 os.kill(os.getpid(), signal.SIGINT))\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *job.arguments("stopped")],
        cwd=job.folder,
        env=job.command.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == -signal.SIGINT
    assert ended.stderr == ""
    assert not job.journal.exists()


@csv_only
@pytest.mark.parametrize("source", ["--file rows.csv --rejects /tmp/never", "< rows.csv"])
def test_a_reader_that_leaves(job: Job, source: str, tmp_path: Path) -> None:
    source = source.replace("/tmp/never", str(tmp_path / "rejects"))
    line = f"'{sys.executable}' -m sentiment predict --model '{job.model}' {source} | head -3; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", line], cwd=job.folder, env=job.command.environment(), capture_output=True, text=True, check=True
    )
    *lines, code = ended.stdout.splitlines()
    assert (len(lines), code) == (3, "141")
    assert "Traceback" not in ended.stderr
    assert "error" not in ended.stderr
    assert not list(tmp_path.iterdir())
