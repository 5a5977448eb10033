"""`predict --file`: progress, and a summary at the end."""

import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from sentiment.cli.abstaining import Abstaining
from sentiment.cli.console import note_as_json, notify, notify_json, progress_bar
from sentiment.cli.loading import load_model
from sentiment.cli.summarizing import Summarizing
from sentiment.processor import tokenize_on_the_calling_thread

if TYPE_CHECKING:
    from sentiment.bulk import BulkRequest, Counts, Progress, Report

SECONDS_BETWEEN_LINES = 2.0


def predict_file(
    request: "BulkRequest", model: str | None, abstaining: Abstaining, summarizing: Summarizing, *, as_json: bool
) -> None:
    """Predict every row of a table, and print a summary on stderr."""
    from sentiment.bulk import predict_table
    from sentiment.tables import STANDARD_INPUT

    say = note_as_json if as_json else notify
    name = "standard input" if request.path == STANDARD_INPUT else request.path
    # Windows are processed in parallel, each on its own thread.
    tokenize_on_the_calling_thread()
    loaded, watch = abstaining.prepare(load_model(model, 1, say), say)
    _collect_seldom()
    request = replace(request, scripts=loaded.scripts, unsure_below=loaded.unsure_below)
    scorer = loaded.classifier if loaded.watched is None else loaded.watched
    with summarizing.with_output(request) as whole:
        with _json_lines() if as_json else _bar(name) as report:
            counts = predict_table(whole, scorer, stdout=sys.stdout.buffer, notify=say, report=report)
        if watch is not None:
            watch.warn(say)
        if as_json:
            notify_json({"event": "done", **counts.to_dict()})
        else:
            notify(f"{name}: {summary_line(counts, is_checked=loaded.scripts is not None)}")
        summarizing.finish(whole, loaded, counts, say)


def _collect_seldom() -> None:
    """Keep the collector from searching for cycles in millions of rows, which are tuples and form none."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def summary_line(counts: "Counts", *, is_checked: bool) -> str:
    """Return a summary of the rows; `is_checked`: texts of some scripts have no answer."""
    parts = [f"{counts.rows:,} rows in = {counts.written:,} out + {counts.rejected:,} rejected"]
    if counts.empty:
        kind = "a text that the model reads" if is_checked else "a text"
        parts.append(f"{counts.empty:,} without {kind} have no answer")
    if counts.in_windows:
        parts.append(f"{counts.in_windows:,} were read in several windows, {counts.most_windows:,} at most")
    return "; ".join(parts)


@contextmanager
def _bar(name: str) -> "Iterator[Report]":
    with progress_bar(name, "rows") as bar:

        def show(progress: "Progress") -> None:
            rows = progress.counts.rows
            bar.update(rows, total=rows / progress.fraction if progress.fraction else None)

        yield show


@contextmanager
def _json_lines() -> "Iterator[Report]":
    last = time.monotonic()

    def show(progress: "Progress") -> None:
        nonlocal last
        if time.monotonic() - last < SECONDS_BETWEEN_LINES:
            return
        last = time.monotonic()
        left = progress.seconds_left
        notify_json(
            {
                "event": "progress",
                **progress.counts.to_dict(),
                "fraction": progress.fraction and round(progress.fraction, 4),
                "seconds": round(progress.seconds, 1),
                "rows_per_second": round(progress.rows_per_second, 1),
                "seconds_left": None if left is None else round(left, 1),
            }
        )

    yield show
