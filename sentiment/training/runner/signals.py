"""Signals that ask a training to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from sentiment.launch import Launch

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass
class StopRequest:
    """Whether a stop was requested; checked between steps."""

    received: bool = False


@contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Record the first SIGINT or SIGTERM instead of exiting; a second one has its usual effect.

    torchrun passes the signals that it gets on to its processes, and a terminal sends them too; so there, all are only
    recorded. torchrun kills a process that does not end within 30 seconds.
    """
    request, has_launcher = StopRequest(), Launch.read().world_size > 1
    previous = {number: signal.getsignal(number) for number in STOP_SIGNALS}

    def restore() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    def note(_number: int, _frame: FrameType | None) -> None:
        request.received = True
        if not has_launcher:
            restore()

    for number in STOP_SIGNALS:
        signal.signal(number, note)
    try:
        yield request
    finally:
        restore()
