"""The tables in hand of one process: predicted one after the other, on a thread of their own."""

import asyncio
import os
import shutil
import weakref
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from sentiment.serving.faults import overloaded
from sentiment.serving.tables.records import TableFolder
from sentiment.serving.tables.work import TableWork

if TYPE_CHECKING:
    from sentiment.serving.metrics import Metrics
    from sentiment.serving.models import ServedModel
    from sentiment.serving.settings import ServingSettings
    from sentiment.serving.tables.receiving import TableRequest


FETCH_S = 10.0
"""For which a service that ends still gives out a table that is finished."""


class TableDesk:
    """Takes tables in, as many as there is room for, and works on one at a time.

    Attributes:
        num_open: Tables that are received, wait or are predicted.
    """

    def __init__(self, settings: "ServingSettings", metrics: "Metrics") -> None:
        self.num_open = 0
        self._settings = settings
        self._metrics = metrics
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="tables")

    @cached_property
    def folder(self) -> Path:
        """Where the folders of the tables are; a temporary one ends with the desk, or with the process."""
        if self._settings.tables_folder is not None:
            return self._settings.tables_folder
        folder = Path(mkdtemp(prefix="sentiment-tables-"))
        weakref.finalize(self, _remove, folder, os.getpid())
        return folder

    @property
    def is_awaited(self) -> bool:
        """Whether a table of any process is worked on or was just finished, and somebody comes for it."""
        return any(table.is_held(FETCH_S) for table in TableFolder.all(self.folder))

    def admit(self) -> TableFolder:
        """Make room for a table, to be received, and delete those that are too old.

        Raises:
            RequestFault: There is no room.
            OSError: The disk has none.
        """
        if self.num_open >= self._settings.max_tables:
            self._metrics.refused("tables_full")
            raise overloaded(f"{self.num_open} tables are in hand, the most that this service accepts")
        for old in TableFolder.all(self.folder):
            if old.is_expired(self._settings.keep_tables_s):
                old.delete()
        table = TableFolder.create(self.folder)
        self._change_open(1)
        return table

    def dismiss(self, table: TableFolder) -> None:
        """Forget a table that could not be received or started."""
        table.delete()
        self._change_open(-1)

    def start(self, table: TableFolder, wanted: "TableRequest", model: "ServedModel", *, is_kept: bool) -> TableWork:
        """Work on a table once those before it are done.

        Args:
            table: Its folder, with the table.
            wanted: What was asked for.
            model: That predicts it.
            is_kept: Whether it is asked about later, and so needs a summary.

        Raises:
            OSError: The disk has no room for its record; as after any error, it must be dismissed.
        """
        work = TableWork(table, wanted, model, is_kept=is_kept)
        running = asyncio.get_running_loop().run_in_executor(self._pool, work.run)
        running.add_done_callback(partial(self._finish, work, model.name))
        return work

    def find(self, table_id: str) -> TableFolder | None:
        """Return the folder of a table, of whichever process; None if there is none."""
        return TableFolder.find(self.folder, table_id)

    def _finish(self, work: TableWork, model_name: str, running: "asyncio.Future[None]") -> None:
        self._change_open(-1)
        self._metrics.predicted_rows(model_name, work.counts.written)
        if error := running.exception():
            asyncio.get_running_loop().call_exception_handler({"message": "a table failed", "exception": error})

    def _change_open(self, number: int) -> None:
        self.num_open += number
        self._metrics.tables(self.num_open)


def _remove(folder: Path, process: int) -> None:
    """Remove a temporary folder, unless this process was only forked from the one that made it."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
