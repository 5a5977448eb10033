"""A cache of arrays that are slow to compute, in the user's cache folder."""

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.files import UnreadableError, read_file
from sentiment.user_cache import user_cache
from sentiment.writing import whole_file

Arrays = Mapping[str, NDArray[Any]]

MAX_FOLDER_BYTES = 2**31
"""Total size of a cache folder; the least recently used entries make room for others."""
_ENTRIES = "[0-9a-f]" * 64 + ".npz"
_DIGEST_BYTES = hashlib.sha256().digest_size


def cached_arrays(path: Path | None, compute: Callable[[], Arrays], notify: Notify) -> Arrays:
    """Return the arrays of an entry, or compute and cache them; arguments as for `read_entry`."""
    arrays = read_entry(path, notify)
    if arrays is None:
        arrays = compute()
        write_entry(path, arrays, notify)
    return arrays


def entry_path(folder: Path | None, name: str, key: str) -> Path | None:
    """Return the path of an entry, existing or not; None if there is no cache folder.

    Args:
        folder: the cache folder; None for a folder in the user's cache.
        name: of that folder.
        key: a SHA-256 of everything the arrays depend on, in hex.
    """
    if folder is None and (cache := user_cache()) is not None:
        folder = cache / name
    return None if folder is None else folder / f"{key}.npz"


def read_entry(path: Path | None, notify: Notify, is_sound: Callable[[Arrays], bool] = lambda _: True) -> Arrays | None:
    """Return the cached arrays at a path; None if there are no usable ones.

    Args:
        path: from `entry_path`.
        notify: gets a note on a damaged entry, or if the user has no cache folder.
        is_sound: checks whether the arrays are those requested.
    """
    if path is None:
        notify("nothing is cached, because this user has no home directory; set XDG_CACHE_HOME")
        return None
    try:
        content = read_file(path, MAX_FOLDER_BYTES)
    except FileNotFoundError:
        return None
    except (OSError, UnreadableError) as error:
        fault = error.strerror if isinstance(error, OSError) else error
        notify(f"{path}: the cache entry cannot be read ({fault}); computing it again")
        return None
    arrays = _decode(content)
    if arrays is None or not is_sound(arrays):
        notify(f"{path}: the cache entry is damaged; computing it again")
        return None
    with suppress(OSError):
        os.utime(path)  # marks it as recently used, for `_make_room`
    return arrays


def write_entry(path: Path | None, arrays: Arrays, notify: Notify) -> None:
    """Cache arrays, if there is a cache folder.

    An entry is an .npz file followed by the SHA-256 of its bytes; `numpy.load` reads it as it is. It is written
    atomically.

    Args:
        path: from `entry_path`.
        arrays: to cache.
        notify: gets a note if they cannot be cached.
    """
    if path is None:
        return
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    content = stream.getvalue() + hashlib.sha256(stream.getbuffer()).digest()
    if len(content) > MAX_FOLDER_BYTES:
        notify(f"{path}: cannot be cached ({len(content):,} bytes are too many)")
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path.parent, len(content))
        with whole_file(path) as file:
            os.fchmod(file.fileno(), 0o600)  # a linear model contains fragments of its training texts
            file.write(content)
    except OSError as error:
        notify(f"{path}: cannot be cached ({error.strerror})")


def unambiguous(texts: Sequence[str]) -> bytes:
    """Return texts preceded by their number and lengths, so that ["ab"] and ["a", "b"] differ."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    return np.array([len(encoded), *map(len, encoded)], dtype="<i8").tobytes() + b"".join(encoded)


def _decode(entry: bytes) -> Arrays | None:
    content, digest = entry[:-_DIGEST_BYTES], entry[-_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):  # a file of another kind
        return None


def _make_room(folder: Path, size_bytes: int) -> None:
    """Delete the least recently used entries until one of this size fits into the folder."""
    entries = [(path.lstat(), path) for path in folder.glob(_ENTRIES)]
    excess = size_bytes + sum(found.st_size for found, _ in entries) - MAX_FOLDER_BYTES
    for found, path in sorted(entries, key=lambda entry: entry[0].st_mtime_ns):
        if excess <= 0:
            return
        path.unlink(missing_ok=True)
        excess -= found.st_size
