"""Run a service: an address, a folder, a supervisor and its workers."""

import logging
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sentiment.callbacks import Notify
from sentiment.errors import SentimentError, ServiceError
from sentiment.model_dir import ModelDirectory, locate_model
from sentiment.serving.process.supervisor import Links, Supervisor
from sentiment.serving.settings import ServingSettings

BACKLOG = 2_048
"""Connections that wait to be accepted."""
_LOCAL = ("127.", "::1")
METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True)
class ServiceOptions:
    """A service to run.

    Attributes:
        models: Directories or names, the default first; the default model if empty.
        host: The address to listen at.
        port: To listen at; any free one if 0.
        workers: Processes that answer.
        grace_s: In which accepted requests are answered at the end.
        settings: Of the application.
        access_log: Whether each request is a line of JSON on standard output.
        notify: Gets a line on what happens.
    """

    models: Sequence[str]
    host: str
    port: int
    workers: int
    grace_s: float
    settings: ServingSettings
    access_log: bool
    notify: Notify


def run_service(options: ServiceOptions) -> int:
    """Run a service until SIGTERM or SIGINT, and return its exit code.

    SIGHUP loads the models anew: until they are proved, the old ones answer.

    Raises:
        ServiceError: The address cannot be listened at.
        ModelDirectoryError: A model is missing or is none that predicts.
    """
    for model in options.models:
        ModelDirectory.open(locate_model(model))  # a worker would find out only after the address was taken
    listener = _listen(options.host, options.port)
    address = listener.getsockname()
    if not str(address[0]).startswith(_LOCAL) and not options.settings.api_keys:
        options.notify(f"WARNING: {address[0]} is not local and no key is set: anyone who reaches it may use it")
    with TemporaryDirectory(prefix="sentiment-serve-") as folder, listener:
        for name in ("counts", "tables"):
            Path(folder, name).mkdir()
        os.environ[METRICS_VARIABLE] = str(Path(folder, "counts"))  # read when a worker imports the library
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # each batch runs on a thread of the queue
        ready = replace(options, settings=replace(options.settings, tables_folder=Path(folder, "tables")))
        host = f"[{address[0]}]" if listener.family == socket.AF_INET6 else address[0]
        supervisor = Supervisor(
            lambda links: _work(ready, listener, links),
            options.workers,
            options.grace_s,
            notify=options.notify,
            on_stop=listener.close,  # a connection that only this process holds would not be answered
            on_ready=lambda: options.notify(f"serving at http://{host}:{address[1]}"),
        )
        return supervisor.run()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        listener = socket.socket(family, kind)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except OSError:
            listener.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ServiceError(
            f"{host}:{port}: cannot be listened at ({reason}); choose another `host` or `port`"
        ) from None
    return listener


def _work(options: ServiceOptions, listener: socket.socket, links: Links) -> int:
    """Be a worker: everything that is large is imported here, and not by the supervisor."""
    logging.basicConfig(format="%(name)s: %(message)s", level=logging.WARNING, stream=sys.stderr)
    for name in ("uvicorn.error", "python_multipart"):  # what they say of a request is answered, counted and logged
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        from sentiment.serving.process.worker import run_worker

        return run_worker(options, listener, links)
    except SentimentError as error:
        options.notify(f"error: {error}")
        return error.exit_code
