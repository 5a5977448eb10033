"""A worker: one event loop that answers, and the threads of its models."""

import asyncio
import contextlib
import ctypes
import gc
import logging
import resource
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import uvicorn

from sentiment.errors import SentimentError, ServiceError
from sentiment.serving.app import create_app
from sentiment.serving.process.access_log import AccessLog
from sentiment.serving.process.connections import GuardedProtocol
from sentiment.serving.process.loading import load_models
from sentiment.serving.service import service_of

if TYPE_CHECKING:
    from sentiment.serving.models import ServedModel
    from sentiment.serving.process.run import ServiceOptions
    from sentiment.serving.process.supervisor import Links

KEEP_ALIVE_S = 75.0
"""For which an idle connection is kept: longer than nginx keeps its own."""
LINGER_S = 0.3
"""For which a worker that ends still answers new requests with 503: those that were on their way."""
FIRST_REQUEST_S = 2.0
"""For which it waits for the first request of those that have connected."""
STEP_S = 0.05
STANDARD_OUTPUT = 1
NEW_OBJECTS = 20_000
"""After which Python looks for cycles among them. A request makes hundreds, and leaves none behind."""
SWITCH_S = 0.0002
"""For which a busy thread keeps Python's lock. A batch needs it some thirty times, and would mostly wait for it."""
_ATTACH_FILTER, _BPF_RETURN = 26, 0x06

_log = logging.getLogger("sentiment.serving")


def run_worker(options: "ServiceOptions", listener: socket.socket, links: "Links") -> int:
    """Answer requests until SIGTERM, and return the exit code: 0 if every accepted request was answered.

    Raises:
        SentimentError: The models cannot be loaded.
    """
    import uvloop

    _allow_many_connections()
    sys.setswitchinterval(SWITCH_S)
    if links.replaces is not None:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(links.replaces)  # type: ignore[no-untyped-call]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_Worker(options, listener, links).run())


class _Worker:
    """A worker between its start and its end."""

    def __init__(self, options: "ServiceOptions", listener: socket.socket, links: "Links") -> None:
        self._options = options
        self._listener = listener
        self._links = links
        self._log = AccessLog(STANDARD_OUTPUT)
        log = self._log.write if options.access_log else None
        app = create_app({}, replace(options.settings, log=log))
        self._service = service_of(app)
        self._server = _Server(
            uvicorn.Config(
                app,
                http=GuardedProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=int(KEEP_ALIVE_S),
                timeout_graceful_shutdown=1,
            )
        )
        self._ending = asyncio.Event()
        self._exchanging = asyncio.Lock()

    async def run(self) -> int:
        """Answer requests until the end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ending.set)
        exchanges: set[asyncio.Task[None]] = set()
        loop.add_signal_handler(signal.SIGHUP, lambda: exchanges.add(loop.create_task(self._exchange())))
        loop.add_reader(self._links.lifeline, self._ending.set)  # readable once the supervisor has died
        load = asyncio.to_thread(load_models, self._options.models, self._options.notify)
        if self._links.replaces is not None:  # others answer: clients need not meet a worker that is not ready
            self._take(await load)
        serving = loop.create_task(self._server.serve(sockets=[self._listener]))
        if self._links.replaces is None:
            self._take(await load)
        self._links.report_ready()
        await self._ending.wait()
        end = loop.time() + self._options.grace_s
        is_whole = await self._drain(end)
        await self._stop_listening()
        while is_whole and self._service.num_open and loop.time() < end:  # fetches a table still
            await asyncio.sleep(STEP_S)
        self._server.should_exit = True
        await serving
        self._log.close()
        return 0 if is_whole else ServiceError.exit_code

    async def _exchange(self) -> None:
        """Load the models anew; until they are proved, the old ones answer."""
        notify, asked = self._options.notify, self._options.models
        async with self._exchanging:
            try:
                models = await asyncio.to_thread(load_models, asked, notify, prove=True)
            except SentimentError as error:
                self._service.metrics.exchange_ended("failed")
                notify(f"error: {error}; the model that was loaded before still answers")
                return
            self._take(models)
            self._service.metrics.exchange_ended("done")

    def _take(self, models: "Sequence[ServedModel]") -> None:
        """Answer with these models from now on, and look for cycles among new objects only, not among theirs."""
        self._service.exchange(models)
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])

    async def _drain(self, end: float) -> bool:
        """Answer what was accepted, and refuse the rest; return whether all was answered by some time of the loop.

        All workers wait for the tables of each: one that ends refuses connections for the others, too.
        """
        service, loop = self._service, asyncio.get_running_loop()
        service.is_draining = True
        linger_end = loop.time() + LINGER_S
        while loop.time() < end and (loop.time() < linger_end or service.is_busy or service.tables.is_awaited):
            await asyncio.sleep(STEP_S)
        if service.is_busy:
            left = f"{service.num_open:,} requests were not answered and {service.tables.num_open:,} tables"
            self._options.notify(f"{left} not finished within the grace period")
        return not service.is_busy

    async def _stop_listening(self) -> None:
        """Close the listener, with as few clients as possible in between, and still answer those that are connected."""
        _refuse_connections(self._listener)
        await self._wait_while(lambda: bool(select.select([self._listener], [], [], 0)[0]))
        for server in self._server.servers:
            server.close()
        self._listener.close()
        connections = self._server.server_state.connections
        await self._wait_while(lambda: any(map(_is_fresh, connections)))

    async def _wait_while(self, is_unfinished: Callable[[], bool]) -> None:
        """Wait until all clients that have connected are accepted, or have asked, but not for long."""
        end = asyncio.get_running_loop().time() + FIRST_REQUEST_S
        await asyncio.sleep(STEP_S)
        while is_unfinished() and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(STEP_S)


class _Server(uvicorn.Server):
    """uvicorn's server, which leaves signals to the worker."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Change no signal handler."""
        yield


def _is_fresh(connection: object) -> bool:
    """Return whether a connection has had no request."""
    return isinstance(connection, GuardedProtocol) and connection.cycle is None


def _refuse_connections(listener: socket.socket) -> None:
    """Let no further client connect, while those that have connected are still accepted.

    Clients that try again find the listener closed. Elsewhere than on Linux, one may connect just before that.
    """
    if sys.platform != "linux":
        return
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", _BPF_RETURN, 0, 0, 0))  # of each packet, keep nothing
    with contextlib.suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(instruction)))


def _allow_many_connections() -> None:
    """Raise the limit of open files to what the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
