"""A script that runs commands leaves Ctrl-C to them, and ends as they do."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sentiment.errors import ConfigError
from sentiment.model_dir import ModelDirectory
from tests.conftest import write_tiny_encoder, write_tiny_model
from trainings import run_command, train_as_asked

SCRIPTS = Path(__file__).parents[2] / "scripts" / "experiments"
SCRIPT = """
import sys
from trainings import failures_end_the_script, run_command
with failures_end_the_script():
    run_command([sys.executable, "-c", sys.argv[1]])
"""
# As a training does: it ends what it is at, which takes a while, and only then goes.
COMMAND = """
import pathlib, signal, sys, time
def stop(*_):
    time.sleep(1.0)
    pathlib.Path("checkpoint").touch()
    sys.exit(130)
signal.signal(signal.SIGINT, stop)
pathlib.Path("ready").touch()
time.sleep(60)
"""


def test_ctrl_c_waits_for_the_command_to_save_its_work(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    script = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, COMMAND],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not (tmp_path / "ready").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(script.pid, signal.SIGINT)
    _, errors = script.communicate(timeout=60)
    assert (tmp_path / "checkpoint").exists()
    assert script.returncode == 130
    assert errors == ""


def test_a_command_that_fails_is_told_by_its_code() -> None:
    with pytest.raises(subprocess.CalledProcessError) as failure:
        run_command([sys.executable, "-c", "raise SystemExit(4)"])
    assert failure.value.returncode == 4


def test_a_finished_model_of_other_choices_is_not_taken_for_the_one_that_is_asked_for(tmp_path: Path) -> None:
    model = tmp_path / "finetune-0"
    encoder = write_tiny_encoder(tmp_path / "encoder")
    choices = ["finetune", "--seed", "0", "--from", str(encoder)]
    digest = ModelDirectory.open(encoder, allow_encoder=True).manifest.files["model.safetensors"].sha256
    started_from = {"path": str(encoder), "weights_sha256": digest}
    metrics = {"command": ["sentiment", "train", *choices, "--out", str(model)], "started_from": started_from}
    write_tiny_model(model, metrics=metrics)
    train_as_asked(model, choices)  # it stands, so nothing is trained
    with pytest.raises(ConfigError, match=r"was trained with .*; choose another folder with --out"):
        train_as_asked(model, [*choices, "--set", "training.epochs=9"])
    write_tiny_model(model, metrics=metrics | {"started_from": started_from | {"weights_sha256": "0"}}, replace=True)
    with pytest.raises(ConfigError, match="was trained from other weights than those of "):
        train_as_asked(model, choices)


def test_a_training_that_was_cut_off_goes_on_with_its_own_choices_alone(tmp_path: Path) -> None:
    unfinished = tmp_path / "bilstm-0.unfinished"
    unfinished.mkdir()
    (unfinished / "training.json").write_text('{"command": ["sentiment", "train", "bilstm", "--out", "elsewhere"]}')
    with pytest.raises(ConfigError, match="was trained with bilstm --out elsewhere, not quick"):
        train_as_asked(tmp_path / "bilstm-0", ["quick"])
