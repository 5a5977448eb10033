"""Arrays that took long to compute, kept between runs in the user's cache folder."""

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.files import UnreadableError, read_file
from sentiment.user_cache import user_cache

Arrays = Mapping[str, NDArray[Any]]

_MAX_ENTRY_BYTES = 2**32
_DIGEST_BYTES = hashlib.sha256().digest_size


def cached_arrays(
    folder: Path | None, key: str, compute: Callable[[], Arrays], notify: Callable[[str], None]
) -> Arrays:
    """Return the arrays kept under a key, or compute and keep them.

    An entry is one .npz file with the SHA-256 of its bytes behind it; `numpy.load` reads it as it stands. It appears
    whole or not at all. One that is damaged is computed again, and where none can be written the arrays are returned
    all the same; both are said.

    Args:
        folder: where entries are kept; None for the user's cache folder.
        key: what the arrays depend on, as a file name.
        compute: makes them.
        notify: hears of a damaged entry and of one that could not be kept.
    """
    path = entry_path(folder, key)
    if path is None:
        notify("the baseline is not kept for the next time, as this user has no home directory; set XDG_CACHE_HOME")
        return compute()
    try:
        content = read_file(path, _MAX_ENTRY_BYTES)
    except FileNotFoundError:
        content = None
    except (OSError, UnreadableError) as error:
        fault = error.strerror if isinstance(error, OSError) else error
        notify(f"{path}: the cache entry cannot be read ({fault}); computing it again")
        content = None
    if content is not None:
        arrays = _decode(content)
        if arrays is not None:
            return arrays
        notify(f"{path}: the cache entry is damaged; computing it again")
    arrays = compute()
    try:
        _write(path, _encode(arrays))
    except OSError as error:
        notify(f"{path}: cannot be kept for the next time ({error.strerror})")
    return arrays


def entry_path(folder: Path | None, key: str) -> Path | None:
    """Return where an entry stands, or will stand; None where there is no folder for any."""
    if folder is None and (cache := user_cache()) is not None:
        folder = cache / "baselines"
    return None if folder is None else folder / f"{key}.npz"


def _encode(arrays: Arrays) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    content = stream.getvalue()
    return content + hashlib.sha256(content).digest()


def _decode(entry: bytes) -> Arrays | None:
    content, digest = entry[:-_DIGEST_BYTES], entry[-_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):  # a file of another kind
        return None


def _write(path: Path, entry: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(prefix=f".{path.stem[:16]}-", dir=path.parent, delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(entry)
            file.close()
            temporary.replace(path)
        except BaseException:  # an interruption too must leave no litter
            temporary.unlink(missing_ok=True)
            raise
