"""Run the real command in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

TIMEOUT_S = 120


class Command:
    """The command `sentiment`, in a process of its own."""

    def start(self, arguments: Sequence[str], cwd: Path, **changes: str) -> subprocess.Popen[str]:
        """Start it with pipes for its output and no input."""
        return subprocess.Popen(
            [sys.executable, "-m", "sentiment", *arguments],
            cwd=cwd,
            env=self.environment() | changes,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments: Sequence[str], cwd: Path, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        process = self.start(arguments, cwd, **changes)
        stdout, stderr = process.communicate(timeout=TIMEOUT_S)
        return subprocess.CompletedProcess(list(arguments), process.returncode, stdout, stderr)

    @staticmethod
    def environment() -> dict[str, str]:
        """Return the environment without the user's data, models and terminal."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SENTIMENT_")}
        return kept | {"NO_COLOR": "1", "COLUMNS": "200"}


@pytest.fixture(scope="session")
def command() -> Command:
    return Command()
