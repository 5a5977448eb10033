"""Processes of the command that have loaded their libraries already, which costs less than to start from nothing."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

LIBRARIES = ("numpy", "onnxruntime", "pydantic", "rich.progress", "rich.table", "tokenizers", "typer", "yaml")
"""What most commands load. Of the package itself nothing, so that each process begins as a user's does."""

TRAINING_LIBRARIES = (
    "sentiment.training.jobs",  # the first, as it sets up how torch is loaded
    "torch",
    "torch.onnx",
    "onnx",
    "sklearn.linear_model",
    "scipy.optimize",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
)
"""What trainings load, some of it late."""

SERVER = """
import atexit, importlib, io, json, os, runpy, signal, socket, sys, threading

def run(request, descriptors):
    for place, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, place)
    for descriptor in descriptors:
        os.close(descriptor)
    sys.stdin = io.TextIOWrapper(open(0, "rb", closefd=False), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8", line_buffering=os.isatty(1))
    sys.stderr = io.TextIOWrapper(
        open(2, "wb", closefd=False), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for place, value in request["constants"].items():
        module, _, name = place.rpartition(".")
        setattr(importlib.import_module(module), name, value)
    sys.argv[1:] = request["arguments"]
    try:
        runpy.run_module("sentiment", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        # As Python ends, without clearing the modules: that copies all memory that the fork shares.
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code or 0)

for name in sys.argv[2:]:
    importlib.import_module(name)
os.fsync = os.fstat  # what a process writes reaches the kernel, which outlives it; a disk is slow
connection = socket.socket(fileno=int(sys.argv[1]))
while True:
    content, descriptors, _, _ = socket.recv_fds(connection, 65_536, 4)
    while content and not content.endswith(b"\\n"):
        content += connection.recv(65_536)
    if not content:
        break
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    if os.fork() == 0:
        connection.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if (command := os.fork()) == 0:
            run(json.loads(content), descriptors)
            sys.exit()
        for descriptor in descriptors[:3]:
            os.close(descriptor)
        os.write(descriptors[3], b"%d\\n" % command)
        os.write(descriptors[3], b"%d\\n" % os.waitstatus_to_exitcode(os.waitpid(command, 0)[1]))
        os._exit(0)
    for descriptor in descriptors:
        os.close(descriptor)
"""


class WarmProcess:
    """A running command; as `subprocess.Popen` of texts, as far as tests need it."""

    def __init__(
        self,
        arguments: Sequence[str],
        status: int,
        stdin: IO[str] | None,
        stdout: IO[str] | None,
        stderr: IO[str] | None,
    ) -> None:
        self.args = list(arguments)
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.returncode: int | None = None
        self._status = open(status, "rb", buffering=0)  # noqa: SIM115  # a descriptor, held until the end
        self.pid = int(self._status.readline())

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        return self._ended_within(0.0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._ended_within(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end, and return what it wrote to standard output and standard error."""
        if self.stdin is not None:
            self.stdin.close()
        deadline = None if timeout is None else time.monotonic() + timeout
        with ThreadPoolExecutor(2) as readers:
            written = [readers.submit(_read, stream) for stream in (self.stdout, self.stderr)]
            try:
                self.wait(timeout)
                stdout, stderr = (
                    each.result(None if deadline is None else max(0.0, deadline - time.monotonic())) for each in written
                )
            except (TimeoutError, subprocess.TimeoutExpired):
                self.kill()
                raise
        return stdout, stderr

    def _ended_within(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], timeout)[0]:
            self.returncode = int(self._status.readline())
            self._status.close()
        return self.returncode


class WarmStarter:
    """Starts commands as forks of one process that has loaded what they need."""

    def __init__(self, environment: Mapping[str, str], libraries: Sequence[str] = LIBRARIES) -> None:
        self._connection, theirs = socket.socketpair()
        command = [sys.executable, "-c", SERVER, str(theirs.fileno()), *libraries]
        self._server = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
        theirs.close()

    def start(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path | None = None,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
        constants: Mapping[str, object] | None = None,
    ) -> WarmProcess:
        """Start `sentiment` with these arguments; each stream is a descriptor, PIPE or DEVNULL.

        Args:
            constants: values of the package to change, by their full names.
        """
        read_input, write_input = _ends(stdin, for_input=True)
        read_output, write_output = _ends(stdout)
        read_errors, write_errors = _ends(stderr)
        read_status, write_status = os.pipe()
        request = {"arguments": list(arguments), "cwd": str(cwd or Path.cwd()), "environment": dict(environment)}
        request["constants"] = dict(constants or {})
        content = json.dumps(request).encode() + b"\n"
        theirs = [read_input, write_output, write_errors, write_status]
        sent = socket.send_fds(self._connection, [content], theirs)
        self._connection.sendall(content[sent:])
        for given, descriptor in zip((stdin, stdout, stderr, subprocess.PIPE), theirs, strict=True):
            if given < 0:
                os.close(descriptor)
        streams = [
            None if end < 0 else open(end, mode, encoding="utf-8")  # noqa: PTH123, SIM115  # as above
            for end, mode in ((write_input, "w"), (read_output, "r"), (read_errors, "r"))
        ]
        return WarmProcess(arguments, read_status, *streams)

    def close(self) -> None:
        """End the process that forks."""
        self._connection.close()
        self._server.kill()
        self._server.communicate()


def _ends(given: int, *, for_input: bool = False) -> tuple[int, int]:
    """Return the ends to read and to write of a stream; that of this process is -1 where it has none."""
    if given == subprocess.PIPE:
        return os.pipe()
    theirs = os.open(os.devnull, os.O_RDWR) if given == subprocess.DEVNULL else given
    return (theirs, -1) if for_input else (-1, theirs)


def _read(stream: IO[str] | None) -> str:
    if stream is None:
        return ""
    with stream:
        return stream.read()
