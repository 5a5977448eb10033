"""A script that runs commands leaves Ctrl-C to them, and ends as they do."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trainings import run_command

SCRIPTS = Path(__file__).parents[2] / "scripts"
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
