"""Atomic and durable writing of files."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import BinaryIO

_LEFTOVER_S = 3600.0
"""A file that another process is writing is younger; an older one is the leftover of a killed process."""


def sync(path: Path) -> None:
    """Return when a file, or the names in a folder, are on disk.

    Raises:
        OSError: It cannot be synced.
    """
    if os.name == "nt" and path.is_dir():  # cannot be opened there
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a hidden file next to `path` to write to, which is renamed to `path` if the block succeeds.

    It is on disk by then, and has the permissions of the file it replaces. If the block raises, `path` is unchanged.
    Several processes may write the same path at once. Leftovers of a killed process are deleted after an hour.

    Args:
        path: In a folder that exists.

    Raises:
        OSError: It can't be written.
    """
    for leftover in path.parent.glob(f".{escape(path.name)}.????????.part"):
        with suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _LEFTOVER_S:
                leftover.unlink()
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.is_file():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
        sync(path.parent)
    except BaseException:  # an interruption must not leave a file behind either
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file with `whole_file`.

    Raises:
        OSError: It can't be written.
    """
    with whole_file(path) as file:
        file.write(content)
