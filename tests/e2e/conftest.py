"""Run the real command, in a process of its own wherever that is the point."""

import contextlib
import io
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from unittest.mock import patch

import pytest

from sentiment.cli import main
from tests.warm import TRAINING_LIBRARIES, WarmProcess, WarmStarter

TIMEOUT_S = 120
MEASURED = """
import sys
from sentiment.cli import main
try:
    main()
finally:
    # Of this program alone; what getrusage tells begins with the peak of the process that started it.
    print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM:")), file=sys.stderr, end="")
"""


class Command:
    """The command `sentiment`, in a process of its own."""

    def __init__(self) -> None:
        self._starter = WarmStarter(self.environment())
        self._training_starter: WarmStarter | None = None

    def start(
        self,
        arguments: Sequence[str],
        cwd: Path,
        *,
        stdin: int = subprocess.DEVNULL,
        constants: Mapping[str, object] | None = None,
        **changes: str,
    ) -> WarmProcess:
        """Start it with pipes for its output, and no input unless one is given."""
        environment = self.environment() | changes
        return self._starter.start(arguments, cwd=cwd, environment=environment, stdin=stdin, constants=constants)

    def start_training(self, arguments: Sequence[str], cwd: Path, **changes: str) -> WarmProcess:
        """Start it in a process that has loaded already what trainings need."""
        if self._training_starter is None:
            self._training_starter = WarmStarter(self.environment(), TRAINING_LIBRARIES)
        return self._training_starter.start(arguments, cwd=cwd, environment=self.environment() | changes)

    def close(self) -> None:
        """End what starts processes."""
        self._starter.close()
        if self._training_starter is not None:
            self._training_starter.close()

    def run(self, arguments: Sequence[str], cwd: Path, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return self.run_changed(arguments, cwd, {}, **changes)

    def run_changed(
        self, arguments: Sequence[str], cwd: Path, constants: Mapping[str, object], /, **changes: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end with constants of the package changed."""
        environment = self.environment() | changes
        process = self._starter.start(arguments, cwd=cwd, environment=environment, constants=constants)
        stdout, stderr = process.communicate(timeout=TIMEOUT_S)
        return subprocess.CompletedProcess(process.args, process.wait(), stdout, stderr)

    def run_here(self, arguments: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run it to its end in this process, which has torch loaded: seconds less where a process is not the point."""
        written = io.BytesIO(), io.BytesIO()
        stdout, stderr = (io.TextIOWrapper(each, encoding="utf-8", write_through=True) for each in written)
        with (
            patch.dict(os.environ, self.environment(), clear=True),
            patch.object(sys, "argv", ["sentiment", *arguments]),
            patch("sentiment.training.classification.job.draw_curves", lambda history, best_epoch: b"<svg/>"),
            contextlib.chdir(cwd),
            contextlib.redirect_stdout(stdout),
            contextlib.redirect_stderr(stderr),
            pytest.raises(SystemExit) as caught,
        ):
            main()
        told = [each.getvalue().decode() for each in written]
        return subprocess.CompletedProcess(list(arguments), int(caught.value.code or 0), *told)

    def measure(self, arguments: Sequence[str], cwd: Path) -> tuple[subprocess.CompletedProcess[str], int]:
        """Run it to its end; return also the most bytes of memory that it held."""
        ended = subprocess.run(
            [sys.executable, "-c", MEASURED, *arguments],
            cwd=cwd,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        peak = re.search(r"VmHWM:\s+(\d+) kB\s*\Z", ended.stderr)
        assert peak, ended.stderr
        ended.stderr = ended.stderr[: peak.start()]
        return ended, int(peak[1]) << 10

    @staticmethod
    def environment() -> dict[str, str]:
        """Return the environment without the user's data, models and terminal."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SENTIMENT_")}
        return kept | {"NO_COLOR": "1", "COLUMNS": "200", "PYTHONPATH": os.pathsep.join(sys.path)}


def wait_for_checkpoint(unfinished: Path, after_ns: int, rng: random.Random) -> None:
    """Wait until a checkpoint is newer than a time, and then for a random part of some steps."""
    state, deadline = unfinished / "state.json", time.monotonic() + 240
    while not state.exists() or state.stat().st_mtime_ns <= after_ns:
        assert time.monotonic() < deadline, "no checkpoint was written"
        time.sleep(0.01)
    time.sleep(rng.uniform(0.0, 0.15))


@pytest.fixture(autouse=True, scope="session")
def _interrupts_reach_processes() -> None:
    """What a shell starts in the background ignores Ctrl-C, and so would all that it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def command() -> Iterator[Command]:
    command = Command()
    yield command
    command.close()


@pytest.fixture(scope="session")
def marking_model(tmp_path_factory: pytest.TempPathFactory, write_model: Callable[..., Path]) -> Path:
    """A model whose labels no input holds."""
    return write_model(tmp_path_factory.mktemp("models") / "marking", labels=("@neg", "@pos"))
