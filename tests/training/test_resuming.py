"""`--resume` from another folder than the one that a training began in."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentiment.errors import Interrupted
from sentiment.training.state.record import read_record, write_record

Run = Callable[..., Any]

TINY = """\
tokenizer: {vocab_size: 300}
model: {embedding_size: 8, hidden_size: 8}
training: {epochs: 1, threads: 1}
pretraining: {language_model: 1, rating: 0, negatives: 20, held_out_texts: 4}
"""


@pytest.fixture
def began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a training, with its files, and the present one."""
    folder = tmp_path / "began"
    folder.mkdir()
    (folder / "my.csv").write_text("text,label\n" + "".join(f"글 {row},{row % 2}\n" for row in range(80)))
    (folder / "tiny.yaml").write_text(TINY)
    monkeypatch.chdir(folder)
    return folder


def stop_before_the_first_step(run_command: Run, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    def stop(*_: object, **__: object) -> None:
        raise Interrupted("stopped")

    with monkeypatch.context() as patch:
        patch.setattr("sentiment.training.runner.runner.train_to_the_end", stop)
        outcome = run_command(verb, "tiny.yaml", "--data", "my.csv", "--out", "runs/k")

    assert outcome.exit_code == 130, outcome.stderr


@pytest.mark.parametrize("verb", ["train", "pretrain"])
def test_the_files_are_those_of_the_folder_it_began_in(
    began: Path, tmp_path: Path, run_command: Run, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    stop_before_the_first_step(run_command, monkeypatch, verb)
    other = tmp_path / "other"
    other.mkdir()
    (other / "my.csv").write_text("text,label\n다른 글,0\n또 다른 글,1\n")
    monkeypatch.chdir(other)
    resumed = run_command(verb, "--resume", "../began/runs/k")
    assert resumed.exit_code == 0, resumed.stderr
    assert resumed.stdout == f"{began.resolve() / 'runs' / 'k'}\n"
    assert Path.cwd() == other
    assert list(other.iterdir()) == [other / "my.csv"]


def test_a_folder_that_was_moved_is_said_and_the_files_looked_for_here(
    began: Path, tmp_path: Path, run_command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_before_the_first_step(run_command, monkeypatch, "train")
    moved = tmp_path / "moved"
    shutil.move(began, moved)
    monkeypatch.chdir(tmp_path)
    lost = run_command("train", "--resume", "moved/runs/k")
    assert lost.exit_code == 4
    moved_away = f"{began}, where the training began, does not exist; its files are looked for in the current folder"
    assert moved_away in lost.stderr
    assert lost.stderr.splitlines()[-1].startswith("error: my.csv: no such file")
    monkeypatch.chdir(moved)
    resumed = run_command("train", "--resume", "k")
    assert resumed.exit_code == 0, resumed.stderr
    assert resumed.stdout == "runs/k\n"


def test_one_that_began_on_a_gpu_goes_on_where_there_is_none(
    began: Path, run_command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentiment.training.compute.choice.multiplies_bfloat16", lambda _kind: False)
    stop_before_the_first_step(run_command, monkeypatch, "train")
    unfinished = began / "runs" / "k.unfinished"
    write_record(unfinished, replace(read_record(unfinished), device="cuda", precision="bfloat16"))
    named = run_command("train", "--resume", "runs/k", "--set", "training.device=cuda")
    assert named.exit_code == 3
    assert (
        "training.device: torch finds no cuda on this machine, only cpu; choose one of these, or auto" in named.stderr
    )
    resumed = run_command("train", "--resume", "runs/k")
    assert resumed.exit_code == 0, resumed.stderr
    changes = "device: cpu instead of cuda, precision: float32 instead of bfloat16"
    assert f"resuming with {changes}; the weights will differ from those of an uninterrupted training" in resumed.stderr
    metrics = json.loads((began / "runs" / "k" / "metrics.json").read_text())
    assert (metrics["device"], metrics["earlier_device"]) == ("cpu", ["cuda"])
    assert (metrics["precision"], metrics["earlier_precision"]) == ("float32", ["bfloat16"])
    assert "1 threads, cpu after cuda" in (began / "runs" / "k" / "README.md").read_text()


def test_the_rows_of_another_folder_are_not_taken_for_its_own(
    began: Path, run_command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_before_the_first_step(run_command, monkeypatch, "train")
    (began / "my.csv").write_text("text,label\n" + "".join(f"새 글 {row},{row % 2}\n" for row in range(80)))
    changed = run_command("train", "--resume", "runs/k")
    assert changed.exit_code == 6
    assert "my.csv: changed since the training began" in changed.stderr
