"""The access log: a line of JSON for each request, on standard output."""

import json
import os
from collections import deque
from collections.abc import Iterator, Mapping
from threading import Event, Thread
from typing import Any

FLUSH_S = 0.1
"""Longest time that a line waits, if the reader keeps up."""
MAX_WAITING = 10_000
"""Lines that wait for a slow reader; further ones are dropped."""
CLOSE_S = 2.0
"""For which the last lines are written at the end."""
_WHOLE_BYTES = 4_096
"""A pipe that several processes write to keeps writes of this size whole."""


class AccessLog:
    """Writes lines in groups, on a thread of its own, so that a reader that stalls or goes away delays no request.

    The thread wakes once a group: woken by every line, it would take the interpreter's lock from each request.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: deque[bytes] = deque()
        self._has_lines, self._is_closed = Event(), Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, fields: Mapping[str, Any]) -> None:
        """Write a line, soon."""
        if len(self._lines) < MAX_WAITING:
            self._lines.append(json.dumps(fields).encode() + b"\n")
            if not self._has_lines.is_set():
                self._has_lines.set()

    def close(self) -> None:
        """Write the lines that wait, and end."""
        self._is_closed.set()
        self._has_lines.set()
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while not self._is_closed.is_set():
            self._has_lines.wait()
            self._is_closed.wait(FLUSH_S)
            self._has_lines.clear()
            try:
                for group in self._groups():
                    self._write_whole(group)
            except OSError:  # the reader has gone: what is written later waits, up to its limit
                return

    def _write_whole(self, group: bytes) -> None:
        while group:
            group = group[os.write(self._descriptor, group) :]

    def _groups(self) -> Iterator[bytes]:
        """Yield the lines that wait, as many together as a pipe keeps whole."""
        group = b""
        while self._lines:
            if group and len(group) + len(self._lines[0]) > _WHOLE_BYTES:
                yield group
                group = b""
            group += self._lines.popleft()
        if group:
            yield group
