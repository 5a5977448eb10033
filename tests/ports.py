"""A port for a server that can't choose one itself."""

import random
import socket

BELOW_EPHEMERAL = range(20_000, 30_000)
"""The system gives no port of these to a connection: one that is free stays free until the server binds it."""


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    for port in random.Random().sample(BELOW_EPHEMERAL, 100):
        with socket.socket() as listener:
            try:
                listener.bind(("", port))
            except OSError:
                continue
            return port
    raise OSError("100 ports were taken")
