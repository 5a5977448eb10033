"""Write a model directory whole or not at all: into a hidden sibling, synced, then renamed."""

import errno
import os
import platform
import shutil
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sentiment.distribution import installed_version
from sentiment.errors import ModelDirectoryError, OutputError
from sentiment.model_dir.manifest import (
    CLASSIFIER,
    CONFIG_FILE,
    KNOWN_FILES,
    MANIFEST_FILE,
    FileRecord,
    Manifest,
    check_labels,
)
from sentiment.writing import sync

_REMEDIES = {
    errno.ENOSPC: "free some space, or choose another disk",
    errno.EDQUOT: "free some space, or choose another disk",
    errno.EACCES: "choose a writable folder",
    errno.EPERM: "choose a writable folder",
    errno.EROFS: "choose a writable folder",
    errno.ENOTDIR: "a file is in place of a folder; choose another place",
    errno.EEXIST: "a file is in place of a folder; choose another place",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def check_out(path: Path, *, replace: bool) -> None:
    """Fail now where `staged_model_dir` would fail after an hour of training. Writes nothing.

    Args:
        path: Where the model directory is to stand.
        replace: Whether one that stands there already may be replaced.

    Raises:
        OutputError: Something stands there that may not be replaced, or the folder around it can't be written to.
    """
    _check_replaceable(path, replace=replace)
    parent = path.absolute().parent
    while not os.path.lexists(parent):
        parent = parent.parent
    if not parent.is_dir():
        raise OutputError(f"{path}: cannot be written, because {parent} is not a folder; choose another place")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise OutputError(f"{path}: cannot be written, because {parent} is not writable; choose a writable folder")


@contextmanager
def staged_model_dir(
    path: Path, *, labels: Sequence[str], replace: bool, kind: str = CLASSIFIER, temperature: float = 1.0
) -> Iterator[Path]:
    """Give a temporary directory to write a model's files into; where the block ends well it becomes `path`.

    Then the manifest is written, everything is synced to the disk, and one rename makes it visible. With `replace`, the
    old directory is first renamed aside, and back if the new one can't take its place; it is deleted last. Where the
    block raises, or anything here fails, `path` is what it was and the temporary directory is gone. What a killed
    process left behind is cleared, or put back, by the next call for the same path on the same machine.

    The block must write the files that the kind requires, for a classifier `config.yaml`, `tokenizer.json` and
    `model.onnx`, and files only, no folders. An OSError raised in it counts as a failure to write.

    Args:
        path: Where the model directory is to stand.
        labels: Names of the classes, in the order of the logits.
        replace: Whether a model directory that stands there already may be replaced.
        kind: What it is to hold, a classifier or an encoder.
        temperature: What a classifier's logits are to be divided by.

    Yields:
        The directory to write into, beside `path`.

    Raises:
        OutputError: Something stands there that may not be replaced, or writing failed: no permission, no space.
        ValueError: Labels are not strings, two or more, non-empty and distinct.
    """
    names = check_labels(list(labels), kind)
    _check_replaceable(path, replace=replace)
    # Absolute, as the block may change the working directory; resolved where it ends in a dot, which is no name.
    target = path.resolve() if path.name in {"", ".."} else path.absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(target)
        staging = _hidden_sibling(target, "tmp")
        staging.mkdir()
        try:
            yield staging
            _seal(staging, names, kind, temperature)
            _put_in_place(staging, target, replace=replace)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "choose another place")
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}); {remedy}") from error


def _check_replaceable(path: Path, *, replace: bool) -> None:
    """Refuse a path at which something stands, unless it is a model directory, nothing else, and may go."""
    if not os.path.lexists(path):
        return
    if not replace:
        raise OutputError(f"{path}: already exists; choose another place, or replace it with `force`")
    if not path.is_dir() or path.is_symlink():
        raise OutputError(
            f"{path}: exists and is not a model directory, so `force` does not replace it; choose another place"
        )
    try:
        found = {entry.name for entry in path.iterdir()}
    except OSError as error:
        raise OutputError(f"{path}: cannot be read ({error.strerror}); choose another place") from error
    if found and MANIFEST_FILE not in found:
        raise OutputError(
            f"{path}: exists and is not a model directory, so `force` does not replace it; choose another place"
        )
    try:
        ours = KNOWN_FILES | Manifest.read(path).files.keys() if found else KNOWN_FILES
    except ModelDirectoryError:  # a broken model is a good reason to replace it
        ours = KNOWN_FILES
    if foreign := sorted(found - ours):
        raise OutputError(
            f"{path}: contains {foreign[0]!r}, which `force` would delete; move it, or choose another place"
        )


def _seal(staging: Path, labels: tuple[str, ...], kind: str, temperature: float) -> None:
    """Write the manifest and sync every file, then the directory."""
    from sentiment.config import parse_config

    config_path = staging / CONFIG_FILE
    manifest = Manifest(
        labels=labels,
        max_tokens=parse_config(config_path.read_text(encoding="utf-8"), str(config_path)).tokenizer.max_tokens,
        sentiment_version=installed_version(),
        created=datetime.now(UTC),
        files={path.name: FileRecord.of(path) for path in staging.iterdir()},
        kind=kind,
        temperature=temperature,
    )
    (staging / MANIFEST_FILE).write_text(manifest.to_json(), encoding="utf-8")
    Manifest.read(staging)  # a model without its required files must never stand
    for path in staging.iterdir():
        sync(path)
    sync(staging)


def _put_in_place(staging: Path, target: Path, *, replace: bool) -> None:
    """Rename `staging` to `target`, and what stands there aside and away."""
    _check_replaceable(target, replace=replace)  # again, as an hour may have passed
    if not os.path.lexists(target):
        staging.rename(target)
        sync(target.parent)
        return
    aside = _hidden_sibling(target, "old")
    try:
        target.rename(aside)
        staging.rename(target)
    except BaseException:
        if not os.path.lexists(target):
            aside.rename(target)
        raise
    sync(target.parent)
    shutil.rmtree(aside, ignore_errors=True)


def _clear_leftovers(target: Path) -> None:
    """Delete what dead processes of this machine left beside `target`; put an old model back if none stands there."""
    for kind in ("old", "tmp"):
        prefix = f".{target.name}.{kind}-{_machine()}-"
        for path in target.parent.iterdir():
            pid, _, _ = path.name.removeprefix(prefix).partition("-")
            if not path.name.startswith(prefix) or not pid.isdecimal() or _is_alive(int(pid)):
                continue
            if kind == "old" and not os.path.lexists(target) and (path / MANIFEST_FILE).is_file():
                path.rename(target)
            else:
                shutil.rmtree(path, ignore_errors=True)


def _hidden_sibling(target: Path, kind: str) -> Path:
    """Return a name that nothing has: it tells what is in it, and which process of which machine made it."""
    return target.with_name(f".{target.name}.{kind}-{_machine()}-{os.getpid()}-{os.urandom(4).hex()}")


def _machine() -> str:
    """Name this machine in eight digits: on a shared disk, a process of another must not be taken for a dead one."""
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _is_alive(pid: int) -> bool:
    if os.name == "nt":  # there, os.kill with signal 0 is Ctrl-C
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True
