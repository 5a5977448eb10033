"""Files that a run writes: unfinished under another name, and renamed when they are whole."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from sentiment.errors import OutputError

PART_SUFFIX = ".part"
JOURNAL_SUFFIX = ".journal"
WHOLE_SUFFIX = ".whole"


def part_of(path: Path) -> Path:
    """Return where an unfinished file stands."""
    return path.with_name(path.name + PART_SUFFIX)


def journal_of(path: Path) -> Path:
    """Return where the journal of an unfinished file stands."""
    return path.with_name(path.name + JOURNAL_SUFFIX)


def output_error(path: Path, error: OSError) -> OutputError:
    """Say in one line why a file can't be written."""
    return OutputError(
        f"{path}: cannot be written ({error.strerror or error}); choose another place, or free some space"
    )


def check_target(path: Path) -> None:
    """Refuse a place where no file can be put.

    Raises:
        OutputError: No regular file can stand there: there is a folder, a device or a pipe, or no folder around it.
    """
    try:
        if path.is_dir():
            raise OutputError(f"{path}: is a folder; name a file")
        if not path.parent.is_dir():
            raise OutputError(f"{path}: there is no folder {path.parent}; make it first")
        # The longer names of the unfinished files are looked at, too: they may be too long.
        if any(map(_is_special, (path, part_of(path), journal_of(path)))):
            raise OutputError(f"{path}: is no regular file and cannot be replaced by one; name another place")
    except OSError as error:
        raise output_error(path, error) from error


def _is_special(path: Path) -> bool:
    """Whether a device or a pipe stands there, or a link to what a process has open, as /dev/stdout is."""
    is_open_file = path.is_symlink() and str(path.readlink()).startswith("/proc/")
    return is_open_file or (path.exists() and not path.is_file())


class PartFile:
    """A file in the making, at `<path>.part`; `finish` puts it in its place."""

    def __init__(self, path: Path, keep_bytes: int | None) -> None:
        """Open the unfinished file.

        Args:
            path: Where it will stand.
            keep_bytes: How much of what an earlier run wrote is sound; None to start anew.

        Raises:
            OutputError: It can't be opened, or is shorter than what is to be kept.
        """
        self.path = path
        self.part = part_of(path)
        try:
            self._file = self.part.open("wb" if keep_bytes is None else "r+b")
            if keep_bytes is not None:
                if self._file.seek(0, os.SEEK_END) < keep_bytes:
                    raise OutputError(f"{self.part}: shorter than its journal says; delete it, and start anew")
                self._file.truncate(keep_bytes)
                self._file.seek(keep_bytes)
        except OSError as error:
            raise output_error(self.part, error) from error
        self.size = keep_bytes or 0

    def write(self, content: bytes) -> None:
        """Append bytes."""
        try:
            self._file.write(content)
        except OSError as error:
            raise output_error(self.part, error) from error
        self.size += len(content)

    def sync(self) -> None:
        """Return when all that was written is on the disk."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise output_error(self.part, error) from error

    def close(self) -> None:
        """Leave the unfinished file where it is."""
        self._file.close()

    def finish(self) -> None:
        """Put the file in its place, where it replaces what stands there."""
        self.sync()
        self.close()
        put_in_place(self.part, self.path)

    def discard(self) -> None:
        """Delete the unfinished file."""
        self.close()
        self.part.unlink(missing_ok=True)


def put_in_place(part: Path, path: Path) -> None:
    """Rename a whole, synced file, and return when that is on the disk.

    Raises:
        OutputError: It can't be done.
    """
    try:
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise output_error(path, error) from error


def write_whole(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write a file under another name, and put it in its place when it is whole.

    Raises:
        OutputError: It can't be written.
    """
    whole = path.with_name(path.name + WHOLE_SUFFIX)
    try:
        try:
            with whole.open("w+b") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            whole.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise output_error(path, error) from error
    put_in_place(whole, path)
