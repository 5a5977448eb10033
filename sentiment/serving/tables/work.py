"""The work on one table, and what is known of it meanwhile."""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.bulk import BulkRequest, Counts, Progress, predict_table
from sentiment.errors import MissingExtraError, ModelDirectoryError, OutputError, SentimentError
from sentiment.evaluation.answered import AnsweredBy, AnsweredTable, KnownErrors, summarize
from sentiment.inference.by_script import ClassifierByScript, is_answered_by_several, labels_used, models_used
from sentiment.model_dir import ModelDirectory
from sentiment.serving.tables.records import DONE, FAILED, RUNNING, WAITING, TableFolder
from sentiment.tables import STORED_FORMATS, is_packed

if TYPE_CHECKING:
    from sentiment.inference import Classifier
    from sentiment.serving.models import ServedModel
    from sentiment.serving.tables.receiving import TableRequest

RECORD_EVERY_S = 0.2
LEAST_CERTAIN = 20
"""Rows of a summary that are shown because the model is least certain of them."""
MAX_TEXT_CHARACTERS = 500
_STATUSES = {MissingExtraError: 415, OutputError: 500}
"""The HTTP status of an error; 422 for others, which are faults of the table."""


class _Unwanted(Exception):  # noqa: N818  (asked for)
    """The table was deleted."""


@dataclass(frozen=True)
class Outcome:
    """How the work ended.

    Attributes:
        status: The HTTP status that tells of it.
        error: What went wrong; None if nothing did.
    """

    status: int = 200
    error: str | None = None


_FAILED = Outcome(500, "the service failed to answer this table")
_UNWANTED = Outcome(409, "the table was deleted")


class TableWork:
    """Predicts a table on another thread, and tells the event loop of its progress.

    Attributes:
        table: Its folder.
        wanted: What was asked for.
        outcome: How it ended; None before.
        counts: Of its rows.
        is_streamed: Whether the output can be read while it is written.
    """

    def __init__(self, table: TableFolder, wanted: "TableRequest", model: "ServedModel", *, is_kept: bool) -> None:
        self.table = table
        self.wanted = wanted
        self.outcome: Outcome | None = None
        self.counts = Counts()
        self.is_streamed = wanted.format_name not in STORED_FORMATS and not is_packed(wanted.name)
        self._model = model
        classifier = model.classifier
        self._classifier = classifier.counting_anew() if isinstance(classifier, ClassifierByScript) else classifier
        self._is_kept = is_kept
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._recorded = 0.0
        self._record: dict[str, Any] = {
            "id": table.id,
            "state": WAITING,
            "name": wanted.name,
            "model": model.name,
            "fingerprint": model.classifier.fingerprint,
            "media_type": wanted.media_type,
            "notes": [],
            "counts": self.counts.to_dict(),
            "fraction": None,
            "rows_per_second": None,
            "seconds_left": None,
            "error": None,
            "has_rejects": False,
            "summary": None,
            "process": os.getpid(),
        }
        table.write(self._record)

    @property
    def record(self) -> dict[str, Any]:
        """What is known so far, as in its folder."""
        return dict(self._record)

    async def changed(self) -> None:
        """Wait until more is known."""
        await self._changed.wait()
        self._changed.clear()

    async def begun(self) -> None:
        """Wait until the first rows are answered, or the work has ended."""
        while self.outcome is None and not self.counts.rows:
            await self.changed()

    def run(self) -> None:
        """Do the work."""
        outcome = _FAILED
        try:
            outcome = self._answer()
        finally:
            try:
                self._leave(outcome)
            finally:
                self._loop.call_soon_threadsafe(self._end, outcome)

    def _answer(self) -> Outcome:
        try:
            self._predict()
            self._record["counts"] = self.counts.to_dict()
            summary = self._summary() if self._is_kept else None
            self._update(state=DONE, fraction=1.0, has_rejects=self.table.rejects.exists(), summary=summary)
        except _Unwanted:
            return _UNWANTED
        except (OSError, SentimentError) as error:
            if self.table.is_deleted:  # while it waited, or under the hands of the work
                return _UNWANTED
            if isinstance(error, OSError):
                raise
            status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 422)
            return Outcome(status, self._without_folder(str(error)))
        return Outcome()

    def _leave(self, outcome: Outcome) -> None:
        """Leave in the folder what is fetched later, and nothing of a table that was deleted."""
        try:
            if outcome.error is not None:
                self._update(state=FAILED, error=outcome.error)
            if self._is_kept:
                self.table.hold()
        except OSError:  # a full disk: what was recorded last would be told for ever
            self.table.delete()
            raise
        finally:
            if self.table.is_deleted:
                self.table.delete()

    def _predict(self) -> None:
        output = self.table.output(self.wanted.name)
        self._update(state=RUNNING)
        with (output if self.is_streamed else Path(os.devnull)).open("wb") as stdout:
            self.counts = predict_table(
                self._request, self._classifier, stdout=stdout, notify=self._note, report=self._report
            )

    def _report(self, progress: Progress) -> None:
        self.counts = progress.counts
        if self.table.is_deleted:
            raise _Unwanted
        if time.monotonic() - self._recorded > RECORD_EVERY_S:
            left = progress.seconds_left
            self._update(
                counts=progress.counts.to_dict(),
                fraction=progress.fraction,
                rows_per_second=round(progress.rows_per_second, 1),
                seconds_left=None if left is None else round(left, 1),
            )
        self._loop.call_soon_threadsafe(self._changed.set)

    def _note(self, text: str) -> None:
        self._record["notes"].append(self._without_folder(text))

    @property
    def _request(self) -> BulkRequest:
        wanted = self.wanted
        return BulkRequest(
            path=str(self.table.input(wanted.name)),
            output=None if self.is_streamed else self.table.output(wanted.name),
            text_column=wanted.text_column,
            sheet=wanted.sheet,
            format_name=wanted.format,
            encoding=wanted.encoding,
            header_row=wanted.header_row,
            column_prefix=wanted.column_prefix,
            threads=1,
            all_probabilities=wanted.all_probabilities,
            rejects=self.table.rejects if wanted.keeps_rejects else None,
            scripts=self._model.scripts,
        )

    def _summary(self) -> dict[str, Any]:
        """Summarize the answered table as the command does, grouped by every column that may group."""
        table = AnsweredTable(self.table.output(self.wanted.name), self._request, by=None)
        classifier = self._classifier
        leading = classifier.leading if isinstance(classifier, ClassifierByScript) else classifier
        paths, fingerprint = models_used(classifier)
        # The path of a model is nobody's business.
        name = self._model.name if leading is classifier else ", ".join(path.name for path in paths)
        errors = KnownErrors.of_several() if is_answered_by_several(classifier) else _known_errors(leading)
        answered_by = AnsweredBy(name, fingerprint, labels_used(classifier), classifier.labels)
        summary = summarize(table, answered_by, errors, rejected=self.counts.rejected, review_rows=2 * LEAST_CERTAIN)
        least = [
            {"row": row.number, "text": row.text[:MAX_TEXT_CHARACTERS], "label": row.label}
            | {"probability": row.probability}
            for row in summary.least_certain(LEAST_CERTAIN)
        ]
        return summary.to_dict() | {"source": self.wanted.name, "least_certain": least}

    def _update(self, **fields: Any) -> None:
        self._record |= fields
        self._recorded = time.monotonic()
        self.table.write(self._record)

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self._changed.set()

    def _without_folder(self, message: str) -> str:
        for folder in ("in", "out", "."):
            message = message.replace(f"{self.table.path / folder}{os.sep}", "")
        return message


def _known_errors(classifier: "Classifier") -> KnownErrors:
    """Return the errors that a served model is known to make, from its directory."""
    try:
        directory = ModelDirectory.open(classifier.path)
        if directory.fingerprint() == classifier.fingerprint:
            return KnownErrors.of(directory, None)
    except ModelDirectoryError:  # a model predicts without its metrics
        return KnownErrors.unknown("what is known of the model's errors cannot be read")
    return KnownErrors.unknown("the directory of the model holds another one by now")
