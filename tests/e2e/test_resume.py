"""A training that is killed, whenever and however, goes on to the weights of an undisturbed one."""

import json
import random
import shutil
import signal
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import wait_for_checkpoint

if TYPE_CHECKING:
    from .conftest import Command

EXPERIMENT = """
data: {validation_fraction: 0.15, max_training_rows: 150}
tokenizer: {vocab_size: 300, dropout: 0.1}
model:
  {embedding_size: 16, hidden_size: 24, token_dropout: 0.1, output_dropout: 0.2, character_ngrams: 3, word_ngrams: 1}
training: {epochs: 2, batch_size: 32, average_decay: 0.9, threads: 1}
"""
# Without n-grams, and with fewer than 100 validation rows, on which explanations are not measured: seconds less.
PLAIN = """
data: {validation_fraction: 0.1, max_training_rows: 200}
tokenizer: {vocab_size: 300, dropout: 0.1}
model: {embedding_size: 16, hidden_size: 24, token_dropout: 0.1, output_dropout: 0.2}
training: {epochs: 2, batch_size: 32, average_decay: 0.9, threads: 1}
"""
TEACH = "pretraining: {language_model: 1, autoencoder: 1, label: 1, negatives: 60, sources: [sample]}\n"
AT_EACH_STEP = ["--set", "training.checkpoint_interval_s=0"]
OUTS = ("killed", "undisturbed")
WEIGHTS = ("model.safetensors", "tokenizer.json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, command: "Command") -> Path:
    folder = tmp_path_factory.mktemp("resume")
    (folder / "small.yaml").write_text(EXPERIMENT)
    (folder / "plain.yaml").write_text(PLAIN)
    finished = command.run_here(["train", "small.yaml", "--data", "sample", "--out", "undisturbed"], folder)
    assert finished.returncode == 0, finished.stderr
    return folder


def fingerprints(model: Path) -> list[str]:
    return [sha256((model / name).read_bytes()).hexdigest() for name in WEIGHTS]


def test_killed_at_random_steps(folder: Path, command: "Command") -> None:
    rng = random.Random(7)
    arguments = ["train", "small.yaml", "--data", "sample", "--out", "killed", *AT_EACH_STEP]
    for stop in (signal.SIGKILL, signal.SIGTERM):
        started_ns = time.time_ns()
        process = command.start_training(arguments, folder)
        wait_for_checkpoint(folder / "killed.unfinished", started_ns, rng)
        process.send_signal(stop)
        stdout, stderr = process.communicate(timeout=60)
        assert stdout == ""
        assert not (folder / "killed").exists()
        if stop == signal.SIGKILL:
            assert process.returncode == -signal.SIGKILL
        else:
            assert process.returncode == 130, stderr
            assert "resume with: sentiment train --resume killed" in stderr.splitlines()[-1]
            assert "Traceback" not in stderr
        arguments = ["train", "--resume", "killed"]
    finished = command.run_here(arguments, folder)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == "killed\n"
    assert fingerprints(folder / "killed") == fingerprints(folder / "undisturbed")
    metrics = [json.loads((folder / out / "metrics.json").read_text()) for out in OUTS]
    assert metrics[0]["deletion_curve"] == metrics[1]["deletion_curve"]
    assert 100 <= metrics[0]["deletion_curve"]["n"] <= 200
    calibrations = [each["calibration"] for each in metrics]
    assert calibrations[0] == calibrations[1]
    assert calibrations[0]["temperature"] != 1.0
    assert calibrations[0]["after"]["log_loss"] < calibrations[0]["before"]["log_loss"]
    assert "- probabilities are calibrated on " in (folder / "killed" / "README.md").read_text()
    assert not (folder / "killed.unfinished").exists()


def test_a_pretraining_that_was_stopped(folder: Path, command: "Command") -> None:
    (folder / "teach.yaml").write_text(EXPERIMENT + TEACH)
    whole = command.run_here(["pretrain", "teach.yaml", "--out", "whole"], folder)
    assert whole.returncode == 0, whole.stderr
    started_ns = time.time_ns()
    process = command.start_training(["pretrain", "teach.yaml", "--out", "parts", *AT_EACH_STEP], folder)
    wait_for_checkpoint(folder / "parts.unfinished", started_ns, random.Random(3))
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert "resume with: sentiment pretrain --resume parts" in stderr.splitlines()[-1]
    finished = command.run_here(["pretrain", "--resume", "parts", "--threads", "1"], folder)
    assert finished.returncode == 0, finished.stderr
    assert "instead of" not in finished.stderr
    assert fingerprints(folder / "parts") == fingerprints(folder / "whole")


@pytest.fixture(scope="module")
def killed_with_one_thread(folder: Path, command: "Command") -> Path:
    # Few rows: where two threads share a core, each waits for the other at every step.
    arguments = ["train", "plain.yaml", "--data", "sample", "--out", "one-thread", "--threads", "1", *AT_EACH_STEP]
    process = command.start_training(arguments, folder)
    wait_for_checkpoint(folder / "one-thread.unfinished", 0, random.Random(2))
    process.kill()
    process.communicate(timeout=60)
    return folder / "one-thread.unfinished"


@pytest.mark.parametrize("option", [["--threads", "2"], ["--set", "training.threads=2"]])
def test_threads_may_change(
    folder: Path, command: "Command", killed_with_one_thread: Path, option: list[str], tmp_path: Path
) -> None:
    shutil.copytree(killed_with_one_thread, tmp_path / "threads.unfinished")
    finished = command.run_here(["train", "--resume", str(tmp_path / "threads"), *option], folder)
    assert finished.returncode == 0, finished.stderr
    assert "resuming with threads: 2 instead of 1; the weights may differ in their last bits" in finished.stderr
    metrics = json.loads((tmp_path / "threads" / "metrics.json").read_text())
    assert (metrics["threads"], metrics["earlier_threads"]) == (2, [1])
    assert metrics["command"][-2:] == ["--set", "training.threads=2"]
    assert sum("threads" in word for word in metrics["command"]) == 1, "it is not the command that it was trained by"
    assert "2 after 1 threads" in (tmp_path / "threads" / "README.md").read_text()


def test_a_training_from_a_model_goes_on_when_that_is_gone(folder: Path, command: "Command") -> None:
    shutil.copytree(folder / "undisturbed", folder / "start")
    arguments = ["train", "plain.yaml", "--data", "sample", "--from", "start"]
    whole = command.run_here([*arguments, "--out", "tuned"], folder)
    assert whole.returncode == 0, whole.stderr
    started_ns = time.time_ns()
    process = command.start_training([*arguments, "--out", "tuned-parts", *AT_EACH_STEP], folder)
    wait_for_checkpoint(folder / "tuned-parts.unfinished", started_ns, random.Random(1))
    process.kill()
    process.communicate(timeout=60)
    shutil.rmtree(folder / "start")
    finished = command.run_here(["train", "--resume", "tuned-parts"], folder)
    assert finished.returncode == 0, finished.stderr
    assert fingerprints(folder / "tuned-parts") == fingerprints(folder / "tuned")


def test_resume_refuses_other_choices(folder: Path, command: "Command") -> None:
    refused = command.run_here(["train", "--resume", "killed", "--seed", "3"], folder)
    assert refused.returncode == 2
    assert "seed" in refused.stderr


def test_resume_of_nothing_is_one_clear_line(folder: Path, command: "Command") -> None:
    refused = command.run_here(["train", "--resume", "nowhere"], folder)
    assert refused.returncode == 6
    assert refused.stderr == (
        "error: nowhere.unfinished: no unfinished training found; pass --resume the --out of one\n"
    )
