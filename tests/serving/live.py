"""An application that listens at a port of this machine, in a thread."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

from sentiment.serving.process.connections import GuardedProtocol


@contextlib.contextmanager
def listening(app: Starlette) -> Iterator[int]:
    """Serve an application in the block; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, http=GuardedProtocol, ws="none", lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
