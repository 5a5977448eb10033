"""Write a model directory atomically: into a hidden sibling, synced, then renamed."""

import errno
import os
import platform
import shutil
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
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
    errno.ENOTDIR: "a file is where a folder is needed; choose another place",
    errno.EEXIST: "a file is where a folder is needed; choose another place",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def check_out(path: Path, *, replace: bool) -> None:
    """Fail early where `staged_model_dir` would fail after an hour of training; writes nothing.

    Args:
        path: The model directory to write.
        replace: Whether an existing one may be replaced.

    Raises:
        OutputError: Something exists there that may not be replaced, or its parent folder cannot be written to.
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
    path: Path,
    *,
    labels: Sequence[str],
    replace: bool,
    kind: str = CLASSIFIER,
    temperature: float | Callable[[], float] = 1.0,
    scales: tuple[float, ...] | None = None,
    biases: tuple[float, ...] | None = None,
) -> Iterator[Path]:
    """Yield a temporary directory for a model's files, which becomes `path` if the block succeeds.

    Then the manifest is written, everything is synced to disk, and one rename makes it visible. With `replace`, the old
    directory is first renamed aside, and back if the new one cannot take its place; it is deleted last. If the block
    raises, or anything here fails, `path` is unchanged and the temporary directory is removed. Leftovers of a killed
    process are removed, or put back, by the next call for the same path on the same machine.

    The block must write the files that the kind requires, for a classifier `config.yaml`, `tokenizer.json` and
    `model.onnx`, and files only, no folders. An OSError raised in it counts as a failure to write.

    Args:
        path: The model directory to write.
        labels: Names of the classes, in the order of the logits.
        replace: Whether an existing model directory may be replaced.
        kind: Whether it is a classifier or an encoder.
        temperature: Divides a classifier's logits. A function is called after the block.
        scales: Of each class, in place of the temperature; None for the temperature alone.
        biases: Of each class, with `scales`.

    Yields:
        The directory to write into, a sibling of `path`.

    Raises:
        OutputError: Something exists there that may not be replaced, or writing failed: no permission, no space.
        ValueError: Labels are not two or more distinct, non-empty strings.
    """
    names = check_labels(list(labels), kind)
    _check_replaceable(path, replace=replace)
    # Absolute, as the block may change the working directory; resolved if it ends in a dot, which is not a name.
    target = path.resolve() if path.name in {"", ".."} else path.absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(target)
        staging = _hidden_sibling(target, "tmp")
        staging.mkdir()
        try:
            yield staging
            divisor = temperature() if callable(temperature) else temperature
            _seal(staging, names, kind, divisor, scales, biases)
            _put_in_place(staging, target, replace=replace)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "choose another place")
        raise OutputError(f"{path}: cannot be written ({error.strerror or error}); {remedy}") from error


def staged_like(path: Path, manifest: Manifest, *, replace: bool) -> AbstractContextManager[Path]:
    """Yield what `staged_model_dir` does, for files of the kind, the classes and the probabilities of a manifest."""
    return staged_model_dir(
        path,
        labels=manifest.labels,
        replace=replace,
        kind=manifest.kind,
        temperature=manifest.temperature,
        scales=manifest.scales,
        biases=manifest.biases,
    )


def _check_replaceable(path: Path, *, replace: bool) -> None:
    """Refuse an existing path, unless it is a model directory without foreign files that may be replaced."""
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


def _seal(
    staging: Path,
    labels: tuple[str, ...],
    kind: str,
    temperature: float,
    scales: tuple[float, ...] | None,
    biases: tuple[float, ...] | None,
) -> None:
    """Write the manifest and sync every file, then the directory."""
    from sentiment.config import parse_config

    config_path = staging / CONFIG_FILE
    config = parse_config(config_path.read_text(encoding="utf-8"), str(config_path), is_record=True)
    manifest = Manifest(
        labels=labels,
        max_tokens=config.tokenizer.max_tokens,
        sentiment_version=installed_version(),
        created=datetime.now(UTC),
        files={path.name: FileRecord.of(path) for path in staging.iterdir()},
        kind=kind,
        temperature=temperature,
        scales=scales,
        biases=biases,
    )
    (staging / MANIFEST_FILE).write_text(manifest.to_json(), encoding="utf-8")
    Manifest.read(staging)  # a model without its required files must never become visible
    for path in staging.iterdir():
        sync(path)
    sync(staging)


def _put_in_place(staging: Path, target: Path, *, replace: bool) -> None:
    """Rename `staging` to `target`, after moving an existing directory aside, which is then deleted."""
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
    """Delete leftovers of dead processes of this machine next to `target`; put an old model back if it is missing."""
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
    """Return an unused name that shows its content, and the process and machine that made it."""
    return target.with_name(f".{target.name}.{kind}-{_machine()}-{os.getpid()}-{os.urandom(4).hex()}")


def _machine() -> str:
    """Return an eight-digit id of this machine, whose dead processes it can tell from others' on a shared disk."""
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
