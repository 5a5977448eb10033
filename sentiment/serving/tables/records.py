"""The folder of a table: what came in, what goes out, and how far the work is.

All processes of a service share these folders, so that each can tell of every table.
"""

import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from sentiment.writing import write_whole

RECEIVING, WAITING, RUNNING, DONE, FAILED = "receiving", "waiting", "running", "done", "failed"
_FINISHED = (DONE, FAILED)
REJECTS_NAME = "rejects.jsonl"
_RECORD, _HELD = "table.json", "held"
_ID_LENGTH = 32


@dataclass(frozen=True)
class TableFolder:
    """The folder of a table; once it is gone, nobody wants the table any more, and the work on it stops.

    Attributes:
        path: Its path; its name is the id of the table.
    """

    path: Path

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make a folder under a new id, which cannot be guessed.

        Raises:
            OSError: The disk has no room for it.
        """
        table = cls(folder / uuid.uuid4().hex)
        try:
            for place in (table.path, table.path / "in", table.path / "out"):
                place.mkdir(mode=0o700)
            table.write({"state": RECEIVING, "process": os.getpid()})
        except OSError:
            table.delete()
            raise
        return table

    @classmethod
    def find(cls, folder: Path, table_id: str) -> Self | None:
        """Return the folder of an id; None if there is none."""
        is_id = len(table_id) == _ID_LENGTH and table_id.isascii() and table_id.isalnum()
        table = cls(folder / table_id)
        return table if is_id and (table.path / _RECORD).is_file() else None

    @classmethod
    def all(cls, folder: Path) -> Iterator[Self]:
        """Yield the folders of all tables."""
        return (cls(path) for path in folder.iterdir() if len(path.name) == _ID_LENGTH)

    @property
    def id(self) -> str:
        """The id of the table."""
        return self.path.name

    def input(self, name: str) -> Path:
        """Return the path of the table that came in."""
        return self.path / "in" / name

    def output(self, name: str) -> Path:
        """Return the path of the table that goes out."""
        return self.path / "out" / name

    @property
    def rejects(self) -> Path:
        """The path of its broken rows."""
        return self.path / REJECTS_NAME

    def write(self, record: Mapping[str, Any]) -> None:
        """Record how far the work is."""
        with suppress(FileNotFoundError):  # the table was deleted
            write_whole(self.path / _RECORD, json.dumps(record).encode())

    def read(self) -> dict[str, Any] | None:
        """Return what was recorded last, None if the table is deleted; one whose process has died has failed."""
        try:
            record: dict[str, Any] = json.loads((self.path / _RECORD).read_bytes())
        except FileNotFoundError:
            return None
        if record["state"] not in _FINISHED and not _is_alive(record["process"]):
            record |= {"state": FAILED, "error": "the process that worked on it has died; send the table again"}
        return record

    @property
    def is_deleted(self) -> bool:
        """Whether nobody wants the table any more."""
        return not self.path.exists()

    def delete(self) -> None:
        """Delete the folder, and what was left of it the last time.

        It is renamed first: work that goes on meanwhile finds no folder to write into.
        """
        gone = self.path.with_name(f"{self.id}.deleted")
        with suppress(OSError):
            self.path.rename(gone)
        for path in (gone, self.path):
            shutil.rmtree(path, ignore_errors=True)

    def is_expired(self, seconds: float) -> bool:
        """Return whether the work ended some time ago: a table that waits changes nothing, for however long."""
        return _is_older(self.path / _RECORD, seconds) and self._is_finished()

    def hold(self) -> None:
        """Note that somebody will come for the table; at the end of the work again, as the time counts from then on."""
        with suppress(FileNotFoundError):
            (self.path / _HELD).touch()

    def release(self) -> None:
        """Note that nobody needs to be waited for, as all was fetched."""
        (self.path / _HELD).unlink(missing_ok=True)

    def is_held(self, seconds: float) -> bool:
        """Return whether somebody comes for the table: the work goes on, or ended less than some seconds ago."""
        if not (self.path / _HELD).exists():
            return False
        if _is_older(self.path / _HELD, seconds) and self._is_finished():
            self.release()  # so that the next look at it costs less
            return False
        return True

    def _is_finished(self) -> bool:
        record = self.read()
        return record is None or record["state"] in _FINISHED


def _is_older(path: Path, seconds: float) -> bool:
    """Return whether a file was last written more than some seconds ago; False if there is none."""
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime > seconds
    return False


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
