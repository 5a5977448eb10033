"""`predict --file --engine spark`."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from sentiment.callbacks import Notify
from sentiment.cli.console import model_line, note_as_json, notify, notify_json
from sentiment.cli.loading import ending_at_interrupt
from sentiment.cli.predict_table import summary_line

if TYPE_CHECKING:
    from pathlib import Path

    from sentiment.bulk import BulkRequest
    from sentiment.model_dir import ChosenModel


def predict_on_spark(
    request: "BulkRequest",
    output: str,
    model: str | None,
    master: str | None,
    max_error: float | None,
    *,
    as_json: bool,
) -> None:
    """Predict files on Spark, and print a summary on stderr.

    Args:
        request: What is wanted; its output is not used.
        output: The folder to write, as a URI.
        model: The value of --model.
        master: Where Spark runs.
        max_error: The largest share of wrong labels; None without a promise.
        as_json: Whether notes are lines of JSON.
    """
    say = note_as_json if as_json else notify
    with ending_at_interrupt():
        from sentiment.model_dir import choose_model
        from sentiment.spark.files import FilesRequest, predict_files
        from sentiment.spark.session import start_session
    chosen = choose_model(model)
    _say_chosen(chosen, say)
    columns = request.columns
    if max_error is not None:
        columns = replace(columns, unsure_below=_threshold(chosen.path, max_error, say))
    wanted = FilesRequest(
        path=request.path,
        output=output,
        model=chosen.path,
        columns=columns,
        text_column=request.text_column,
        format_name=request.format_name,
        encoding=request.encoding,
        batch_size=request.batch_size,
        force=request.force,
        scripts=chosen.scripts,
        by_script=chosen.by_script,
    )
    session = start_session(master, show_progress=sys.stderr.isatty() and not as_json)
    try:
        counts = predict_files(wanted, session, say)
    finally:
        session.stop()
    if as_json:
        notify_json({"event": "done", "rows": counts.rows, "written": counts.written, "empty": counts.empty})
    else:
        notify(f"{request.path}: {summary_line(counts, is_checked=wanted.scripts is not None)}")


def _say_chosen(chosen: "ChosenModel", say: Notify) -> None:
    if chosen.by_script is None:
        say(model_line(chosen.path, chosen.reason))
        return
    for script, path in chosen.by_script.items():  # only the workers will know which of them the texts need
        say(model_line(path, f"{chosen.reason} for texts in {script}"))


def _threshold(path: "Path", max_error: float, say: Notify) -> float:
    from sentiment.inference.abstention import Promise
    from sentiment.model_dir import ModelDirectory

    promise = Promise.of(ModelDirectory.open(path), max_error)
    say(f"{promise.summary()}; on Spark it is not checked whether the texts are like those")
    return promise.threshold
