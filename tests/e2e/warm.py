"""Processes of the command with torch loaded already: each costs seconds less than one that starts from nothing."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SERVER = """
import json, os, runpy, signal, sys
import sentiment.training.jobs

def run(request):
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for descriptor, path in enumerate((os.devnull, request["stdout"], request["stderr"])):
        os.dup2(os.open(path, os.O_RDONLY if descriptor == 0 else os.O_WRONLY), descriptor)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[1:] = request["arguments"]
    runpy.run_module("sentiment", run_name="__main__", alter_sys=True)

for line in sys.stdin:
    request = json.loads(line)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if (command := os.fork()) == 0:
            run(request)
            sys.exit()
        print(command, flush=True)
        status = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
        with open(request["status"] + ".part", "w") as file:
            file.write(str(status))
        os.rename(request["status"] + ".part", request["status"])
        os._exit(0)
"""


class WarmProcess:
    """A running command; as `subprocess.Popen`, as far as tests need it."""

    def __init__(self, pid: int, folder: Path) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._folder = folder

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        status = self._folder / "status"
        if self.returncode is None and status.exists():
            self.returncode = int(status.read_text())
        return self.returncode

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Wait for its end, and return what it wrote to standard output and standard error."""
        deadline = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("sentiment", timeout)
            time.sleep(0.01)
        return (self._folder / "stdout").read_text(), (self._folder / "stderr").read_text()


class WarmStarter:
    """Starts commands as forks of one process that has loaded what trainings need."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-c", SERVER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> WarmProcess:
        """Start `sentiment` with these arguments."""
        assert self._server.stdin
        assert self._server.stdout
        folder = Path(tempfile.mkdtemp(prefix="warm-"))
        paths = {name: str(folder / name) for name in ("stdout", "stderr", "status")}
        for name in ("stdout", "stderr"):
            (folder / name).touch()
        request = {"arguments": list(arguments), "cwd": str(cwd), "environment": dict(environment)} | paths
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        return WarmProcess(int(self._server.stdout.readline()), folder)

    def close(self) -> None:
        """End the process that forks."""
        self._server.kill()
        self._server.communicate()
