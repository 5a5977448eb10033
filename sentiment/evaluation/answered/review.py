"""A sheet of rows for a person to check: the least certain, and a random sample for an honest accuracy."""

import csv
import io
from pathlib import Path

from sentiment.data import LEAST_CERTAIN, RANDOM, SAMPLED_COLUMN
from sentiment.errors import OutputError
from sentiment.evaluation.answered.summary import PredictionSummary
from sentiment.writing import write_whole

HEADER = ("row", "text", "label", "predicted", "probability", SAMPLED_COLUMN)


def check_review_path(path: Path, *, force: bool) -> None:
    """Refuse before a run what could not be written after it.

    Raises:
        OutputError: the file is not CSV, exists, or its folder does not.
    """
    if path.suffix.lower() != ".csv":
        raise OutputError(f"{path}: rows to check are written as .csv, which spreadsheets open; choose such a name")
    if path.exists() and not force:
        raise OutputError(f"{path}: already exists; choose another file, or replace it with `force`")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"{path}: there is no such folder; create it first")


def write_review(path: Path, summary: PredictionSummary) -> None:
    """Write the rows to check as CSV that spreadsheets open as UTF-8; the column `label` is left for the person.

    Raises:
        OutputError: the file cannot be written.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(HEADER)
    for row in summary.review:
        kind = RANDOM if row.is_random else LEAST_CERTAIN
        writer.writerow((row.number, row.text, "", row.label or "", f"{row.probability:.4f}", kind))
    try:
        write_whole(path, stream.getvalue().encode("utf-8-sig", "surrogatepass"))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another place") from error
