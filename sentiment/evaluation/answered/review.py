"""A sheet of rows for a person to check: the least certain, and a random sample for an honest accuracy."""

from pathlib import Path

from sentiment.data import LEAST_CERTAIN, RANDOM, SAMPLED_COLUMN
from sentiment.evaluation.answered.summary import PredictionSummary
from sentiment.writing import write_csv

HEADER = ("row", "text", "label", "predicted", "probability", SAMPLED_COLUMN)


def write_review(path: Path, summary: PredictionSummary) -> None:
    """Write the rows to check as CSV; the column `label` is left for the person.

    Raises:
        OutputError: the file cannot be written.
    """
    kinds = {True: RANDOM, False: LEAST_CERTAIN}
    rows = (
        (row.number, row.text, "", row.label or "", f"{row.probability:.4f}", kinds[row.is_random])
        for row in summary.review
    )
    write_csv(path, [HEADER, *rows])
