"""A terminal for commands."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable

import pytest


@pytest.fixture
def show_on_terminal() -> Callable[..., str]:
    """The function that runs `sentiment` on a terminal of 160 columns and returns what it shows, without colour."""

    def show(*arguments: str) -> str:
        environment = os.environ | {
            "TERM": "xterm-256color",
            "COLUMNS": "160",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        reader, writer = pty.openpty()
        command = [sys.executable, "-m", "sentiment", *arguments]
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, check=True)
        os.close(writer)
        shown = b""
        try:
            while chunk := os.read(reader, 65_536):
                shown += chunk
        except OSError:  # Linux's way to say that the other end is closed
            pass
        finally:
            os.close(reader)
        return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode())

    return show
