r"""Write what `english-sentiment` should answer to reviews without labels, and to texts made for training.

    SENTIMENT_DATA=... python scripts/release/english_targets.py runs/english-teacher --output english_targets.parquet

Reviews of 280 tokens teach little of what one sentence says, and nothing of shops, food or apps. So a first model,
which learned from labelled reviews, answers those without labels, and a second one learns these answers, sharpened,
beside the labels, sentences made of parts, and texts written whole. Texts that the data set tests or validates on
are left out.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from english_sentences import NEGATIVE, POSITIVE, english_sentences
from sentiment import Classifier
from sentiment.config import DataConfig
from sentiment.data import ABSENT, load_pretraining_texts, load_rows, load_splits, texts_apart_from
from sentiment.data.behaviour import suite_texts
from sentiment.ensemble import TeacherFile
from targets import SURE, notify, write_targets
from written_texts import written_texts

CLASSES = {"negative": NEGATIVE, "positive": POSITIVE}
LABELS = tuple(sorted(CLASSES, key=CLASSES.__getitem__))
WRITTEN = Path(__file__).with_name("english_opinions.csv")

MEASURED_ON = str(Path(__file__).parents[1] / "experiments" / "english_reviews.csv")
"""Rows that the model is measured on, besides the suite of behaviour; no made text may equal one."""

SHARPNESS = 2.0
"""The power of the teacher's odds: what it knows of a text of its own kind is more than it dares to say."""


def unlabelled_reviews(source: str) -> list[str]:
    """Return the reviews of a data set that have no label, and equal none that it trains or validates on."""
    texts = load_pretraining_texts([source], DataConfig(source=source), notify)
    has_label = (texts.classes != ABSENT) | (texts.grades != ABSENT)
    own = [text for text, is_labelled in zip(texts.texts, has_label, strict=True) if not is_labelled]
    splits = load_splits(DataConfig(source=source), allow_fallback=False, notify=notify)
    return [own[row] for row in texts_apart_from(own, [*splits.validation.texts, *splits.train.texts])]


def sharpened(probabilities: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """Return probabilities, (n, classes), with the odds raised to a power."""
    raised: NDArray[np.float64] = probabilities**power
    raised /= raised.sum(axis=1, keepdims=True)
    return raised


def made_texts(number: int, written: Path, seed: int) -> tuple[list[str], NDArray[np.int64]]:
    """Return composed texts, then written ones, none of which is measured on, and their classes.

    Args:
        number: of composed ones.
        written: a file of written ones, with the columns text and label.
        seed: of the draws of parts.
    """
    measured = [*load_rows(MEASURED_ON, notify=notify).texts, *suite_texts()]
    composed, classes = english_sentences(number, seed, measured)
    added, classes_of_added = written_texts(written, CLASSES, [*measured, *composed])
    return composed + added, np.concatenate([classes, classes_of_added])


def answer(chosen: argparse.Namespace, out: TeacherFile) -> None:
    """Write the targets of reviews and made texts."""
    classifier = Classifier.load(chosen.model, threads=chosen.threads)
    texts = unlabelled_reviews(chosen.source)
    order = [classifier.labels.index(label) for label in LABELS]
    found = classifier.probabilities(texts)[:, order].astype(np.float64)
    answered = np.flatnonzero(~np.isnan(found[:, 0]))
    made, classes = made_texts(chosen.sentences, chosen.written, chosen.seed)
    of_made = np.full((len(made), len(LABELS)), 1 - SURE)
    of_made[np.arange(len(made)), classes] = SURE
    reviews = [texts[row] for row in answered]
    out.write(reviews + made, LABELS, np.concatenate([sharpened(found[answered], SHARPNESS), of_made]))
    notify(f"{out.path}: {len(reviews):,} reviews, and {len(made):,} made ones")


def main() -> None:
    """Write the targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL", help="of negative and positive, trained on the labelled reviews")
    parser.add_argument("--source", default="imdb", metavar="SOURCE", help="reviews, some without labels")
    parser.add_argument("--sentences", type=int, default=36_000, metavar="N", help="sentences made of parts")
    parser.add_argument("--written", type=Path, default=WRITTEN, metavar="FILE", help="texts written whole")
    parser.add_argument("--seed", type=int, default=0, help="of the sentences")
    parser.add_argument("--threads", type=int, metavar="N")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="a new CSV or Parquet file")
    write_targets(answer, parser.parse_args(), "output")


if __name__ == "__main__":
    main()
