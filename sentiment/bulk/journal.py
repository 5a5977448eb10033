"""The journal beside an unfinished output: how far it has come, to the byte."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sentiment.bulk.counts import Counts
from sentiment.bulk.paths import output_error
from sentiment.errors import OutputError

JOURNAL_VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A state that a run can go on from.

    Attributes:
        records: Records of the input that are done, blank lines among them.
        input_sha256: Digest of those records.
        part_bytes: Bytes of the unfinished output that are sound.
        rejects_bytes: The same of the rejects file.
        counts: Where the rows went.
        is_complete: Whether nothing is left but to put the output in its place.
    """

    records: int
    input_sha256: str
    part_bytes: int
    rejects_bytes: int
    counts: Counts
    is_complete: bool = False


class Journal:
    """A file of JSON lines: first what was asked for, then a line for every state, each synced before the next.

    A line that a kill cut off is no line. The file is locked while its run lives, so that two runs can't write one
    output.
    """

    def __init__(self, path: Path, descriptor: int, asked: dict[str, Any] | None, last: Entry | None) -> None:
        self.path = path
        self.asked = asked
        self.last = last
        self._descriptor = descriptor

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create a journal, lock it and read how far it has come.

        Raises:
            OutputError: It can't be written, or another run holds it.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        except OSError as error:
            raise output_error(path, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise OutputError(
                f"{path}: another run is at work on this output; wait for it, or choose another"
            ) from None
        with os.fdopen(os.dup(descriptor), "rb") as file:
            file.seek(0)
            asked, last, sound_bytes = _read(file.read())
        os.ftruncate(descriptor, sound_bytes)
        return cls(path, descriptor, asked, last)

    def begin(self, asked: dict[str, Any]) -> None:
        """Start anew."""
        os.ftruncate(self._descriptor, 0)
        self.asked, self.last = asked, None
        self._append({"version": JOURNAL_VERSION, **asked})

    def append(self, entry: Entry) -> None:
        """Add a state; when this returns it is on the disk."""
        self.last = entry
        self._append(asdict(entry))

    def remove(self) -> None:
        """Delete the file, as its output is in place."""
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def _append(self, fields_: dict[str, Any]) -> None:
        try:
            os.write(self._descriptor, (json.dumps(fields_) + "\n").encode())
            os.fsync(self._descriptor)
        except OSError as error:
            raise output_error(self.path, error) from error


def _read(content: bytes) -> tuple[dict[str, Any] | None, Entry | None, int]:
    """Return what was asked for, the last whole state, and where that ends."""
    asked: dict[str, Any] | None = None
    last: Entry | None = None
    sound_bytes = 0
    for line in content.splitlines(keepends=True):
        try:
            values = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            values = None
        if not isinstance(values, dict):
            break
        if asked is None:
            if values.pop("version", None) != JOURNAL_VERSION:
                break
            asked = values
        elif values.keys() == {field.name for field in fields(Entry)}:
            last = Entry(**{**values, "counts": Counts(**values["counts"])})
        else:
            break
        sound_bytes += len(line)
    return asked, last, sound_bytes
