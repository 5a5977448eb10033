r"""Measure classifiers of negative and positive, with neutral or without, on texts of several subjects, as a table.

    python scripts/experiments/accuracy_by_domain.py korean-opinion korean-sentiment --data nsmc sample \
        korean-comments/kodoli.csv:text:sentiment scripts/experiments/korean_domains.csv:text:label:domain

Each source is a named data set, or a file under $SENTIMENT_DATA, or a path, with its text column and its label column.
A CSV file may have a column of subjects too: each is a row of the table. Of other files the test rows are read, as a
training with the default settings keeps them. Answers are forced to two classes, the more probable of negative and
positive; a last column has the share of neutral rows that are called neutral.
"""

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment import Classifier
from sentiment.config import DataConfig
from sentiment.data import load_rows, load_splits, source_names
from sentiment.errors import DataError
from trainings import data_file, failures_end_the_script

NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"


@dataclass(frozen=True)
class Rows:
    """Texts of one subject with their labels."""

    name: str
    texts: list[str]
    labels: NDArray[np.str_]


def read(word: str) -> Iterator[Rows]:
    """Yield the rows of a source, subject by subject."""
    if word in source_names():
        rows = load_rows(word, notify=_ignore)
        yield Rows(rows.name, rows.texts, np.array(rows.labels))
        return
    name, text_column, label_column, *subject_columns = word.split(":")
    path = data_file(name)
    if not subject_columns:
        data = DataConfig(source=str(path), text_column=text_column, label_column=label_column)
        test = load_splits(data, allow_fallback=False, notify=_ignore).test
        if test is None:
            raise DataError(f"{path}: no test rows are kept")
        yield Rows(f"{path.name} test", test.texts, np.array(test.labels))
        return
    [subject_column] = subject_columns
    with path.open(encoding="utf-8", newline="") as file:
        cells = [(row[subject_column], row[text_column], row[label_column]) for row in csv.DictReader(file)]
    for subject in dict.fromkeys(subject for subject, _, _ in cells):
        own = [row for row in cells if row[0] == subject]
        yield Rows(f"{path.name}, {subject}", [row[1] for row in own], np.array([row[2] for row in own]))


def figures(classifier: Classifier, rows: Rows) -> list[str]:
    """Return accuracy and balanced accuracy of two classes, and the recall of neutral, in per cent."""
    probabilities = classifier.probabilities(rows.texts)
    column = {label: classifier.labels.index(label) for label in classifier.labels}
    forced = np.where(probabilities[:, column[POSITIVE]] > probabilities[:, column[NEGATIVE]], POSITIVE, NEGATIVE)
    recalls = [100 * (forced[rows.labels == side] == side).mean() for side in (NEGATIVE, POSITIVE)]
    has_side = rows.labels != NEUTRAL
    accuracy = 100 * (forced == rows.labels)[has_side].mean()
    cells = [f"{accuracy:.1f}", f"{np.mean(recalls):.1f}"]
    if has_side.all() or NEUTRAL not in column:
        return [*cells, ""]
    called = probabilities[~has_side].argmax(axis=1) == column[NEUTRAL]
    return [*cells, f"{100 * called.mean():.1f}"]


def table(classifiers: dict[str, Classifier], sources: Sequence[str]) -> Iterator[str]:
    """Yield the lines of the table, in Markdown."""
    titles = [f"{name}: {what}" for name in classifiers for what in ("accuracy", "balanced", "neutral found")]
    yield f"| texts | rows | {' | '.join(titles)} |"
    yield "| --- " * (len(titles) + 2) + "|"
    for source in sources:
        for rows in read(source):
            cells = [cell for classifier in classifiers.values() for cell in figures(classifier, rows)]
            yield f"| {rows.name} | {len(rows.texts):,} | {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--data", nargs="+", required=True, metavar="SOURCE|FILE:TEXT:LABEL[:SUBJECT]")
    arguments = parser.parse_args()
    with failures_end_the_script():
        classifiers = {name: Classifier.load(name) for name in arguments.models}
        for line in table(classifiers, arguments.data):
            print(line, flush=True)


def _ignore(_line: str) -> None:
    pass


if __name__ == "__main__":
    main()
