"""Download a known file over HTTP and verify it."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from sentiment.data.downloading.addresses import Address
from sentiment.data.downloading.transfer import BrokenOffError, Patience, Transfer
from sentiment.errors import DownloadError
from sentiment.writing import write_whole

Progress = Callable[[int, int], None]
"""Called with the bytes so far, and the total bytes."""


def download(
    address: Address,
    target: Path,
    *,
    size_bytes: int,
    sha256: str,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> None:
    """Download a file whose size and SHA-256 are known.

    It is kept in memory until it is complete and verified, and is then written atomically: several processes may
    download it at once.

    Args:
        address: of the file.
        target: the file to write; folders are created.
        size_bytes: its size; no more is read.
        sha256: in hex.
        progress: gets the bytes so far after each block.
        patience: None for the defaults.

    Raises:
        DownloadError: it cannot be downloaded, is not the expected file, or cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        content = _fetch(address, size_bytes, progress, patience or Patience())
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DownloadError(f"{address.shown}: not the expected file, its SHA-256 differs")
        write_whole(target, content)
    except OSError as error:
        raise DownloadError(f"{target}: cannot be written ({error.strerror or error})") from error


def _fetch(address: Address, size_bytes: int, progress: Progress | None, patience: Patience) -> bytes:
    for attempt in range(patience.attempts):
        if attempt:
            time.sleep(patience.backoff_s * 2 ** (attempt - 1))
        try:
            return _fetch_once(address, size_bytes, progress, patience)
        except BrokenOffError as error:
            fault = str(error)
    raise DownloadError(f"{address.shown}: cannot be downloaded ({fault}), after {patience.attempts} attempts")


def _fetch_once(address: Address, size_bytes: int, progress: Progress | None, patience: Patience) -> bytes:
    content = bytearray()
    for block in Transfer(address, patience).blocks():
        content += block
        if len(content) > size_bytes:
            raise DownloadError(f"{address.shown}: not the expected file, it has more than {size_bytes:,} bytes")
        if progress is not None:
            progress(len(content), size_bytes)
    if len(content) < size_bytes:
        raise BrokenOffError(f"it ended after {len(content):,} of {size_bytes:,} bytes")
    return bytes(content)
