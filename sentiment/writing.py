"""Atomic and durable writing of files."""

import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import BinaryIO

from sentiment.errors import OutputError

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
    Where `path` is a link, the file behind it is replaced, and the link stays. Several processes may write the same
    path at once. Leftovers of a killed process are deleted after an hour.

    Args:
        path: In a folder that exists.

    Raises:
        OSError: It can't be written.
    """
    if path.is_symlink():
        path = Path(os.path.realpath(path))
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


def check_result_path(path: Path, *suffixes: str, replace: bool = True) -> None:
    """Refuse before the work what `write_text` could not write after it.

    Args:
        path: Of the result.
        suffixes: Of which it must have one; none for any.
        replace: Whether an existing file may be replaced.

    Raises:
        OutputError: It cannot be written there.
    """
    if suffixes and path.suffix.lower() not in suffixes:
        raise OutputError(f"{path}: choose a name that ends in {' or '.join(suffixes)}")
    _refuse_unusable_name(path)
    if path.is_dir():
        raise OutputError(f"{path}: is a folder; choose another name")
    if path.exists() and not path.is_file():
        raise OutputError(f"{path}: is not a regular file; choose another name")
    if path.exists() and not replace:
        raise OutputError(f"{path}: already exists; choose another file, or replace it with `force`")
    folder = Path(os.path.realpath(path)).parent if path.is_symlink() else path.parent
    if not folder.is_dir():
        raise OutputError(f"{folder}: is not a folder; create it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"{folder}: you may not write there; choose another folder")


def _refuse_unusable_name(path: Path) -> None:
    """Refuse a name that no file can have, or that is too long with the ending of the unfinished one.

    Raises:
        OutputError: It is.
    """
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.with_name(f".{path.name or 'file'}.{'x' * 8}.part").lstat()
    except (OSError, ValueError) as error:  # ValueError: a NUL
        reason = error.strerror if isinstance(error, OSError) else error
        raise OutputError(f"{path}: cannot be written ({reason}); choose another name") from error


def check_apart(results: Iterable[Path | None], others: Iterable[str | Path | None] = ()) -> None:
    """Refuse results that would replace one another, or a file that the command reads or writes besides.

    Args:
        results: Of the command; None for one that is not wanted.
        others: Files, or names of data that are none; None for one that is not given.

    Raises:
        OutputError: Two of them are one file.
    """
    taken = {_identity(Path(other)) for other in others if other is not None}
    for result in results:
        if result is None:
            continue
        if (identity := _identity(result)) in taken:
            raise OutputError(f"{result}: is another file of the same command; choose another name")
        taken.add(identity)


def _identity(path: Path) -> tuple[int, int] | Path:
    """Return what is the same for two paths of one file, hard links included."""
    try:
        found = path.stat()
    except OSError:
        return Path(os.path.realpath(path))
    except ValueError:  # a NUL, which is in the name of no file
        return path
    return found.st_dev, found.st_ino


def write_text(path: Path, text: str, encoding: str = "utf-8") -> None:
    """Write a result of a command with `whole_file`; halves of surrogate pairs become question marks.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        write_whole(path, text.encode(encoding, "replace"))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another place") from error


def write_csv(path: Path, rows: Iterable[Iterable[object]]) -> None:
    """Write rows as CSV, with the byte order mark by which Excel knows UTF-8.

    Raises:
        OutputError: It cannot be written.
    """
    import csv
    import io

    content = io.StringIO(newline="")
    csv.writer(content).writerows(rows)
    write_text(path, content.getvalue(), "utf-8-sig")
