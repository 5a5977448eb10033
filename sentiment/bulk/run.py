"""A run over a table: window after window, each on the disk before it counts as done."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from sentiment.bulk.ahead import map_ahead
from sentiment.bulk.answers import answer_cells
from sentiment.bulk.counts import Counts
from sentiment.bulk.files import Files, check_targets, finish_rejects
from sentiment.bulk.journal import Entry, Journal
from sentiment.bulk.paths import PartFile, journal_of, part_of
from sentiment.bulk.request import BulkRequest
from sentiment.bulk.tables import BulkTable, Notify, Window, open_bulk_table
from sentiment.errors import DataError, Interrupted, OutputError
from sentiment.inference import Scores
from sentiment.processor import available_cores

MAX_WINDOWS_AT_ONCE = 8
"""Each takes some 15 MB while it is answered, and its batches 30 more."""


class Scorer(Protocol):
    """A classifier, as far as a table needs it."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""

    @property
    def fingerprint(self) -> str:
        """The same only where the answers are, so that no other model goes on with an output."""

    def score(self, texts: list[str], batch_size: int) -> Scores:
        """Score texts; bit for bit the same for the same texts."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        counts: Where the rows went.
        fraction: Share of the input that is done; None where nobody can tell.
        seconds: Since the run began, or went on.
        rows_per_second: Of this run, rows of an earlier one aside.
    """

    counts: Counts
    fraction: float | None
    seconds: float
    rows_per_second: float

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take at this speed; None where nobody can tell."""
        if not self.fraction or not self.rows_per_second:
            return None
        return self.counts.rows * (1 / self.fraction - 1) / self.rows_per_second


Report = Callable[[Progress], None]


def predict_table(request: BulkRequest, scorer: Scorer, *, stdout: BinaryIO, notify: Notify, report: Report) -> Counts:
    """Answer every row of a table.

    With an output, the rows that are done stand in `<output>.part`, and `<output>.journal` says which: the process may
    be killed at any moment, and a run with `resume` goes on to the bytes of an undisturbed one. It reads the input
    again from its beginning and compares what was done, so that it works for pipes and packed files, too. The output
    appears when it is whole, and replaces what stood there.

    Args:
        request: What is asked for.
        scorer: Answers texts, on the thread that asks.
        stdout: Where rows go when no output is named: window by window, and in a stream that pauses at once.
        notify: Hears of the column, the encoding, and where a run goes on.
        report: Hears of progress after every window.

    Returns:
        Where the rows went.

    Raises:
        DataError: The table can't be read, or a row is broken and there is no file for such rows.
        OutputError: The output can't be written, or is unfinished and nobody said to resume.
        Interrupted: After Ctrl-C.
    """
    check_targets(request)
    run = _Run(request, scorer, report)
    try:
        if request.output is None:
            return run.to_stream(open_bulk_table(request, scorer.labels, notify), stdout)
        _refuse_unfinished(request, request.output)
        with Journal.open(journal_of(request.output)) as journal:
            return run.to_file(request.output, journal, notify)
    except KeyboardInterrupt:
        again = "; go on with the same command and --resume" if request.output is not None else ""
        raise Interrupted(f"stopped after {run.counts.rows:,} rows{again}") from None


def _refuse_unfinished(request: BulkRequest, output: Path) -> None:
    if request.resume:
        return
    for unfinished in (journal_of(output), part_of(output)):
        if unfinished.exists():
            raise OutputError(
                f"{unfinished}: an earlier run for this output was cut off; go on with --resume, or delete it to start "
                "anew"
            )


class _Answered(NamedTuple):
    """What a window puts into the output, and in how many windows each of its texts was read."""

    content: bytes
    num_windows: list[int]


class _Run:
    """What is done so far, and how to do the next window."""

    def __init__(self, request: BulkRequest, scorer: Scorer, report: Report) -> None:
        self.counts = Counts()
        self._request = request
        self._scorer = scorer
        self._report = report
        self._records = 0
        self._digest = hashlib.sha256()
        self._rows_before = 0
        self._started = time.monotonic()

    def to_stream(self, table: BulkTable, stdout: BinaryIO) -> Counts:
        """Write the table to a stream."""
        rejects = None if self._request.rejects is None else PartFile(self._request.rejects, None)
        try:
            stdout.write(table.head())
            stdout.flush()
            for window, answered in self._answered(table, table.windows()):
                self._set_aside(table, window, rejects)
                stdout.write(answered.content)
                stdout.flush()
                self._count(window, answered)
                self._tell(table)
            if rejects is not None:
                rejects.finish()
        except BaseException:
            if rejects is not None:
                rejects.discard()
            raise
        return self.counts

    def to_file(self, output: Path, journal: Journal, notify: Notify) -> Counts:
        """Write the table to a file, from where the journal ends."""
        is_placed = output.exists() and not part_of(output).exists()
        if journal.last is not None and journal.last.is_complete and is_placed:
            self._require_same(journal, self._asked())
            finish_rejects(self._request)  # killed when only this was left to do
            journal.remove()
            return journal.last.counts
        files = None
        try:
            table = open_bulk_table(self._request, self._scorer.labels, notify)
            asked = self._asked() | table.settings
            if journal.last is not None and part_of(output).exists():
                self._require_same(journal, asked)
            else:
                journal.begin(asked)
            files = Files(self._request, output, journal.last)
            self._fill(table, journal, files, notify)
            files.finish(table)
        except BaseException:
            if files is not None:
                files.close()
            if journal.last is None:  # nothing is done that could be lost
                if files is not None:
                    files.discard()
                journal.remove()
            raise
        journal.remove()
        return self.counts

    def _fill(self, table: BulkTable, journal: Journal, files: Files, notify: Notify) -> None:
        windows = table.windows()
        if journal.last is None:
            files.output.write(files.packed(table.head()))
        else:
            self._skip(table, windows, journal.last)
            notify(f"{table.name}: going on after row {self.counts.rows:,}")
        for window, answered in self._answered(table, windows):
            self._set_aside(table, window, files.rejects)
            files.output.write(files.packed(answered.content))
            self._count(window, answered)
            files.sync()
            journal.append(self._entry(files))
            self._tell(table)
        files.sync()
        journal.append(self._entry(files, is_complete=True))

    def _answered(self, table: BulkTable, windows: Iterator[Window]) -> "Iterator[tuple[Window, _Answered]]":
        """Yield every window with what it puts into the output.

        Each is answered by one thread from its texts to its bytes, and several at once, unless the table pauses: that
        fills all cores, where one window at a time leaves them waiting for each other at its beginning and its end.
        """

        def answer(window: Window) -> _Answered:
            scores = self._scorer.score(window.texts, self._request.batch_size)
            cells = answer_cells(
                scores.probabilities, self._scorer.labels, all_probabilities=self._request.all_probabilities
            )
            return _Answered(window.render(cells), scores.num_windows.tolist())

        if table.pauses:
            return ((window, answer(window)) for window in windows)
        return map_ahead(answer, windows, min(self._request.threads or available_cores(), MAX_WINDOWS_AT_ONCE))

    def _set_aside(self, table: BulkTable, window: Window, rejects: PartFile | None) -> None:
        """Write the broken rows of a window to their file, or stop at the first."""
        if rejects is not None:
            rejects.write("".join(reject.to_json() for reject in window.rejects).encode())
        elif window.rejects:
            first = window.rejects[0]
            has_other_bytes = first.text is None
            raise DataError(
                f"{table.name}:{first.line}: row {first.row:,} {first.reason}; "
                f"{'name the right encoding with --encoding, ' if has_other_bytes else ''}mend it, or name a file for "
                "broken rows with --rejects"
            )

    def _count(self, window: Window, answered: "_Answered") -> None:
        self.counts = self.counts.plus(rejected=len(window.rejects), num_windows=answered.num_windows)
        self._records += window.num_records
        self._digest.update(window.content)

    def _skip(self, table: BulkTable, windows: Iterator[Window], last: Entry) -> None:
        """Read what was done before, and make sure that it is what it was."""
        while self._records < last.records and (window := next(windows, None)) is not None:
            self._records += window.num_records
            self._digest.update(window.content)
        if self._records != last.records or self._digest.hexdigest() != last.input_sha256:
            raise OutputError(
                f"{table.name}: the rows that were done before have changed; delete the unfinished output to start anew"
            )
        self.counts = last.counts
        self._rows_before = last.counts.rows
        self._started = time.monotonic()

    def _tell(self, table: BulkTable) -> None:
        seconds = time.monotonic() - self._started
        speed = (self.counts.rows - self._rows_before) / seconds if seconds else 0.0
        self._report(Progress(self.counts, table.fraction_read(), seconds, speed))

    def _entry(self, files: Files, *, is_complete: bool = False) -> Entry:
        rejects_bytes = 0 if files.rejects is None else files.rejects.size
        return Entry(
            self._records, self._digest.hexdigest(), files.output.size, rejects_bytes, self.counts, is_complete
        )

    def _asked(self) -> dict[str, object]:
        """Return what decides on the bytes of the output, beside how the table is read."""
        return {
            "model": self._scorer.fingerprint,
            "column_names": self._request.column_names(self._scorer.labels),
            "batch_size": self._request.batch_size,
        }

    def _require_same(self, journal: Journal, asked: dict[str, object]) -> None:
        for key, value in asked.items():
            if (before := (journal.asked or {}).get(key)) != value:
                raise OutputError(
                    f"{journal.path}: the run was begun with {key} {before!r}, now it is {value!r}; "
                    "ask as before, or delete it to start anew"
                )
        if journal.last is not None and journal.last.rejects_bytes and self._request.rejects is None:
            raise OutputError(f"{journal.path}: the run was begun with --rejects; name that file again")
