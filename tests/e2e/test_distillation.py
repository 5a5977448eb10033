"""`sentiment train --teacher` on what `sentiment predict` answered: to the end, stopped, and with a changed file."""

import json
import random
import signal
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Command

EXPERIMENT = """
data: {validation_fraction: 0.1}  # fewer than 100 rows: explanations are not measured, which takes seconds
tokenizer: {vocab_size: 300, dropout: 0.1}
model: {embedding_size: 16, hidden_size: 24, output_dropout: 0.2, character_ngrams: 3, word_ngrams: 1}
training: {epochs: 2, batch_size: 32, threads: 1}
"""
TRAIN = ["train", "small.yaml", "--data", "sample", "--teacher", "teacher.jsonl"]
ADDED = ("다시는 안 볼 영화", "보고 또 보고 싶다", "그럭저럭 볼 만했다")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, command: "Command") -> Path:
    """A folder with a model, its answers to the sample and to three more texts, and what learned from them."""
    from sentiment.data import load_rows

    folder = tmp_path_factory.mktemp("distillation")
    (folder / "small.yaml").write_text(EXPERIMENT)
    texts = load_rows("sample", split="train", notify=lambda _line: None).texts
    lines = [json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in [*texts, *ADDED]]
    (folder / "texts.jsonl").write_text("".join(lines), encoding="utf-8")
    answer = [
        "predict",
        "--file",
        "texts.jsonl",
        "--model",
        "first",
        "--all-probabilities",
        "--output",
        "teacher.jsonl",
    ]
    for run, arguments in (
        (command.run_here, ["train", "small.yaml", "--data", "sample", "--set", "training.epochs=1", "--out", "first"]),
        (command.run, answer),
        (command.run_here, [*TRAIN, "--out", "whole"]),
    ):
        finished = run(arguments, folder)
        assert finished.returncode == 0, finished.stderr
    assert "the teacher answers " in finished.stderr
    return folder


def test_the_directory_tells_of_the_teacher(folder: Path) -> None:
    metrics = json.loads((folder / "whole" / "metrics.json").read_text())
    teacher = metrics["teacher"]
    assert teacher["path"] == "teacher.jsonl"
    assert teacher["sha256"] == sha256((folder / "teacher.jsonl").read_bytes()).hexdigest()
    assert teacher["matched"] == metrics["data"]["train"]["counts"]["used"]
    assert teacher["added"] == len(ADDED)
    assert teacher["left_out"] > 0  # validation rows are rows of the sample
    assert 0.0 <= teacher["agreement"] <= 1.0
    assert "- Also learned from a teacher, teacher.jsonl: " in (folder / "whole" / "README.md").read_text()
    assert json.loads((folder / "first" / "metrics.json").read_text())["teacher"] is None
    weights = [sha256((folder / name / "model.safetensors").read_bytes()).digest() for name in ("first", "whole")]
    assert weights[0] != weights[1]


@pytest.fixture
def stopped(folder: Path, command: "Command") -> Path:
    """A folder with the teacher's answers and a training, `parts`, that was stopped after its first checkpoint."""
    each_step = ["--set", "training.checkpoint_interval_s=0"]
    process = command.start_training([*TRAIN, "--out", "parts", *each_step], folder)
    state, deadline = folder / "parts.unfinished" / "state.json", time.monotonic() + 60
    while not state.exists():
        assert time.monotonic() < deadline, "no checkpoint was written"
        time.sleep(0.01)
    time.sleep(random.Random(5).uniform(0.0, 0.1))
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    return folder


def test_one_that_was_stopped_goes_on_with_the_same_answers_alone(stopped: Path, command: "Command") -> None:
    path = stopped / "teacher.jsonl"
    content = path.read_bytes()
    remedy = "restore the file that the training began with, or restart it with --force\n"
    try:
        path.write_bytes(content + b"\n")
        changed = command.run_here(["train", "--resume", "parts"], stopped)
        path.unlink()
        gone = command.run_here(["train", "--resume", "parts"], stopped)
    finally:
        path.write_bytes(content)
    assert (changed.returncode, gone.returncode) == (6, 6)
    assert changed.stderr.splitlines(keepends=True)[-1] == (
        f"error: teacher.jsonl: the teacher's answers changed since the training began; {remedy}"
    )
    assert gone.stderr.splitlines(keepends=True)[-1] == (
        f"error: teacher.jsonl: the teacher's answers cannot be read again; {remedy}"
    )
    assert not (stopped / "parts").exists()
    finished = command.run_here(["train", "--resume", "parts"], stopped)
    assert finished.returncode == 0, finished.stderr
    for name in ("model.safetensors", "tokenizer.json"):
        assert (stopped / "parts" / name).read_bytes() == (stopped / "whole" / name).read_bytes()
