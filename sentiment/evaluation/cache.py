"""Arrays that took long to compute, kept between runs in the user's cache folder."""

import hashlib
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

_DIGEST_BYTES = hashlib.sha256().digest_size


def cached_array(
    folder: Path | None,
    key: str,
    shape: tuple[int, ...],
    compute: Callable[[], NDArray[np.float32]],
    notify: Callable[[str], None],
) -> NDArray[np.float32]:
    """Return the array kept under a key, or compute it and keep it.

    An entry is one .npy file with the SHA-256 of its bytes behind it; `numpy.load` reads it as it stands. It appears
    whole or not at all. One that is damaged is computed again, and where none can be written the array is returned all
    the same; both are said.

    Args:
        folder: where entries are kept; None for the user's cache folder.
        key: what the array depends on, as a file name.
        shape: of the array.
        compute: makes it.
        notify: hears of a damaged entry and of one that could not be kept.
    """
    path = (platformdirs.user_cache_path("sentiment") / "baselines" if folder is None else folder) / f"{key}.npy"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = None
    except OSError as error:
        notify(f"{path}: the cache entry cannot be read ({error.strerror}); computing it again")
        content = None
    if content is not None:
        array = _decode(content, shape)
        if array is not None:
            return array
        notify(f"{path}: the cache entry is damaged; computing it again")
    array = compute()
    try:
        _write(path, _encode(array))
    except OSError as error:
        notify(f"{path}: cannot be kept for the next time ({error.strerror})")
    return array


def _encode(array: NDArray[np.float32]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    content = stream.getvalue()
    return content + hashlib.sha256(content).digest()


def _decode(entry: bytes, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    content, digest = entry[:-_DIGEST_BYTES], entry[-_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    array = np.load(io.BytesIO(content), allow_pickle=False)
    return array if array.shape == shape and array.dtype == np.float32 else None


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
