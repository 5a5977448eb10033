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

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
FINISHED = (DONE, FAILED)
REJECTS_NAME = "rejects.jsonl"
_RECORD, _CANCELLED = "table.json", "cancelled"
_ID_LENGTH = 32


@dataclass(frozen=True)
class TableFolder:
    """The folder of a table.

    Attributes:
        path: Its path; its name is the id of the table.
    """

    path: Path

    @classmethod
    def create(cls, folder: Path) -> Self:
        """Make a folder under a new id, which cannot be guessed."""
        table = cls(folder / uuid.uuid4().hex)
        for place in (table.path, table.path / "in", table.path / "out"):
            place.mkdir(mode=0o700)
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

    def read(self) -> dict[str, Any]:
        """Return what was recorded last; a table whose process has died has failed."""
        record: dict[str, Any] = json.loads((self.path / _RECORD).read_bytes())
        if record["state"] not in FINISHED and not _is_alive(record["process"]):
            record |= {"state": FAILED, "error": "the process that worked on it has died; send the table again"}
        return record

    def cancel(self) -> None:
        """Ask the process that works on the table to stop."""
        with suppress(FileNotFoundError):
            (self.path / _CANCELLED).touch()

    @property
    def is_cancelled(self) -> bool:
        """Whether the work must stop."""
        return (self.path / _CANCELLED).exists() or not self.path.exists()

    def delete(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def is_older_than(self, seconds: float) -> bool:
        """Return whether nothing was recorded for some time."""
        with suppress(FileNotFoundError):
            return time.time() - (self.path / _RECORD).stat().st_mtime > seconds
        return False


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
