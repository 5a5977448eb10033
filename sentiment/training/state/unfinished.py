"""The directory of an unfinished training: `<out>.unfinished`, a sibling of the model directory to write."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from shlex import quote

from sentiment.errors import OutputError
from sentiment.model_dir import RECORD_FILE, check_out, unfinished_path

_BEFORE_THE_RECORD = re.compile(r"tokenizer\.json|state\.json|[0-9a-f]{64}\.safetensors|\..+\.part")
"""Files that may be in the directory before there is a record to resume from."""

_OF_A_TRAINING = re.compile(rf"{re.escape(RECORD_FILE)}|{_BEFORE_THE_RECORD.pattern}")


def check_startable(out: Path, *, replace: bool) -> None:
    """Fail early if a new training could not write to `out`; writes nothing.

    Raises:
        OutputError: a model or an unfinished training is there and `replace` is not set, or something else is where its
            state belongs, or `out` cannot be written.
    """
    check_out(out, replace=replace)
    directory = unfinished_path(out)
    try:
        foreign = sorted(name for name in _names(directory) if not _OF_A_TRAINING.fullmatch(name))
        is_taken = directory.exists() and not (replace or _was_never_recorded(directory))
    except OSError as error:
        raise OutputError(f"{directory}: cannot be created: {error.strerror}; choose another `out`") from error
    if foreign:
        raise OutputError(
            f"{directory}: contains {foreign[0]}, which is no part of a training; move it, or choose another `out`"
        )
    if is_taken:
        way = f"resume it with --resume {quote(str(out))}, or discard it with `force`"
        raise OutputError(f"{directory}: contains an unfinished training; {way}")


@contextmanager
def new_unfinished(out: Path, *, replace: bool) -> Iterator[Path]:
    """Make an empty directory for a training's state, and lock it.

    Raises:
        OutputError: as for `check_startable` and `hold`, or it cannot be created.
    """
    directory = unfinished_path(out)
    with ExitStack() as held:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            held.enter_context(hold(directory))
            check_startable(out, replace=replace)
            for path in directory.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError as error:
            raise OutputError(f"{directory}: cannot be created: {error.strerror}; choose another `out`") from error
        yield directory


@contextmanager
def hold(directory: Path) -> Iterator[None]:
    """Lock a training's state against other processes.

    A directory that cannot be opened is not locked: reading it will report why. Nor is one on a file system without
    locks.

    Raises:
        OutputError: another process has locked it.
    """
    with ExitStack() as held:
        with suppress(OSError):
            descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
            held.callback(os.close, descriptor)
            _lock(descriptor, directory)
        yield


def _lock(descriptor: int, directory: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(
            f"{directory}: another process is training there; wait for it, stop it, or choose another `out`"
        ) from None


def _was_never_recorded(directory: Path) -> bool:
    """Return whether a training was killed there before it could be resumed, and the directory has no other files."""
    return directory.is_dir() and all(map(_BEFORE_THE_RECORD.fullmatch, _names(directory)))


def _names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()} if directory.is_dir() else set()


def remove_unfinished(directory: Path) -> None:
    """Remove the state of a training whose model is written; leftovers are harmless."""
    shutil.rmtree(directory, ignore_errors=True)
