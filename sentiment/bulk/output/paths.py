"""Paths of the unfinished files of a run, and the error if one cannot be written."""

import fcntl
import os
from pathlib import Path

from sentiment.errors import OutputError

PART_SUFFIX = ".part"
JOURNAL_SUFFIX = ".journal"
WHOLE_SUFFIX = ".whole"
RESERVED_SUFFIXES = (PART_SUFFIX, JOURNAL_SUFFIX, WHOLE_SUFFIX)


def part_of(path: Path) -> Path:
    """Return the path of an unfinished file."""
    return path.with_name(path.name + PART_SUFFIX)


def journal_of(path: Path) -> Path:
    """Return the path of the journal of an unfinished file."""
    return path.with_name(path.name + JOURNAL_SUFFIX)


def whole_of(path: Path) -> Path:
    """Return the temporary path of a file that is written from an unfinished one."""
    return path.with_name(path.name + WHOLE_SUFFIX)


def lock(descriptor: int, path: Path) -> None:
    """Lock an open file against other runs; on a file system without locks this has no effect.

    Raises:
        OutputError: Another run has locked it.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(f"{path}: another run is writing this output; wait for it, or choose another") from None
    except OSError:  # the file system has no locks
        pass


def refuse_held(path: Path) -> None:
    """Refuse to touch a file that another run has locked.

    Raises:
        OutputError: It does.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        lock(descriptor, path)
    finally:
        os.close(descriptor)


def output_error(path: Path, error: OSError | ValueError) -> OutputError:
    """Return a one-line error on why a file cannot be written."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return OutputError(f"{path}: cannot be written ({reason}); choose another place, or free some space")
