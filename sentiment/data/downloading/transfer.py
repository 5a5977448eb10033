"""One attempt to download a file over HTTP, block by block, with a limit on every wait."""

import queue
import threading
import time
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, InvalidURL, responses
from urllib.error import HTTPError, URLError

from sentiment.data.downloading.addresses import Address
from sentiment.errors import DownloadError

_BLOCK_BYTES = 1 << 16
_REFUSALS_FOR_NOW = frozenset({408, 425, 429})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 10
_HANDLERS = (
    urllib.request.ProxyHandler,
    urllib.request.HTTPHandler,
    urllib.request.HTTPSHandler,
    urllib.request.HTTPDefaultErrorHandler,
    urllib.request.HTTPErrorProcessor,
)


@dataclass(frozen=True)
class Patience:
    """Timeouts and retries of a download.

    Attributes:
        connect_s: seconds until the response begins, including name look-up and redirects. Short, and without a second
            attempt: an offline machine should fail at once.
        read_s: seconds over which `lowest_rate` must be sustained.
        lowest_rate: bytes per second below which a download is aborted. So no attempt lasts longer than the size of the
            file divided by it, plus `read_s`.
        attempts: total number, if the server was reached but the file did not arrive.
        backoff_s: seconds before the second attempt; doubled before each later one.
    """

    connect_s: float = 5.0
    read_s: float = 20.0
    lowest_rate: float = 5_000.0
    attempts: int = 4
    backoff_s: float = 0.5


class BrokenOffError(Exception):
    """The server was reached but the file did not arrive; another attempt may succeed."""


class Transfer:
    """One attempt.

    It reads in a separate thread: name look-up has no timeout, and a server that sends a byte now and then resets
    that of a socket, so both are timed from outside.
    """

    def __init__(self, address: Address, patience: Patience) -> None:
        self._address = address
        self._patience = patience
        self._received: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        self._given_up = threading.Event()

    def blocks(self) -> Generator[bytes]:
        """Yield the blocks of the file as they arrive.

        Raises:
            DownloadError: the server cannot be reached, refuses permanently, or is too slow.
            BrokenOffError: it refuses temporarily, stops sending, or the connection broke.
        """
        threading.Thread(target=self._read, name="download", daemon=True).start()
        try:
            self._await_answer()
            wanted = self._patience.lowest_rate * self._patience.read_s
            until, received = time.monotonic() + self._patience.read_s, 0
            while block := self._next(until, received):
                yield block
                received += len(block)
                if received >= wanted:
                    until, received = time.monotonic() + self._patience.read_s, 0
        finally:
            self._given_up.set()

    def _read(self) -> None:
        """Put the blocks into the queue, with an empty one before and after them, or the error."""
        try:
            with _open(self._address, self._patience.read_s) as response:
                self._received.put(b"")
                while not self._given_up.is_set() and (block := response.read1(_BLOCK_BYTES)):
                    self._received.put(block)
            self._received.put(b"")
        except (OSError, HTTPException, ValueError, DownloadError) as error:
            self._received.put(error)

    def _await_answer(self) -> None:
        connect_s, shown = self._patience.connect_s, self._address.shown
        try:
            answer = self._received.get(timeout=connect_s)
        except queue.Empty:
            answer = URLError(f"no answer within {connect_s:g} s")
        match answer:
            case DownloadError():
                raise DownloadError(f"{shown}: {answer}") from answer
            case HTTPError():
                answer.close()
                fault = f"the server answered {answer.code} {responses.get(answer.code, '')}".rstrip()
                if answer.code >= 500 or answer.code in _REFUSALS_FOR_NOW:
                    raise BrokenOffError(fault) from answer
                raise DownloadError(f"{shown}: cannot be downloaded ({fault})") from answer
            case ConnectionError() | TimeoutError():
                raise BrokenOffError(_describe(answer)) from answer
            case Exception():
                raise DownloadError(f"{shown}: cannot be reached ({_describe(answer)})") from answer

    def _next(self, until: float, received: int) -> bytes:
        """Return the next block; an empty one at the end of the file.

        Args:
            until: deadline, by the monotonic clock.
            received: bytes that have arrived in this period.
        """
        try:
            block = self._received.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            fault = f"only {received:,} bytes arrived within {self._patience.read_s:g} s"
            if received:
                raise DownloadError(f"{self._address.shown}: is too slow, {fault}; try again later") from None
            raise BrokenOffError(fault.replace("only 0", "no")) from None
        if isinstance(block, Exception):
            raise BrokenOffError(_describe(block)) from block
        return block


def _open(address: Address, timeout_s: float) -> HTTPResponse:
    """Return the response, after redirects; urllib itself would follow them to ftp:// and read their bodies."""
    opener = urllib.request.OpenerDirector()
    for handler in _HANDLERS:
        opener.add_handler(handler())
    for _ in range(_MAX_REDIRECTS):
        request = urllib.request.Request(address.url)  # noqa: S310  (an Address is http or https)
        if address.authorization is not None:
            request.add_header("Authorization", address.authorization)
        try:
            response: HTTPResponse = opener.open(request, timeout=timeout_s)
        except HTTPError as error:
            if error.code not in _REDIRECTS or (target := error.headers["Location"]) is None:
                raise
            error.close()
            address = address.redirected(target)
        else:
            return response
    raise DownloadError("redirects in a circle")


def _describe(error: Exception) -> str:
    """Describe an error without the text of addresses and responses, which may be secret or endless."""
    match error:
        case URLError(reason=OSError() as inner):
            return _describe(inner)
        case URLError():
            return str(error.reason)
        case OSError():
            return error.strerror or str(error) or type(error).__name__
        case HTTPException() if not isinstance(error, InvalidURL):
            return f"its response is not valid HTTP, {type(error).__name__}"
        case _:
            return "the proxy set in the environment has an invalid address"
