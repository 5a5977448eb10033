r"""Predict texts with a linear model also trained on clearly rated reviews, for `sentiment ensemble`.

    SENTIMENT_DATA=... python scripts/experiments/rated_linear.py runs/a --rated naver-movie-reviews \
        --data nsmc --data naver-movie-reviews --output rated.parquet
    SENTIMENT_DATA=... sentiment ensemble runs/a rated.parquet --linear --data nsmc --data naver-movie-reviews \
        --output teacher.parquet

It is trained on the training rows of the model and on the reviews of SOURCE whose stars are as clear as those of NSMC's
rows, except those whose text equals a validation or test text. It also predicts the validation rows, so that its
answers can be weighted.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from sentiment.config import DataConfig
from sentiment.data import ABSENT, Splits, label_names, load_pretraining_texts, texts_apart_from
from sentiment.ensemble import TeacherFile
from sentiment.ensemble.members import shared_rows
from sentiment.errors import DataError, SentimentError
from sentiment.evaluation import LinearSettings, NumberedRows, fit_linear
from sentiment.evaluation.rows import number_labels

NEGATIVE_STARS, POSITIVE_STARS = range(1, 5), range(9, 11)
"""The stars that NSMC itself uses for negative and positive; https://github.com/e9t/nsmc."""
STAR_CLASSES = ("negative", "positive")
"""The classes that stars distinguish, in the order of labels."""


def with_rated_rows(rows: NumberedRows, splits: Splits, data: DataConfig, source: str) -> NumberedRows:
    """Add the texts whose stars are as clear as those of NSMC's rows.

    Raises:
        DataError: the source has no ratings, or the labels are not those that stars distinguish.
    """
    names = label_names(splits.train.labels)
    if names != STAR_CLASSES:
        raise DataError(f"{source}: stars tell {' from '.join(STAR_CLASSES)}; the labels are {', '.join(names)}")
    rated = load_pretraining_texts([source], data, notify)
    if not rated.grade_values:
        raise DataError(f"{source}: has no ratings; name a source that has")
    stars = np.where(rated.grades == ABSENT, 0, np.array(rated.grade_values)[rated.grades])
    test_texts = () if splits.test is None else splits.test.texts
    kept = texts_apart_from(rated.texts, [*splits.validation.texts, *test_texts])
    sides = [kept[np.isin(stars[kept], list(side))] for side in (NEGATIVE_STARS, POSITIVE_STARS)]
    texts = [*rows.texts, *(rated.texts[row] for row in np.concatenate(sides).tolist())]
    labels = np.concatenate([rows.labels, *(np.full(len(side), label) for label, side in enumerate(sides))])
    notify(f"{source}: {len(sides[0]):,} texts whose stars say negative, {len(sides[1]):,} positive")
    return NumberedRows(texts, labels, 2)


def answer(model: str, rated: str, sources: list[str], out: TeacherFile) -> None:
    """Fit the linear model and write its predictions."""
    splits = shared_rows([model], notify)
    labels = label_names(splits.train.labels)
    own = NumberedRows(splits.train.texts, number_labels(splits.train, labels), len(labels))
    rows = with_rated_rows(own, splits, splits.read_as, rated)
    settings = replace(LinearSettings.for_rows(len(rows.texts)), balanced=True)  # most star ratings are positive
    fitted = fit_linear(rows, settings, notify)
    read = load_pretraining_texts(sources, splits.read_as, notify).texts
    texts = list(dict.fromkeys([*splits.validation.texts, *read]))
    out.write(texts, labels, fitted.probabilities(texts))


def notify(line: str) -> None:
    """Print progress."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Write the predictions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL", help="the model whose training rows to use")
    parser.add_argument("--rated", metavar="SOURCE", required=True, help="reviews with stars")
    parser.add_argument("--data", action="append", required=True, metavar="SOURCE", help="texts to predict")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="a new CSV or Parquet file")
    chosen = parser.parse_args()
    try:
        answer(chosen.model, chosen.rated, chosen.data, TeacherFile.check(chosen.output, replace=False))
    except SentimentError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
