"""The access log: a line of JSON for each request, on standard output."""

import asyncio
import json
import os
from collections.abc import Mapping
from typing import Any

FLUSH_S = 0.1
"""Longest time that a line waits."""
_WHOLE_BYTES = 4_096
"""A pipe that several processes write to keeps writes of this size whole."""


class AccessLog:
    """Writes lines in groups: one system call for each takes as long as formatting it.

    A reader that goes away ends the log, and not the service.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        self._waiting: list[bytes] = []
        self._size = 0
        self._timer: asyncio.TimerHandle | None = None

    def write(self, fields: Mapping[str, Any]) -> None:
        """Write a line, soon."""
        line = json.dumps(fields).encode() + b"\n"
        if self._size + len(line) > _WHOLE_BYTES:
            self.flush()
        self._waiting.append(line)
        self._size += len(line)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_S, self.flush)

    def flush(self) -> None:
        """Write all lines now."""
        content, self._waiting, self._size = b"".join(self._waiting), [], 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while content and self._descriptor is not None:
            try:
                content = content[os.write(self._descriptor, content) :]
            except OSError:
                self._descriptor = None
