"""Write what a model of negative and positive should answer to texts besides those of NSMC.

    SENTIMENT_DATA=... python scripts/release/side_targets.py comments.csv --output side_targets.parquet

NSMC's labels are stars: 1 to 4 are negative, 9 and 10 positive. Other reviews of the same crawl with such stars are as
good, as many of each side as there are of the rarer. Comments with human labels, and made texts, tell of other
subjects than films. Texts that either data set tests or validates on are left out. `korean-opinion` starts from
such a model.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from korean_sentences import NEUTRAL, POSITIVE
from korean_texts import WRITTEN, korean_texts
from made_texts import MadeTexts, add_options
from opinion_targets import REVIEWS, RatedTexts, rated_texts
from sentiment.config import DataConfig
from sentiment.data import load_splits, texts_apart_from
from sentiment.ensemble import TeacherFile
from targets import SURE, notify, write_targets

LABELS = ("negative", "positive")


def starred_texts(sources: Sequence[str], seed: int) -> RatedTexts:
    """Return the reviews without a label whose stars are clear, as many of each side."""
    rated = rated_texts(sources, 0, sys.maxsize, seed)
    sides = [np.flatnonzero(~rated.is_mild & (rated.positive == side)) for side in (0.0, 1.0)]
    rarer = min(map(len, sides))
    return rated.select(np.concatenate([side[:rarer] for side in sides]))


def commented(texts: Sequence[str], labels: Sequence[str]) -> tuple[list[str], NDArray[np.float64]]:
    """Return the rows that are negative or positive, and which of both they are, (n,)."""
    kept = [(text, label) for text, label in zip(texts, labels, strict=True) if label in LABELS]
    return [text for text, _ in kept], np.array([LABELS.index(label) for _, label in kept], dtype=np.float64)


def sided(made: MadeTexts) -> tuple[list[str], NDArray[np.float64]]:
    """Return the texts that are not neutral, and how positive they are, (n,)."""
    kept = np.flatnonzero(made.classes != NEUTRAL)
    positive = np.where(made.classes[kept] == POSITIVE, SURE, 1 - SURE)
    return [made.texts[row] for row in kept.tolist()], positive


def answer(chosen: argparse.Namespace, out: TeacherFile) -> None:
    """Write the targets of all texts."""
    comments = DataConfig(source=chosen.comments, text_column="text", label_column="sentiment")
    splits = load_splits(comments, allow_fallback=False, notify=notify)
    starred = starred_texts(chosen.films, chosen.seed)
    parts = {
        "reviews": (starred.texts, starred.positive),
        "comments": commented(splits.train.texts, splits.train.labels),
        "made texts": sided(korean_texts(chosen)),
    }
    first: dict[str, float] = {}  # a text has one answer
    for texts, positive in parts.values():
        for text, value in zip(texts, positive.tolist(), strict=True):
            first.setdefault(text, value)
    held_out = [*splits.validation.texts, *(splits.test.texts if splits.test else ())]
    texts = [*first]
    kept = texts_apart_from(texts, held_out)
    values = np.array(list(first.values()))[kept]
    out.write([texts[row] for row in kept.tolist()], LABELS, np.stack([1 - values, values], axis=1))
    counts = ", ".join(f"{len(part):,} {name}" for name, (part, _) in parts.items())
    notify(f"{out.path}: {counts}; {len(kept):,} different texts")


def main() -> None:
    """Write the targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("comments", metavar="FILE", help="with the columns text and sentiment")
    parser.add_argument(
        "--films", nargs="+", default=REVIEWS, metavar="SOURCE", help="film reviews, labelled ones first"
    )
    add_options(parser, WRITTEN)
    parser.add_argument("--seed", type=int, default=0, help="of all draws")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="a new CSV or Parquet file")
    write_targets(answer, parser.parse_args(), "output")


if __name__ == "__main__":
    main()
