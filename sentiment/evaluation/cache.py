"""Arrays that took long to compute, kept between runs in the user's cache folder."""

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
"""Of all entries of a folder together; those that were not used for longest make room for others."""
_ENTRIES = "[0-9a-f]" * 64 + ".npz"
_DIGEST_BYTES = hashlib.sha256().digest_size


def cached_arrays(path: Path | None, compute: Callable[[], Arrays], notify: Notify) -> Arrays:
    """Return the arrays of an entry, or compute and keep them; arguments as for `read_entry`."""
    arrays = read_entry(path, notify)
    if arrays is None:
        arrays = compute()
        write_entry(path, arrays, notify)
    return arrays


def entry_path(folder: Path | None, name: str, key: str) -> Path | None:
    """Return where an entry stands, or will stand; None where there is no folder for any.

    Args:
        folder: where entries are kept; None for a folder of the user's cache.
        name: of that folder.
        key: a SHA-256 of what the arrays depend on, in hex.
    """
    if folder is None and (cache := user_cache()) is not None:
        folder = cache / name
    return None if folder is None else folder / f"{key}.npz"


def read_entry(path: Path | None, notify: Notify, is_sound: Callable[[Arrays], bool] = lambda _: True) -> Arrays | None:
    """Return the arrays that are kept at a path; None where there are none that can be used.

    Args:
        path: of `entry_path`.
        notify: gets notes on an entry that is damaged, and of a user who has no cache.
        is_sound: tells whether the arrays are those that were asked for.
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
        os.utime(path)  # tells `_make_room` that it is of use
    return arrays


def write_entry(path: Path | None, arrays: Arrays, notify: Notify) -> None:
    """Keep arrays for the next time, if there is a place for them.

    An entry is one .npz file with the SHA-256 of its bytes behind it; `numpy.load` reads it as it stands. It appears
    whole or not at all.

    Args:
        path: of `entry_path`.
        arrays: to be kept.
        notify: gets a note where they cannot be.
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
            os.fchmod(file.fileno(), 0o600)  # a linear model holds pieces of its training texts
            file.write(content)
    except OSError as error:
        notify(f"{path}: cannot be cached ({error.strerror})")


def unambiguous(texts: Sequence[str]) -> bytes:
    """Return texts with their number and lengths before them, so that ["ab"] and ["a", "b"] differ."""
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
    """Delete the entries that were not used for longest, until one of this size fits into the folder."""
    entries = [(path.lstat(), path) for path in folder.glob(_ENTRIES)]
    excess = size_bytes + sum(found.st_size for found, _ in entries) - MAX_FOLDER_BYTES
    for found, path in sorted(entries, key=lambda entry: entry[0].st_mtime_ns):
        if excess <= 0:
            return
        path.unlink(missing_ok=True)
        excess -= found.st_size
