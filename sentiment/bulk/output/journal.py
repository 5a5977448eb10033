"""The journal beside an unfinished output: how far it has come, to the byte."""

import json
import os
import stat
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sentiment.bulk.counts import Counts
from sentiment.bulk.output.paths import lock, output_error
from sentiment.errors import OutputError
from sentiment.files import UnreadableError, parse_json
from sentiment.writing import sync

JOURNAL_VERSION = 2
_MAX_LINE_BYTES = 16 << 20
_MAX_NUMBER = 1 << 63


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a run was asked for.

    Attributes:
        asked: What decides on the bytes of its output, by name.
        force: Whether files that stood there may be replaced.
        in_place: Whether the output may replace the input.
        rejects: Where its broken rows go, as it was written; None to stop at the first.
    """

    asked: dict[str, Any]
    force: bool
    in_place: bool
    rejects: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A state that a run can resume from.

    Attributes:
        records: Records of the input that are done, blank lines among them.
        input_sha256: Digest of the header and those records.
        part_bytes: Bytes of the unfinished output that are sound.
        part_sha256: Their digest.
        rejects_bytes: Bytes of the unfinished rejects that are sound.
        rejects_sha256: Their digest.
        counts: Where the rows went.
        output_sha256: Digest of the whole output, when nothing is left but to put it in its place.
    """

    records: int
    input_sha256: str
    part_bytes: int
    part_sha256: str
    rejects_bytes: int
    rejects_sha256: str
    counts: Counts
    output_sha256: str | None = None


class Journal:
    """A file of JSON lines: first what was asked for, then a line for every state, each synced before the next.

    A line that a kill cut off is no line. The file is locked while its run lives, so that two runs can't write one
    output. Nothing in it is believed unseen: it may come from anywhere.

    Attributes:
        path: Where it stands.
        beginning: What the run was asked for; None where none has begun.
        last: The state to resume from; None where nothing is done.
    """

    def __init__(self, path: Path, descriptor: int, *, is_new: bool) -> None:
        self.path = path
        self.beginning: Beginning | None = None
        self.last: Entry | None = None
        self._descriptor = descriptor
        self._is_new = is_new

    @classmethod
    def open(cls, path: Path, mode: int) -> Self:
        """Open or create a journal, lock it and read how far it has come.

        Raises:
            OutputError: It can't be written, another run holds it, or what stands there is no journal.
        """
        while True:
            descriptor, is_new = _open(path, mode)
            try:
                lock(descriptor, path)
                if not _stands(descriptor, path):  # its run ended, and deleted it, before it could be locked
                    os.close(descriptor)
                    continue
                journal = cls(path, descriptor, is_new=is_new)
                journal._read()
            except BaseException:
                os.close(descriptor)
                raise
            return journal

    def begin(self, beginning: Beginning) -> None:
        """Start over."""
        os.ftruncate(self._descriptor, 0)
        self.beginning, self.last = beginning, None
        self._append({"version": JOURNAL_VERSION, **asdict(beginning)})
        try:
            sync(self.path.parent)
        except OSError as error:
            raise output_error(self.path, error) from error

    def append(self, entry: Entry) -> None:
        """Add a state; when this returns it is on the disk."""
        self._append(asdict(entry))
        self.last = entry

    def remove(self) -> None:
        """Delete the file, as nothing is left to resume."""
        if _stands(self._descriptor, self.path):
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.beginning is None and self._is_new:
            self.remove()
        os.close(self._descriptor)

    def _append(self, values: dict[str, Any]) -> None:
        line = memoryview((json.dumps(values) + "\n").encode())
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
            os.fsync(self._descriptor)
        except OSError as error:
            raise output_error(self.path, error) from error

    def _read(self) -> None:
        """Find the last whole state, and cut off what stands behind it."""
        sound_bytes = 0
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            while line := file.readline(_MAX_LINE_BYTES):
                values = _parsed(line)
                if self.beginning is None:
                    if _is_torn_beginning(line):
                        break
                    self.beginning = _beginning(values)
                    if self.beginning is None:
                        raise OutputError(
                            f"{self.path}: is not a journal of this version of sentiment; move it away, or delete it"
                        )
                elif _is_entry(values):
                    self.last = Entry(**{**values, "counts": Counts(**values["counts"])})
                else:
                    break
                sound_bytes += len(line)
        os.ftruncate(self._descriptor, sound_bytes)


def _open(path: Path, mode: int) -> tuple[int, bool]:
    """Open a regular file for appending; return also whether it is new."""
    flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        try:
            return os.open(path, flags | os.O_CREAT | os.O_EXCL, mode), True
        except FileExistsError:
            descriptor = os.open(path, flags)
    except FileNotFoundError:  # deleted in between
        return _open(path, mode)
    except OSError as error:
        raise output_error(path, error) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        os.close(descriptor)
        raise OutputError(
            f"{path}: is not a regular file, or is a hard link to another one; move it away, or delete it"
        )
    return descriptor, False


def _stands(descriptor: int, path: Path) -> bool:
    """Whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def _parsed(line: bytes) -> dict[str, Any]:
    """Return the object that a whole line holds; an empty one if it holds none."""
    try:
        values = parse_json(line) if line.endswith(b"\n") else None
    except UnreadableError:
        values = None
    return values if isinstance(values, dict) else {}


def _is_torn_beginning(line: bytes) -> bool:
    """Whether a kill came while the first line was written."""
    start = b'{"version": '
    return not line.endswith(b"\n") and line[: len(start)] == start[: len(line)]


def _beginning(values: dict[str, Any]) -> Beginning | None:
    if values.pop("version", None) != JOURNAL_VERSION or values.keys() != {field.name for field in fields(Beginning)}:
        return None
    beginning = Beginning(**values)
    is_sound = (
        isinstance(beginning.asked, dict)
        and isinstance(beginning.force, bool)
        and isinstance(beginning.in_place, bool)
        and isinstance(beginning.rejects, str | None)
    )
    return beginning if is_sound else None


def _is_entry(values: dict[str, Any]) -> bool:
    """Whether an object is a state: the names of one, and what belongs under each."""
    counts = values.get("counts")
    return (
        values.keys() == {field.name for field in fields(Entry)}
        and isinstance(counts, dict)
        and counts.keys() == {field.name for field in fields(Counts)}
        and all(map(_is_number, (*counts.values(), values["records"], values["part_bytes"], values["rejects_bytes"])))
        and all(isinstance(values[name], str) for name in ("input_sha256", "part_sha256", "rejects_sha256"))
        and isinstance(values["output_sha256"], str | None)
    )


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < _MAX_NUMBER
