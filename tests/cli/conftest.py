"""A terminal for commands."""

import atexit
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import pytest

from tests.warm import WarmStarter

SENTIMENT = (sys.executable, "-m", "sentiment")


@cache
def warm_starter() -> WarmStarter:
    """Return what starts commands, for all tests of this process."""
    starter = WarmStarter(os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    atexit.register(starter.close)
    return starter


def run_on_terminal(
    arguments: Sequence[str], environment: Mapping[str, str], *, stdin_too: bool = False
) -> tuple[str, int]:
    """Run `sentiment` with standard output and error on a terminal; return what it shows, and its exit code."""
    reader, writer = pty.openpty()
    stdin = writer if stdin_too else subprocess.DEVNULL
    process = warm_starter().start(arguments, environment=environment, stdin=stdin, stdout=writer, stderr=writer)
    os.close(writer)
    shown = b""
    try:
        while chunk := os.read(reader, 65_536):
            shown += chunk
    except OSError:  # Linux's way to say that the other end is closed
        pass
    finally:
        os.close(reader)
    return shown.decode(), process.wait()


def without_colour(shown: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


@pytest.fixture
def show_on_terminal() -> Callable[..., str]:
    """The function that runs `sentiment` on a terminal of 160 columns and returns what it shows, without colour."""

    def show(*arguments: str) -> str:
        environment = os.environ | {
            "TERM": "xterm-256color",
            "COLUMNS": "160",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        shown, exit_code = run_on_terminal(arguments, environment)
        assert exit_code == 0, shown
        return without_colour(shown)

    return show
