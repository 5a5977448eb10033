"""Files that appear whole or not at all, and are on the disk when they do."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import BinaryIO

_LEFTOVER_S = 3600.0
"""A file that another process is writing is younger; an older one was left behind by a process that was killed."""


def sync(path: Path) -> None:
    """Return when a file, or the names in a folder, are on the disk.

    Raises:
        OSError: It can't be done.
    """
    if os.name == "nt" and path.is_dir():  # can't be opened there
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a hidden file beside `path` to write to; where the block ends well it becomes `path`, in one rename.

    It is on the disk by then, and has the permissions of the file whose place it takes. Where the block raises, `path`
    is what it was. Several processes may write the same path at once. What a killed process left is deleted an hour
    later.

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
    except BaseException:  # an interruption too must leave no litter
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file as `whole_file` does.

    Raises:
        OSError: It can't be written.
    """
    with whole_file(path) as file:
        file.write(content)
