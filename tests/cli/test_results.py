"""The files that a command writes besides its answers: none takes the place of another, or of what it reads."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ROWS = "text,label\ngood film,positive\nbad film,negative\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, shared_tiny_model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTIMENT_MODEL", str(shared_tiny_model_dir))
    monkeypatch.chdir(tmp_path)
    for name in ("rows.csv", "rows.html", "bad.csv"):
        Path(name).write_text(ROWS)
    os.link("rows.csv", "same.csv")


@pytest.mark.parametrize(
    "arguments",
    [
        ("data", "check", "rows.csv", "--label-errors", "rows.csv"),
        ("data", "check", "rows.csv", "--label-errors", "same.csv"),
        ("data", "check", "bad.csv", "--test", "rows.csv", "--label-errors", "./rows.csv"),
        ("data", "check", "rows.html", "--format", "csv", "--quick", "--report", "rows.html"),
        ("eval", "--data", "rows.csv", "--errors", "rows.csv"),
        ("eval", "--data", "rows.html", "--format", "csv", "--report", "rows.html"),
        ("predict", "--file", "rows.csv", "--review", "rows.csv", "--force"),
        ("predict", "--file", "rows.csv", "--output", "o.csv", "--review", "o.csv"),
        ("predict", "--file", "rows.csv", "--output", "o.csv", "--rejects", "r.csv", "--review", "r.csv"),
        ("predict", "good film", "--explain", "--svg", "picture", "--html", "picture"),
    ],
)
def test_each_is_a_file_of_its_own(arguments: tuple[str, ...], run_command: Run, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    outcome = run_command(*arguments)
    assert (outcome.exit_code, outcome.stdout) == (7, "")
    assert "is another file of the same command; choose another name" in outcome.stderr.splitlines()[-1]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_a_device_is_not_replaced(run_command: Run) -> None:
    os.mkfifo("pipe.csv")
    outcome = run_command("eval", "--data", "rows.csv", "--errors", "pipe.csv")
    assert outcome.exit_code == 7
    assert "pipe.csv: is not a regular file; choose another name" in outcome.stderr
    assert Path("pipe.csv").is_fifo()
