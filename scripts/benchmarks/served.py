"""A service that runs for a script."""

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

START_S = 60.0


@dataclass(frozen=True)
class RunningService:
    """A running service.

    Attributes:
        process: Its supervisor.
        port: It listens at.
        log: The file with its notes.
    """

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def address(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def notes(self) -> str:
        """Return what it has noted so far."""
        return self.log.read_text()

    def workers(self) -> list[int]:
        """Return the process ids of its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(child) for child in children.split()]


@contextlib.contextmanager
def running_service(*arguments: str, core: int | None = None) -> Iterator[RunningService]:
    """Run a service at a free port of this machine, and end it after the block.

    Args:
        arguments: Of `sentiment serve`.
        core: The only core that it may use; any if None.
    """
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    command = [*pinned, sys.executable, "-m", "sentiment", "serve", *arguments, "--port", "0"]
    with TemporaryDirectory() as folder:
        log = Path(folder, "notes")
        with log.open("wb") as notes:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=notes)
        try:
            yield RunningService(process, _port(process, log), log)
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        if found := re.search(r"serving at \S+:(\d+)", log.read_text()):
            return int(found[1])
        time.sleep(0.02)
    raise RuntimeError(f"the service did not start: {log.read_text()}")
