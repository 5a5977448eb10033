"""The access log: a line of JSON for each request, on standard output."""

import json
import os
import time
from collections.abc import Mapping
from queue import Empty, SimpleQueue
from threading import Thread
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
    """Writes lines in groups, on a thread of its own, so that a reader that stalls or goes away delays no request."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, fields: Mapping[str, Any]) -> None:
        """Write a line, soon."""
        if self._lines.qsize() < MAX_WAITING:
            self._lines.put(json.dumps(fields).encode() + b"\n")

    def close(self) -> None:
        """Write the lines that wait, and end."""
        self._lines.put(None)
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._next_group()
            try:
                while group:
                    group = group[os.write(self._descriptor, group) :]
            except OSError:  # the reader has gone: what is written later waits, up to its limit
                return

    def _next_group(self) -> tuple[bytes, bool]:
        """Wait for lines, and return those of a short time; and whether there can be more."""
        group, end = b"", 0.0
        while len(group) < _WHOLE_BYTES // 2:
            try:
                line = self._lines.get(timeout=max(0.0, end - time.monotonic()) if group else None)
            except Empty:
                break
            if line is None:
                return group, False
            if not group:
                end = time.monotonic() + FLUSH_S
            group += line
        return group, True
