"""The journal of an unfinished output: its progress, to the byte."""

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
    """The request of a run.

    Attributes:
        asked: Everything that determines the bytes of its output, by name.
        force: Whether existing files may be replaced.
        in_place: Whether the output may replace the input.
        rejects: The file for broken rows, as given by the user; None to stop at the first.
    """

    asked: dict[str, Any]
    force: bool
    in_place: bool
    rejects: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A state that a run can resume from.

    Attributes:
        records: Number of input records that are done, including blank lines.
        input_sha256: Digest of the header and those records.
        part_bytes: Number of valid bytes in the unfinished output.
        part_sha256: Their digest.
        rejects_bytes: Number of valid bytes in the unfinished rejects.
        rejects_sha256: Their digest.
        counts: Of the rows.
        output_sha256: Digest of the whole output, when all that is left is to put it in place.
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
    """A file of JSON lines: first the request, then a line for every state, each synced before the next.

    An incomplete last line is ignored. The file is locked while its run is alive, so that two runs cannot write the
    same output. Everything in it is validated: it may come from anywhere.

    Attributes:
        path: Of the journal.
        beginning: The request of the run; None if none has begun.
        last: The state to resume from; None if nothing is done.
    """

    def __init__(self, path: Path, descriptor: int, *, is_new: bool) -> None:
        self.path = path
        self.beginning: Beginning | None = None
        self.last: Entry | None = None
        self._descriptor = descriptor
        self._is_new = is_new

    @classmethod
    def open(cls, path: Path, mode: int) -> Self:
        """Open or create a journal, lock it and read its last state.

        Raises:
            OutputError: It cannot be written, is locked by another run, or the file is not a journal.
        """
        while True:
            descriptor, is_new = _open(path, mode)
            try:
                lock(descriptor, path)
                if not _is_in_place(descriptor, path):  # its run ended and deleted it before it could be locked
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
        """Append a state; it is on disk when this returns."""
        self._append(asdict(entry))
        self.last = entry

    def remove(self) -> None:
        """Delete the file, when nothing is left to resume."""
        if _is_in_place(self._descriptor, self.path):
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
        """Find the last complete state, and truncate the file after it."""
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
    """Open a regular file for appending; also return whether it is new."""
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


def _is_in_place(descriptor: int, path: Path) -> bool:
    """Return whether an open file is still at its path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False


def _parsed(line: bytes) -> dict[str, Any]:
    """Return the object on a complete line; an empty one if there is none."""
    try:
        values = parse_json(line) if line.endswith(b"\n") else None
    except UnreadableError:
        values = None
    return values if isinstance(values, dict) else {}


def _is_torn_beginning(line: bytes) -> bool:
    """Return whether the run was killed while writing the first line."""
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
    """Return whether an object is a state: its keys, and the type of each value."""
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
