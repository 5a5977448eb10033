"""The rows that a model predicts wrong, the most certain ones first."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.evaluation.answers import Answers
from sentiment.probabilities import most_probable
from sentiment.writing import write_csv, write_text

HEADER = ("text", "label", "predicted", "probability")
SUFFIXES = (".csv", ".jsonl")


def surest_mistakes(answers: Answers) -> NDArray[np.int64]:
    """Return the positions of the rows that are predicted wrong, the most certain ones first."""
    wrong = np.flatnonzero(~answers.is_right)
    order = np.argsort(-answers.probabilities[wrong].max(axis=1), kind="stable")
    return np.asarray(wrong[order], dtype=np.int64)


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
    if path.suffix.lower() == ".jsonl":
        lines = (json.dumps(dict(zip(HEADER, record, strict=True)), ensure_ascii=False) for record in records)
        write_text(path, "".join(f"{line}\n" for line in lines))
    else:
        write_csv(path, [HEADER, *records])
    return len(records)
