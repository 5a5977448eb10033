"""The rows that a model predicts wrong, the most certain ones first."""

import csv
import io
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import OutputError
from sentiment.evaluation.answers import Answers
from sentiment.probabilities import most_probable
from sentiment.writing import write_whole

HEADER = ("text", "label", "predicted", "probability")
_SUFFIXES = (".csv", ".jsonl")


def surest_mistakes(answers: Answers) -> NDArray[np.int64]:
    """Return the positions of the rows that are predicted wrong, the most certain ones first."""
    wrong = np.flatnonzero(~answers.is_right)
    order = np.argsort(-answers.probabilities[wrong].max(axis=1), kind="stable")
    return np.asarray(wrong[order], dtype=np.int64)


def check_mistakes_path(path: Path) -> None:
    """Refuse before the work what could not be written after it; an existing file is replaced.

    Raises:
        OutputError: the file is neither CSV nor JSONL, or its folder does not exist.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise OutputError(f"{path}: mistakes are written as {' or '.join(_SUFFIXES)}; choose such a name")
    if not path.absolute().parent.is_dir() or path.is_dir():
        raise OutputError(f"{path}: there is no such folder, or it is one; choose another place")


def write_mistakes(path: Path, answers: Answers) -> int:
    """Write the rows that are predicted wrong, and return their number.

    Raises:
        OutputError: the file cannot be written.
    """
    rows = surest_mistakes(answers)
    best = most_probable(answers.probabilities)
    records = [
        (
            answers.texts[row],
            answers.labels[answers.truth[row]],
            answers.labels[best[row]],
            round(float(answers.probabilities[row, best[row]]), 6),
        )
        for row in rows.tolist()
    ]
    stream = io.StringIO(newline="")
    if path.suffix.lower() == ".jsonl":
        for record in records:
            stream.write(json.dumps(dict(zip(HEADER, record, strict=True)), ensure_ascii=False) + "\n")
    else:
        csv.writer(stream).writerows([HEADER, *records])
    try:
        write_whole(path, stream.getvalue().encode("utf-8", "replace"))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another place") from error
    return len(records)
