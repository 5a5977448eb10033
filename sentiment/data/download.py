"""Fetching a known file over HTTP: whole and checked, or not at all."""

import hashlib
import os
import queue
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from sentiment.errors import DownloadError

Progress = Callable[[int, int], None]
"""Hears the bytes that are there, and the bytes that there will be."""

_BLOCK_BYTES = 1 << 16
_REFUSALS_FOR_NOW = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Patience:
    """How long a download waits, and how often it tries.

    Attributes:
        connect_s: seconds until the answer begins, the look-up of the name included. Short, and without a second
            attempt: a machine that is offline should learn so at once.
        read_s: seconds without a byte.
        attempts: how often it begins, where the server was reached and the file did not arrive.
        backoff_s: seconds before the second attempt; doubled before each later one.
    """

    connect_s: float = 5.0
    read_s: float = 20.0
    attempts: int = 4
    backoff_s: float = 0.5


class _BrokeOff(Exception):  # noqa: N818  (the next attempt may go well)
    """The server was reached, and the file did not arrive."""


def download(
    url: str,
    target: Path,
    *,
    size_bytes: int,
    sha256: str,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> None:
    """Fetch a file whose size and SHA-256 are known.

    It is held in memory until it is whole and right, and then appears under its name in one rename: several processes
    may fetch it at once.

    Args:
        url: http or https.
        target: where it is to stand; folders are made.
        size_bytes: its size; no more is read.
        sha256: in hex.
        progress: hears of each block.
        patience: None for the defaults.

    Raises:
        DownloadError: it cannot be fetched, is not what it should be, or cannot be written.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"{url}: cannot be downloaded, as it does not begin with http:// or https://")
    content = _fetch(url, size_bytes, progress, patience or Patience())
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DownloadError(f"{url}: is not the file it should be, its SHA-256 differs")
    try:
        _write(target, content)
    except OSError as error:
        raise DownloadError(f"{target}: cannot be written ({error.strerror or error})") from error


def _fetch(url: str, size_bytes: int, progress: Progress | None, patience: Patience) -> bytes:
    for attempt in range(patience.attempts):
        if attempt:
            time.sleep(patience.backoff_s * 2 ** (attempt - 1))
        try:
            return _fetch_once(url, size_bytes, progress, patience)
        except _BrokeOff as error:
            fault = str(error)
    raise DownloadError(f"{url}: cannot be downloaded ({fault}), after {patience.attempts} attempts")


def _fetch_once(url: str, size_bytes: int, progress: Progress | None, patience: Patience) -> bytes:
    content = bytearray()
    with _open(url, patience) as response:
        try:
            while block := response.read1(_BLOCK_BYTES):
                content += block
                if len(content) > size_bytes:
                    raise DownloadError(f"{url}: is not the file it should be, it has more than {size_bytes:,} bytes")
                if progress is not None:
                    progress(len(content), size_bytes)
        except (OSError, HTTPException) as error:
            raise _BrokeOff(str(error) or type(error).__name__) from error
    if len(content) < size_bytes:
        raise _BrokeOff(f"it ended after {len(content):,} of {size_bytes:,} bytes")
    return bytes(content)


def _open(url: str, patience: Patience) -> HTTPResponse:
    """Return the response, or fail within `connect_s`."""
    outcome = _connect(url, patience)
    match outcome:
        case urllib.error.HTTPError():
            outcome.close()
            fault = f"the server answers {outcome.code} {outcome.reason}"
            if outcome.code >= 500 or outcome.code in _REFUSALS_FOR_NOW:
                raise _BrokeOff(fault) from outcome
            raise DownloadError(f"{url}: cannot be downloaded ({fault})") from outcome
        case urllib.error.URLError():
            reason = getattr(outcome.reason, "strerror", None) or outcome.reason
            raise DownloadError(f"{url}: cannot be reached ({reason})") from outcome
        case ConnectionError() | TimeoutError():
            raise _BrokeOff(str(outcome)) from outcome
        case Exception():
            raise DownloadError(f"{url}: cannot be reached ({outcome})") from outcome
    return outcome


def _connect(url: str, patience: Patience) -> HTTPResponse | Exception:
    """Return the response, or why there is none.

    The look-up of a name knows no timeout and may take half a minute, so it is waited for from outside.
    """
    outcomes: queue.SimpleQueue[HTTPResponse | Exception] = queue.SimpleQueue()
    nobody_waits = threading.Event()

    def connect() -> None:
        try:
            response: HTTPResponse = urllib.request.urlopen(url, timeout=patience.read_s)  # noqa: S310  (checked)
        except (OSError, HTTPException, ValueError) as error:
            outcomes.put(error)
            return
        if nobody_waits.is_set():
            response.close()
        outcomes.put(response)

    threading.Thread(target=connect, name="download", daemon=True).start()
    try:
        return outcomes.get(timeout=patience.connect_s)
    except queue.Empty:
        nobody_waits.set()
        return urllib.error.URLError(f"no answer within {patience.connect_s:g} s")


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp keeps a file to its owner; a cache may be shared
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
