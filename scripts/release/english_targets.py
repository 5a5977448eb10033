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

from english_sentences import english_sentences
from made_texts import MadeTexts, add_options, made_texts
from sentiment import Classifier
from sentiment.config import DataConfig
from sentiment.data import ABSENT, load_pretraining_texts, load_splits, texts_apart_from
from sentiment.ensemble import TeacherFile
from targets import notify, write_targets

LABELS = ("negative", "positive")
WRITTEN = Path(__file__).with_name("english_opinions.csv")

MEASURED_ON = (str(Path(__file__).parents[1] / "experiments" / "english_reviews.csv"),)
"""Rows that the model is measured on; no made text may equal one."""

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


def english_texts(chosen: argparse.Namespace) -> MadeTexts:
    """Return texts made for training, as the options of `made_texts.add_options` and a seed choose."""
    return made_texts(english_sentences, LABELS, MEASURED_ON, chosen)


def answer(chosen: argparse.Namespace, out: TeacherFile) -> None:
    """Write the targets of reviews and made texts."""
    classifier = Classifier.load(chosen.model, threads=chosen.threads)
    texts = unlabelled_reviews(chosen.source)
    order = [classifier.labels.index(label) for label in LABELS]
    found = classifier.probabilities(texts)[:, order].astype(np.float64)
    answered = np.flatnonzero(~np.isnan(found[:, 0]))
    made = english_texts(chosen)
    reviews = [texts[row] for row in answered]
    answers = np.concatenate([sharpened(found[answered], SHARPNESS), made.targets(len(LABELS))])
    out.write(reviews + made.texts, LABELS, answers)
    notify(f"{out.path}: {len(reviews):,} reviews, and {len(made.texts):,} made ones")


def main() -> None:
    """Write the targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL", help="of negative and positive, trained on the labelled reviews")
    parser.add_argument("--source", default="imdb", metavar="SOURCE", help="reviews, some without labels")
    add_options(parser, WRITTEN)
    parser.add_argument("--seed", type=int, default=0, help="of the sentences")
    parser.add_argument("--threads", type=int, metavar="N")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="a new CSV or Parquet file")
    write_targets(answer, parser.parse_args(), "output")


if __name__ == "__main__":
    main()
