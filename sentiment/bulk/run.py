"""A run over a table, window by window, each on disk before it counts as done."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NamedTuple

from sentiment.bulk.ahead import map_ahead
from sentiment.bulk.answers import Scorer
from sentiment.bulk.counts import Counts
from sentiment.bulk.leftovers import finish_placed, is_placed, make_room, refuse_existing, refuse_in_the_way, take_up
from sentiment.bulk.output.files import Files
from sentiment.bulk.output.journal import Beginning, Entry, Journal
from sentiment.bulk.output.part_file import PartFile
from sentiment.bulk.output.paths import journal_of, part_of
from sentiment.bulk.output.targets import Targets
from sentiment.bulk.progress import Progress, Report
from sentiment.bulk.request import BulkRequest
from sentiment.bulk.tables import BulkTable, Window, open_bulk_table
from sentiment.callbacks import Notify
from sentiment.errors import DataError, Interrupted, OutputError
from sentiment.processor import available_cores

MAX_WINDOWS_AT_ONCE = 8
"""Windows in progress at once, at most: each takes about 15 MB, and its batches 30 more."""


def predict_table(request: BulkRequest, scorer: Scorer, *, stdout: BinaryIO, notify: Notify, report: Report) -> Counts:
    """Predict every row of a table.

    With an output, finished rows are in `<output>.part`, recorded in `<output>.journal`: the process may be killed
    at any time, and a run with `resume` gives the same bytes as an uninterrupted one. It reads the input again from its
    start and compares what was done, so it also works for pipes and compressed files. The output appears when it is
    complete, and replaces an existing file.

    Args:
        request: The table and options.
        scorer: Predicts texts, on the calling thread.
        stdout: Gets the rows if there is no output: window by window, or row by row in a stream that pauses.
        notify: Gets notes on the column, the encoding, and where a run resumes.
        report: Called after every window.

    Returns:
        The counts of the rows.

    Raises:
        DataError: The table cannot be read, or a row is broken and there is no file for such rows.
        OutputError: The output cannot be written, or is unfinished and `resume` is not set.
        Interrupted: After Ctrl-C.
    """
    targets = Targets.of(request, stdout)
    run = _Run(replace(request, output=targets.output, rejects=targets.rejects), targets, scorer, report)
    try:
        if targets.output is None:
            return run.to_stream(stdout, notify)
        with Journal.open(journal_of(targets.output), targets.new_mode) as journal:
            return run.to_file(targets.output, journal, notify)
    except KeyboardInterrupt:
        is_kept = targets.output is not None and not request.is_temporary
        again = "; continue with the same command and `resume`" if is_kept else ""
        raise Interrupted(f"stopped after {run.counts.rows:,} rows{again}") from None


class _Answered(NamedTuple):
    """The output of a window of rows, and the number of model windows of each of its texts."""

    content: bytes
    num_windows: list[int]


class _Run:
    """The state of a run, and how to process the next window."""

    def __init__(self, request: BulkRequest, targets: Targets, scorer: Scorer, report: Report) -> None:
        self.counts = Counts()
        self._request = request
        self._targets = targets
        self._scorer = scorer
        self._report = report
        self._records = 0
        self._digest = hashlib.sha256()
        self._rows_before = 0
        self._started = time.monotonic()

    def to_stream(self, stdout: BinaryIO, notify: Notify) -> Counts:
        """Write the table to a stream."""
        rejects, force = self._targets.rejects, self._request.force
        if rejects is None:
            return self._pour(open_bulk_table(self._request, self._scorer.labels, notify), stdout, None)
        refuse_in_the_way(part_of(rejects))
        refuse_existing(self._targets, force=force, in_place=False)
        table = open_bulk_table(self._request, self._scorer.labels, notify)
        file = PartFile.create(rejects, self._targets.new_mode)
        try:
            self._pour(table, stdout, file)
            file.place(may_replace=force)
        except BaseException:
            file.discard()
            raise
        return self.counts

    def to_file(self, output: Path, journal: Journal, notify: Notify) -> Counts:
        """Write the table to a file, continuing from the journal's last state."""
        if self._request.resume and (last := journal.last) is not None and is_placed(output, last):
            return self._end(output, journal, last)
        allowed, last = take_up(self._request, output, self._targets, journal, notify)
        table = open_bulk_table(self._request, self._scorer.labels, notify)
        asked = self._asked() | table.settings
        if last is not None:
            self._require_same(journal, last, asked)
        files = None
        try:
            make_room(output, self._targets, journal, last)
            if last is None:
                journal.begin(replace(allowed, asked=asked))
            files = Files(output, self._targets, last)
            self._fill(table, journal, files, notify)
            self._finish(table, journal, files, allowed)
        except BaseException:
            if files is not None:
                files.close()
            if journal.last is None:  # nothing to lose
                if files is not None:
                    files.discard()
                journal.remove()
            raise
        return self.counts

    def _pour(self, table: BulkTable, stdout: BinaryIO, rejects: PartFile | None) -> Counts:
        stdout.write(table.head())
        stdout.flush()
        for window, answered in self._answered(table, table.windows()):
            self._set_aside(table, window, rejects)
            stdout.write(answered.content)
            stdout.flush()
            self._count(window, answered)
            self._tell(window)
        return self.counts

    def _fill(self, table: BulkTable, journal: Journal, files: Files, notify: Notify) -> None:
        """Write every window to the unfinished output, each on disk before the next."""
        windows = table.windows()
        self._digest.update(table.header)
        if journal.last is None:
            files.output.write(files.packed(table.head()))
        else:
            self._skip(table, windows, journal.last)
            notify(f"{table.name}: resuming after row {self.counts.rows:,}")
        for window, answered in self._answered(table, windows):
            self._set_aside(
                table, window, files.rejects, is_kept=journal.last is not None and not self._request.is_temporary
            )
            files.output.write(files.packed(answered.content))
            self._count(window, answered)
            files.sync()
            journal.append(self._entry(files))
            self._tell(window)
        files.sync()

    def _finish(self, table: BulkTable, journal: Journal, files: Files, allowed: Beginning) -> None:
        """Put the files in place; if killed midway, all that is needed to finish is left."""
        whole = table.whole(files.output)
        journal.append(replace(self._entry(files), output_sha256=whole.sha256))
        whole.place(may_replace=allowed.force or self._targets.is_input)
        if whole is not files.output:
            files.output.discard()
        if files.rejects is not None:
            files.rejects.place(may_replace=allowed.force)
        journal.remove()

    def _end(self, output: Path, journal: Journal, last: Entry) -> Counts:
        """Finish a run that was killed after its output was in place."""
        self._require_same(journal, last, self._asked())
        is_forced = self._request.force or (journal.beginning is not None and journal.beginning.force)
        finish_placed(output, self._targets, last, may_replace=is_forced)
        journal.remove()
        return last.counts

    def _answered(self, table: BulkTable, windows: Iterator[Window]) -> "Iterator[tuple[Window, _Answered]]":
        """Yield every window with its output.

        Each is processed by one thread from texts to bytes, several in parallel unless the table pauses: that keeps all
        cores busy, whereas with one window at a time they would wait for each other at its start and end.
        """
        request = self._request

        def answer(window: Window) -> _Answered:
            columns, scores = request.columns.answer(window.texts, self._scorer, request.batch_size, request.scripts)
            return _Answered(window.render(list(zip(*columns, strict=True))), scores.num_windows.tolist())

        if table.pauses:
            return ((window, answer(window)) for window in windows)
        return map_ahead(answer, windows, min(self._request.threads or available_cores(), MAX_WINDOWS_AT_ONCE))

    def _set_aside(self, table: BulkTable, window: Window, rejects: PartFile | None, *, is_kept: bool = False) -> None:
        """Write a window's broken rows to their file, or stop at the first; `is_kept`: earlier rows are kept."""
        if rejects is not None:
            rejects.write("".join(reject.to_json() for reject in window.rejects).encode())
        elif window.rejects:
            first = window.rejects[0]
            anew, further = (" and start over with `force`", ", then continue with `resume`") if is_kept else ("", "")
            encoding = "" if first.text is not None else f"set the right encoding with `encoding`{anew}, "
            raise DataError(
                f"{table.name}:{first.line}: row {first.row:,} {first.reason}; {encoding}fix it, or choose a "
                f"file for broken rows with `rejects`{further}"
            )

    def _count(self, window: Window, answered: "_Answered") -> None:
        self.counts = self.counts.plus(rejected=len(window.rejects), num_windows=answered.num_windows)
        self._records += window.num_records
        self._digest.update(window.content)

    def _skip(self, table: BulkTable, windows: Iterator[Window], last: Entry) -> None:
        """Skip the rows done earlier, and check that they have not changed."""
        while self._records < last.records and (window := next(windows, None)) is not None:
            self._records += window.num_records
            self._digest.update(window.content)
        if self._records != last.records or self._digest.hexdigest() != last.input_sha256:
            raise OutputError(
                f"{table.name}: the header or rows that were already processed have changed; start over with `force`"
            )
        self.counts = last.counts
        self._rows_before = last.counts.rows
        self._started = time.monotonic()

    def _tell(self, window: Window) -> None:
        """Report the progress up to a window that is answered: reading is further."""
        seconds = time.monotonic() - self._started
        speed = (self.counts.rows - self._rows_before) / seconds if seconds else 0.0
        self._report(Progress(self.counts, window.fraction, seconds, speed))

    def _entry(self, files: Files) -> Entry:
        rejects = files.rejects
        return Entry(
            records=self._records,
            input_sha256=self._digest.hexdigest(),
            part_bytes=files.output.size,
            part_sha256=files.output.sha256,
            rejects_bytes=0 if rejects is None else rejects.size,
            rejects_sha256=hashlib.sha256().hexdigest() if rejects is None else rejects.sha256,
            counts=self.counts,
        )

    def _asked(self) -> dict[str, object]:
        """Return everything that determines the bytes of the output, apart from how the table is read."""
        return {
            "model": self._scorer.fingerprint,
            "column_names": self._request.column_names(self._scorer.labels),
            "batch_size": self._request.batch_size,
            **({} if self._request.unsure_below is None else {"unsure_below": self._request.unsure_below}),
        }

    def _require_same(self, journal: Journal, last: Entry, asked: dict[str, object]) -> None:
        beginning = journal.beginning
        if beginning is None:
            return
        for key, value in asked.items():
            if (before := beginning.asked.get(key)) != value:
                raise OutputError(
                    f"{journal.path}: the run was started with {key} {before!r}, now it is {value!r}; repeat "
                    "the earlier options, or start over with `force`"
                )
        rejects = self._targets.rejects
        if beginning.rejects is not None and (
            rejects is None or (last.rejects_bytes and not (part_of(rejects).exists() or rejects.exists()))
        ):
            raise OutputError(f"{journal.path}: the run was started with `rejects` {beginning.rejects}; pass it again")
