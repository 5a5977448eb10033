"""A training in several processes: the weights it ends with, and what happens when one of them is killed."""

import json
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.e2e.conftest import wait_for_checkpoint
from tests.ports import free_port
from tests.warm import WarmProcess

if TYPE_CHECKING:
    from .conftest import Command

EXPERIMENT = """
data: {source: sample, validation_fraction: 0.1, max_training_rows: 160}
tokenizer: {vocab_size: 300, dropout: 0.1}
model: {embedding_size: 16, hidden_size: 24, weight_dropout: 0.1, output_dropout: 0.2, character_ngrams: 2}
training: {epochs: 2, batch_size: 16, average_decay: 0.9, threads: 1}
"""
WITHOUT_NOISE = """
data: {source: sample, validation_fraction: 0.05}
tokenizer: {vocab_size: 300}
model: {embedding_size: 16, hidden_size: 24, pooling: [mean, max, last]}
training: {epochs: 1, batch_size: 12, learning_rate: 0.003, precision: float32, threads: 1}
"""
MOST_DIFFERENCE = 2e-5
"""Between weights of one process and of two after at least 50 steps of AdamW; docs/many_machines.md states it."""

PRETRAINING = """
tokenizer: {vocab_size: 300}
model: {embedding_size: 8, hidden_size: 8}
pretraining: {sources: [sample], language_model: 1, label: 1, negatives: 20, held_out_texts: 20}
training: {epochs: 1}
"""
AT_EACH_STEP = ["--set", "training.checkpoint_interval_s=0"]


def start(command: "Command", arguments: Sequence[str], folder: Path, world_size: int = 2) -> list[WarmProcess]:
    """Start a command in several processes, as torchrun does."""
    shared = {"WORLD_SIZE": str(world_size), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    ranks = [
        {"RANK": str(rank), "LOCAL_RANK": str(rank), "LOCAL_WORLD_SIZE": str(world_size)} for rank in range(world_size)
    ]
    return [command.start_training(arguments, folder, **shared, **rank) for rank in ranks]


def ended(processes: Sequence[WarmProcess]) -> list[tuple[int | None, str, str]]:
    """Wait for all; return exit code, standard output and standard error of each, without what torch logs itself."""
    outputs = [process.communicate(timeout=200) for process in processes]
    return [
        (process.returncode, stdout, "".join(line for line in stderr.splitlines(True) if not line.startswith("[")))
        for process, (stdout, stderr) in zip(processes, outputs, strict=True)
    ]


def fingerprint(model: Path) -> str:
    return sha256((model / "model.safetensors").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, command: "Command") -> Path:
    """A folder with the model of an undisturbed training in two processes."""
    folder = tmp_path_factory.mktemp("several")
    for name, text in (("noisy", EXPERIMENT), ("exact", WITHOUT_NOISE), ("pre", PRETRAINING)):
        (folder / f"{name}.yaml").write_text(text)
    first, second = ended(start(command, ["train", "noisy.yaml", "--out", "undisturbed"], folder))
    assert first[:2] == (0, "undisturbed\n"), first[2]
    assert second == (0, "", "")
    return folder


def test_weights_of_two_processes_are_those_of_one_but_for_rounding(folder: Path, command: "Command") -> None:
    alone = command.run_here(["train", "exact.yaml", "--out", "alone"], folder)
    assert alone.returncode == 0, alone.stderr
    first, _ = ended(start(command, ["train", "exact.yaml", "--out", "together"], folder))
    assert first[0] == 0, first[2]
    one, two = (load_file(folder / name / "model.safetensors") for name in ("alone", "together"))
    metrics = json.loads((folder / "together" / "metrics.json").read_text())
    assert (metrics["processes"], metrics["threads"]) == (2, 1)
    assert one.keys() == two.keys()
    differences = {name: float(np.abs(one[name] - two[name]).max()) for name in one}
    assert max(differences.values()) <= MOST_DIFFERENCE
    assert max(differences.values()) > 0.0  # else the second did nothing


def kill_at_a_checkpoint(processes: Sequence[WarmProcess], rank: int, number: int, state: Path) -> None:
    """Send a signal to one process once another checkpoint is there."""
    wait_for_checkpoint(state, state.stat().st_mtime_ns if state.exists() else 0, random.Random(rank))
    processes[rank].send_signal(number)


def test_whichever_process_is_killed_the_training_goes_on_to_the_same_weights(folder: Path, command: "Command") -> None:
    arguments = ["train", "noisy.yaml", "--out", "killed", *AT_EACH_STEP]
    for rank in (1, 0):
        processes = start(command, arguments, folder)
        kill_at_a_checkpoint(processes, rank, signal.SIGKILL, folder / "killed.unfinished")
        outcomes = ended(processes)
        code, stdout, stderr = outcomes[1 - rank]
        assert (code, stdout) == (6, ""), stderr
        line = stderr.splitlines()[-1]
        assert line.startswith(f"error: rank {1 - rank} of 2 lost the connection to another rank after step ")
        assert line.endswith("; go on with: torchrun --nproc-per-node=2 -m sentiment train --resume killed")
        assert "Traceback" not in stderr
        if rank == 0:
            assert stderr.count("\n") == 1
        arguments = ["train", "--resume", "killed"]
    shutil.copytree(folder / "killed.unfinished", folder / "fewer.unfinished")
    finished, _ = ended(start(command, arguments, folder))
    assert finished[:2] == (0, "killed\n"), finished[2]
    assert "instead of" not in finished[2]
    assert fingerprint(folder / "killed") == fingerprint(folder / "undisturbed")

    fewer = command.run_here(["train", "--resume", "fewer"], folder)
    assert fewer.returncode == 0, fewer.stderr
    assert "resuming with processes: 1 instead of 2; the weights will differ from those of an un" in fewer.stderr
    metrics = json.loads((folder / "fewer" / "metrics.json").read_text())
    assert (metrics["processes"], metrics["earlier_processes"]) == (1, [2])
    assert "1 after 2 processes" in (folder / "fewer" / "README.md").read_text()


def test_a_signal_to_one_process_stops_all_after_the_same_step(folder: Path, command: "Command") -> None:
    processes = start(command, ["train", "noisy.yaml", "--out", "stopped", *AT_EACH_STEP], folder)
    kill_at_a_checkpoint(processes, 1, signal.SIGTERM, folder / "stopped.unfinished")
    for process in processes:  # torchrun passes a signal on to all, however often it came
        process.send_signal(signal.SIGTERM)
    (code, stdout, stderr), second = ended(processes)
    assert (code, stdout) == (130, ""), stderr
    assert stderr.splitlines()[-1].startswith("error: stopped after step ")
    assert second == (130, "", "")
    finished, _ = ended(start(command, ["train", "--resume", "stopped"], folder))
    assert finished[0] == 0, finished[2]
    assert fingerprint(folder / "stopped") == fingerprint(folder / "undisturbed")


def test_torchrun_pretrains(folder: Path, command: "Command") -> None:
    launcher = ["-P", "-m", "torch.distributed.run", "--nproc-per-node=2", f"--master-port={free_port()}"]
    finished = subprocess.run(
        [sys.executable, *launcher, "-m", "sentiment", "pretrain", "pre.yaml", "--out", "encoder"],
        cwd=folder,
        env=command.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (finished.returncode, finished.stdout) == (0, "encoder\n"), finished.stderr
    assert finished.stderr.count("epoch 1: training loss") == 1
    metrics = json.loads((folder / "encoder" / "metrics.json").read_text())
    assert (metrics["processes"], len(metrics["epochs"])) == (2, 1)


def test_what_is_wrong_is_told_by_the_first_process_alone(folder: Path, command: "Command") -> None:
    first, second = start(command, ["train", "noisy.yaml", "--set", "training.epochs=x", "--out", "no"], folder)
    _, stderr = first.communicate(timeout=200)
    assert (first.returncode, stderr.count("\n")) == (3, 1)
    second.send_signal(signal.SIGTERM)  # as torchrun does
    (outcome,) = ended([second])
    assert outcome == (-signal.SIGTERM, "", "")


def test_the_others_end_if_the_first_is_killed_while_it_prepares(folder: Path, command: "Command") -> None:
    first, second = start(command, ["train", "noisy.yaml", "--out", "never"], folder)
    assert first.stderr is not None
    while "2 classes" not in first.stderr.readline():
        assert first.poll() is None
    first.kill()
    first.communicate(timeout=60)
    ((code, stdout, stderr),) = ended([second])
    assert (code, stdout, stderr.count("\n")) == (6, "", 1), stderr
    assert stderr.startswith("error: rank 1 of 2 lost the connection to another rank ")


@pytest.mark.parametrize(
    ("environment", "fault"),
    [
        (
            {"RANK": "2", "WORLD_SIZE": "2"},
            "RANK 2 of WORLD_SIZE 2, LOCAL_RANK 0 of LOCAL_WORLD_SIZE 1: no such process",
        ),
        ({"RANK": "x", "WORLD_SIZE": "2"}, "RANK: got 'x', wanted a number"),
        ({"RANK": "1", "WORLD_SIZE": "2"}, "WORLD_SIZE is 2, but "),
    ],
)
def test_an_environment_that_no_launcher_makes(
    folder: Path, command: "Command", environment: dict[str, str], fault: str
) -> None:
    process = command.start_training(["train", "noisy.yaml", "--out", "no"], folder, **environment)
    ((code, stdout, stderr),) = ended([process])
    assert (code, stdout, stderr.count("\n")) == (3, "", 1), stderr
    assert fault in stderr
    assert "start with torchrun" in stderr
