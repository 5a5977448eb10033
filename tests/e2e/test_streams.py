"""What only a real process shows: an answer to each line as it comes, and progress on a terminal and without one."""

import contextlib
import json
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sentiment.errors import OutputError
from tests.warm import WarmProcess

if TYPE_CHECKING:
    from .conftest import Command

PATIENCE_S = 30
ROWS = 40_000


@contextlib.contextmanager
def running(command: "Command", folder: Path, *arguments: str) -> Iterator[WarmProcess]:
    process = command.start(arguments, folder, stdin=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


def read_line(process: WarmProcess) -> str:
    """Return the next line of standard output, which must come while standard input is open."""
    assert process.stdout
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([process.stdout], [], [], PATIENCE_S)[0], "no answer came"
        line += os.read(process.stdout.fileno(), 1)
    return line.decode()


@pytest.mark.parametrize(
    ("options", "header", "rows"),
    [
        ([], None, {"good film\n": "film", "\n": "", "배우가 아깝다\r\n": "배우가"}),
        (["--file", "-"], None, {"good film\n": "@neg\t", "\n": "\t", "배우가 아깝다\r\n": "배우가"}),
        (
            ["--file", "-", "--format", "csv"],
            ("id,text\n", "id,text,predicted_label,predicted_probability\n"),
            {"1,good\n": "1,good,@", '2,"bad"\n': '2,"bad",@', "3,\n": "3,,,"},
        ),
        (["--file", "-", "--format", "jsonl"], None, {'{"text": "good"}\n': '"predicted_label": "@'}),
    ],
    ids=["bare", "lines", "csv", "jsonl"],
)
def test_each_line_is_answered_as_it_comes(
    tmp_path: Path,
    command: "Command",
    marking_model: Path,
    options: list[str],
    header: tuple[str, str] | None,
    rows: dict[str, str],
) -> None:
    with running(command, tmp_path, "predict", "--model", str(marking_model), *options) as process:
        assert process.stdin
        if header:
            process.stdin.write(header[0])
        for number, (row, answer) in enumerate([*rows.items()] * 2):
            process.stdin.write(row)
            process.stdin.flush()
            if header and not number:
                assert read_line(process) == header[1]
            assert answer in read_line(process)
        process.stdin.close()
        assert process.stdout
        assert process.stdout.read() == ""
        assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize(
    "options", [[], ["--json"], ["--file", "-"], ["--file", "-", "--format", "jsonl"]], ids=" ".join
)
def test_answers_are_not_added_to_the_texts_that_are_read(
    tmp_path: Path, command: "Command", marking_model: Path, options: list[str]
) -> None:
    """As in `sentiment predict < texts >> texts`."""
    path = tmp_path / "texts"
    path.write_text('{"text": "good"}\n')
    with path.open("rb") as texts, path.open("ab") as answers:
        ended = subprocess.run(
            [sys.executable, "-m", "sentiment", "predict", "--model", str(marking_model), *options],
            env=command.environment(),
            stdin=texts,
            stdout=answers,
            stderr=subprocess.PIPE,
            timeout=PATIENCE_S,
            text=True,
            check=False,
        )
    assert ended.returncode == OutputError.exit_code
    assert "standard output: is the input itself; " in ended.stderr.splitlines()[-1]
    assert path.read_text() == '{"text": "good"}\n'


def test_half_a_line_waits_for_its_other_half(tmp_path: Path, command: "Command", marking_model: Path) -> None:
    with running(command, tmp_path, "predict", "--model", str(marking_model)) as process:
        assert process.stdin
        for half in ("good film\ngo", "od\n"):
            process.stdin.write(half)
            process.stdin.flush()
            assert read_line(process).split("\t")[2] == {"good film\ngo": "good film\n", "od\n": "good\n"}[half]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n" + "".join(f"{n},good film {n}\n" for n in range(ROWS)) + "broken\n")
    return path


def options_for(table: Path, model: Path) -> list[str]:
    output, rejects = table.with_name("answered.csv"), table.with_name("rejects")
    return ["predict", "--file", table.name, "--output", str(output), "--rejects", str(rejects), "--model", str(model)]


def test_progress_as_json(
    table: Path, command: "Command", marking_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        "import sentiment.cli.predict_table as table\n"
        "table.SECONDS_BETWEEN_LINES = 0\n"
        "from sentiment.cli import main\n"
        "main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *options_for(table, marking_model), "--json"],
        cwd=table.parent,
        env=command.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == ""
    events = [json.loads(line) for line in ended.stderr.splitlines()]
    progress = [event for event in events if event["event"] == "progress"]
    assert {event["event"] for event in events} == {"note", "progress", "done"}
    assert len(progress) == 5
    assert sorted(event["rows"] for event in progress) == [event["rows"] for event in progress]
    assert all(0 < event["fraction"] <= 1 and event["rows_per_second"] > 0 for event in progress)
    assert all(event["seconds_left"] >= 0 for event in progress)
    assert events[-1] == {
        "event": "done",
        "rows": ROWS + 1,
        "written": ROWS,
        "rejected": 1,
        "empty": 0,
        "in_windows": 0,
        "most_windows": 1,
    }


def test_a_bar_on_a_terminal_and_none_elsewhere(table: Path, command: "Command", marking_model: Path) -> None:
    arguments = [sys.executable, "-m", "sentiment", *options_for(table, marking_model)]
    environment = command.environment() | {"TERM": "xterm-256color", "COLUMNS": "120"}
    quiet = subprocess.run(arguments, cwd=table.parent, env=environment, capture_output=True, text=True, check=True)
    last = f"rows.csv: {ROWS + 1:,} rows in = {ROWS:,} out + 1 rejected"
    assert quiet.stderr.splitlines()[-1] == last
    assert "\x1b" not in quiet.stderr
    assert "rows/s" not in quiet.stderr
    shown = show([*arguments, "--force"], table.parent, environment)
    assert re.search(r"rows\.csv .*\d+%.*rows/s.*\d:\d\d:\d\d", shown)
    assert shown.rstrip().endswith(last)
    # The bar is wiped out before the last line is written.
    assert shown.rindex("rows/s") < shown.rindex("\x1b[2K") < shown.rindex(last)


def show(arguments: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run a command whose standard error is a terminal, and return what it draws."""
    reader, writer = pty.openpty()
    with subprocess.Popen(
        arguments, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writer
    ) as process:
        os.close(writer)
        drawn = b""
        with contextlib.suppress(OSError):  # Linux's way to say that the other end is closed
            while chunk := os.read(reader, 65_536):
                drawn += chunk
        os.close(reader)
    assert process.returncode == 0
    return drawn.decode()
