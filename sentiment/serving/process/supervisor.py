"""The process that starts workers, replaces those that die, and ends them together."""

import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from sentiment.callbacks import Notify

_READY = b"."
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
"""Before a worker is replaced that died soon after its start; the delay doubles each time."""
SOON_S = 5.0
AFTER_GRACE_S = 5.0
"""For which workers that should have ended are waited for, before they are killed."""


@dataclass(frozen=True)
class Links:
    """What a worker has of its supervisor.

    Attributes:
        lifeline: A pipe that becomes readable when the supervisor dies.
        ready: A pipe to report that the worker answers; it is closed when the worker dies.
        replaces: The process id of the worker that it replaces, if any.
    """

    lifeline: int
    ready: int
    replaces: int | None

    def report_ready(self) -> None:
        """Tell the supervisor that the worker answers."""
        os.write(self.ready, _READY)


Work = Callable[[Links], int]
"""What a worker does; returns its exit code."""


@dataclass
class _Process:
    """A running worker."""

    pid: int
    ready: int
    started: float
    is_ready: bool = False


class Supervisor:
    """Runs workers until SIGTERM or SIGINT.

    It has one thread and loads no library of a model, so that it can fork at any time and stays small.
    """

    def __init__(
        self,
        work: Work,
        num_workers: int,
        grace_s: float,
        *,
        notify: Notify,
        on_ready: Callable[[], None],
        on_stop: Callable[[], None],
    ) -> None:
        """Prepare the workers.

        Args:
            work: What each of them does.
            num_workers: That run at the same time.
            grace_s: In which they end.
            notify: Gets a line on what happens to them.
            on_ready: Called once, when all of them answer.
            on_stop: Called once, before they are ended.
        """
        self._work = work
        self._num_workers = num_workers
        self._grace_s = grace_s
        self._notify = notify
        self._on_ready = on_ready
        self._on_stop = on_stop
        self._processes: dict[int, _Process] = {}
        self._selector = selectors.DefaultSelector()
        self._due: list[tuple[float, int]] = []
        self._delay = 0.0
        self._was_ready = False
        self._is_stopping = False
        self._deadline: float | None = None
        self._exit_code = 0

    def run(self) -> int:
        """Run the workers, and return the exit code: 0, or that of a worker that failed."""
        self._lifeline, held = os.pipe()
        wakeup, signalled = os.pipe()
        for end in (wakeup, signalled):
            os.set_blocking(end, False)
        self._closed_in_workers = (held, wakeup, signalled)
        before = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
        previous = signal.set_wakeup_fd(signalled, warn_on_full_buffer=False)
        self._selector.register(wakeup, selectors.EVENT_READ)
        try:
            for _ in range(self._num_workers):
                self._start(None)
            while self._processes or self._due:
                self._step(wakeup)
        finally:
            signal.set_wakeup_fd(previous)
            for number, handler in before.items():
                signal.signal(number, handler)
            for end in (self._lifeline, *self._closed_in_workers):
                os.close(end)
            self._selector.close()
        return self._exit_code

    def _step(self, wakeup: int) -> None:
        """Wait for a signal, a worker or a time that is due, and act on it."""
        times = [due for due, _ in self._due] + ([] if self._deadline is None else [self._deadline])
        timeout = max(0.0, min(times) - time.monotonic()) if times else None
        for key, _ in self._selector.select(timeout):
            if key.fd != wakeup:
                self._hear(self._processes[key.fd])
                continue
            for number in os.read(wakeup, 256):
                self._obey(number)
        now = time.monotonic()
        for due, pid in [item for item in self._due if item[0] <= now]:
            self._due.remove((due, pid))
            self._start(pid)
        if self._deadline is not None and now > self._deadline:
            self._notify("workers did not end in time and are killed")
            self._signal_all(signal.SIGKILL)
            self._deadline = None

    def _start(self, replaces: int | None) -> None:
        ready, write_ready = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._run_worker(Links(self._lifeline, write_ready, replaces))
        os.close(write_ready)
        self._processes[ready] = _Process(pid, ready, time.monotonic())
        self._selector.register(ready, selectors.EVENT_READ)

    def _run_worker(self, links: Links) -> NoReturn:
        """Be a worker, in a new process, and end it."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            for end in self._closed_in_workers:
                os.close(end)
            code = self._work(links)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)  # the libraries of the model take long to tear down

    def _hear(self, process: _Process) -> None:
        """Act on what a worker reports: it answers, or it has ended."""
        if os.read(process.ready, 1) == _READY:
            process.is_ready = True
            if not self._was_ready and all(other.is_ready for other in self._processes.values()):
                self._was_ready = True
                self._on_ready()
            return
        self._selector.unregister(process.ready)
        os.close(process.ready)
        del self._processes[process.ready]
        code = os.waitstatus_to_exitcode(os.waitpid(process.pid, 0)[1])
        if self._is_stopping:
            self._exit_code = self._exit_code or _exit_code(code)
        elif not self._was_ready:  # it cannot start, and has said why
            self._exit_code = _exit_code(code) or 1
            self._stop()
        else:
            self._replace(process, code)

    def _replace(self, process: _Process, code: int) -> None:
        """Start another worker: at once, or after a delay that doubles if workers die soon after their start."""
        lived = time.monotonic() - process.started
        self._delay = min(LONGEST_DELAY_S, max(FIRST_DELAY_S, 2 * self._delay)) if lived < SOON_S else 0.0
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        when = f" in {self._delay:g} s" if self._delay else ""
        self._notify(f"worker {process.pid} {how}; starting another{when}")
        self._due.append((time.monotonic() + self._delay, process.pid))

    def _obey(self, number: int) -> None:
        """Act on a signal."""
        if number == signal.SIGHUP:
            self._signal_all(signal.SIGHUP)
        elif self._is_stopping:  # asked a second time
            self._signal_all(signal.SIGKILL)
        else:
            self._stop()

    def _stop(self) -> None:
        """Let the workers end."""
        self._is_stopping = True
        self._on_stop()
        self._due.clear()
        self._deadline = time.monotonic() + self._grace_s + AFTER_GRACE_S
        self._signal_all(signal.SIGTERM)

    def _signal_all(self, number: signal.Signals) -> None:
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)


def _exit_code(code: int) -> int:
    """Return the exit code of a process, as a shell does for one that was killed."""
    return 128 - code if code < 0 else code
