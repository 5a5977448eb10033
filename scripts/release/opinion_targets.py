r"""Write what a model of negative, neutral and positive should answer to texts that have stars, two classes or nothing.

    SENTIMENT_DATA=... python scripts/release/opinion_targets.py runs/comments --film-model runs/sides \
        --output targets.parquet --replay replay.parquet --unlabelled comments.txt.gz --unlabelled chats.csv

A model of three classes that learned from comments alone forgets what film reviews have taught about sides, and film
reviews have no neutral class. So the targets take both. How neutral a review is, the model says, as far as one of
film reviews is in doubt about its side; which side it is on, its stars or its label. Texts that NSMC tests or
validates on are left out. Made texts are added for subjects that film reviews do not cover.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from korean_texts import LABELS, WRITTEN, korean_texts
from made_texts import add_options
from sentiment import Classifier
from sentiment.config import DataConfig
from sentiment.data import ABSENT, load_pretraining_texts, load_splits, texts_apart_from
from sentiment.ensemble import TeacherFile
from targets import notify, write_targets

REVIEWS = ("nsmc", "naver-movie-reviews")
REPLAYED, COMPOSED_REPLAYED = 0.3, 1 / 3
"""The shares of the texts and of the composed ones that a last training reads again, so as not to forget."""

POSITIVE_BY_STARS = (0.0, 0.0, 0.0, 0.0, 0.15, 0.3, 0.5, 0.7, 1.0, 1.0)
"""How positive the stars 1 to 10 are. NSMC takes 1 to 4 for negative, 9 and 10 for positive, none of the rest."""

STARS_COUNT, MILD_STARS_COUNT = 0.9, 0.5
"""What stars count beside the model of film reviews, which reads the text: 1 to 4, 9 and 10, or a label; and 5 to 8."""

CLEAR_NEUTRAL_ODDS = 0.5
"""Reviews with clear stars are seldom neutral: their odds of it, relative to those of comments."""

MILD_NEUTRAL_ODDS = 2.0
"""The same of reviews with 5 to 8 stars."""


@dataclass(frozen=True)
class RatedTexts:
    """Texts, and how positive the stars or labels of each are.

    Attributes:
        positive: (n,), from 0 to 1; NaN where nothing is known.
        is_mild: (n,), whether the stars say little.
    """

    texts: list[str]
    positive: NDArray[np.float64]
    is_mild: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.texts)

    def select(self, rows: NDArray[np.int64]) -> "RatedTexts":
        """Return some of the rows."""
        return RatedTexts([self.texts[row] for row in rows], self.positive[rows], self.is_mild[rows])


def rated_texts(sources: Sequence[str], most_labelled: int, most_of_a_kind: int, seed: int) -> RatedTexts:
    """Return labelled film reviews, and others of each side of the clear stars, and of the mild ones."""
    data = DataConfig(source=sources[0])
    read = load_pretraining_texts(sources, data, notify)
    validation = load_splits(data, allow_fallback=False, notify=notify).validation.texts
    stars = np.array([*read.grade_values, 0])[read.grades]  # ABSENT, which is -1, takes the last
    by_class = np.array([float(LABELS.index(name) == 2) for name in read.class_names])
    has_label = read.classes != ABSENT
    positive = np.where(has_label, by_class[read.classes], np.array([np.nan, *POSITIVE_BY_STARS])[stars])
    is_mild = (stars >= 5) & (stars <= 8)
    rng = np.random.default_rng(seed)
    apart = np.zeros(len(read.texts), dtype=np.bool_)
    apart[texts_apart_from(read.texts, validation)] = True
    kinds = [(has_label, most_labelled)]
    kinds += [(kind & ~has_label, most_of_a_kind) for kind in ((stars >= 1) & (stars <= 4), is_mild, stars >= 9)]
    kept = [rng.permutation(np.flatnonzero(kind & apart))[:most] for kind, most in kinds]
    return RatedTexts(read.texts, positive, is_mild).select(np.concatenate(kept))


def unlabelled_texts(files: Sequence[str]) -> RatedTexts:
    """Return the texts of files, whatever labels they have."""
    texts = [text for file in files for text in load_pretraining_texts([file], DataConfig(source=file), notify).texts]
    return RatedTexts(texts, np.full(len(texts), np.nan), np.zeros(len(texts), dtype=np.bool_))


def targets(rows: RatedTexts, three: NDArray[np.float64], positive: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of `LABELS` that rows should be answered with, (n, 3).

    Args:
        rows: n texts.
        three: (n, 3), what the model of comments answers.
        positive: (n,), the probability of positive that the model of film reviews answers.
    """
    is_known = ~np.isnan(rows.positive)
    of_comments = three[:, 2] / (three[:, 0] + three[:, 2])
    count = np.where(rows.is_mild, MILD_STARS_COUNT, STARS_COUNT)
    side = np.where(is_known, count * rows.positive + (1 - count) * positive, (positive + of_comments) / 2)
    doubt = 4 * positive * (1 - positive)
    ratio = np.where(is_known, doubt * np.where(rows.is_mild, MILD_NEUTRAL_ODDS, CLEAR_NEUTRAL_ODDS), 1.0)
    odds = ratio * three[:, 1] / (1 - three[:, 1]).clip(1e-9)
    neutral = odds / (1 + odds)
    return np.stack([(1 - neutral) * (1 - side), neutral, (1 - neutral) * side], axis=1)


def answer(chosen: argparse.Namespace, out: TeacherFile, replay: TeacherFile) -> None:
    """Write the targets of all texts, and again those that a last training reads."""
    known = rated_texts(chosen.films, chosen.labelled, chosen.stars, chosen.seed)
    unknown = unlabelled_texts(chosen.unlabelled)
    rows = RatedTexts(
        known.texts + unknown.texts,
        np.concatenate([known.positive, unknown.positive]),
        np.concatenate([known.is_mild, unknown.is_mild]),
    )
    made = korean_texts(chosen)
    first = {text: row for row, text in reversed(list(enumerate(rows.texts)))}  # a text has one answer
    for text in made.texts:
        first.pop(text, None)
    rows = rows.select(np.array(sorted(first.values()), dtype=np.int64))
    three = probabilities(chosen.comments, rows.texts, LABELS)
    positive = probabilities(chosen.film_model, rows.texts, ("positive",))[:, 0]
    is_answered = ~np.isnan(positive)
    rows = rows.select(np.flatnonzero(is_answered))
    answers = targets(rows, three[is_answered], positive[is_answered])
    texts, answers = rows.texts + made.texts, np.concatenate([answers, made.targets(len(LABELS))])
    out.write(texts, LABELS, answers)
    again = replayed(len(rows), made.num_composed, len(texts), chosen.seed)
    replay.write([texts[row] for row in again], LABELS, answers[again])
    notify(f"{out.path}: {len(rows):,} texts, and {len(made.texts):,} made ones")


def replayed(num_texts: int, num_composed: int, total: int, seed: int) -> NDArray[np.int64]:
    """Return the rows to read again: some of the texts, some of the composed ones after them, all written ones."""
    rng = np.random.default_rng(seed + 1)  # not the draws that the texts were chosen by
    texts = np.sort(rng.permutation(num_texts)[: round(REPLAYED * num_texts)])
    composed = np.sort(rng.permutation(num_composed)[: round(COMPOSED_REPLAYED * num_composed)])
    return np.concatenate([texts, num_texts + composed, np.arange(num_texts + num_composed, total)])


def probabilities(model: str, texts: Sequence[str], labels: Sequence[str]) -> NDArray[np.float64]:
    """Return a model's probabilities of some labels, (n, labels); NaN where a text has no answer."""
    classifier = Classifier.load(model)
    columns = [classifier.labels.index(label) for label in labels]
    return classifier.probabilities(texts)[:, columns].astype(np.float64)


def main() -> None:
    """Write the targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("comments", metavar="MODEL", help="of negative, neutral and positive")
    parser.add_argument("--unlabelled", action="append", default=[], metavar="FILE", help="more texts; may be repeated")
    parser.add_argument(
        "--films", nargs="+", default=REVIEWS, metavar="SOURCE", help="film reviews, labelled ones first"
    )
    parser.add_argument("--film-model", required=True, metavar="MODEL", help="of negative and positive")
    parser.add_argument("--labelled", type=int, default=150_000, metavar="N", help="labelled film reviews")
    parser.add_argument(
        "--stars", type=int, default=10_000, metavar="N", help="reviews of 1 to 4, 5 to 8, 9 to 10 stars"
    )
    add_options(parser, WRITTEN)
    parser.add_argument("--seed", type=int, default=0, help="of all draws")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="a new CSV or Parquet file")
    parser.add_argument("--replay", type=Path, required=True, metavar="FILE", help="another, for a part of it")
    write_targets(answer, parser.parse_args(), "output", "replay")


if __name__ == "__main__":
    main()
