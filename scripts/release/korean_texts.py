"""Korean texts made for training: composed of parts, or written whole. They tell of more than films."""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from korean_sentences import NEGATIVE, NEUTRAL, POSITIVE, korean_sentences
from sentiment.data import load_rows
from sentiment.data.behaviour import suite_texts
from targets import notify
from written_texts import written_texts

CLASSES = {"negative": NEGATIVE, "neutral": NEUTRAL, "positive": POSITIVE}
LABELS = tuple(sorted(CLASSES, key=CLASSES.__getitem__))

WRITTEN = Path(__file__).with_name("korean_opinions.csv")

_EXPERIMENTS = Path(__file__).parents[1] / "experiments"
MEASURED_ON = ("sample", *(str(_EXPERIMENTS / name) for name in ("korean_domains.csv", "korean_reviews.csv")))
"""Rows that the models are measured on, besides the suites of behaviour; no made text may equal one."""


@dataclass(frozen=True)
class MadeTexts:
    """Composed texts, then written ones.

    Attributes:
        classes: (n,), of each.
        num_composed: of the n.
    """

    texts: list[str]
    classes: NDArray[np.int64]
    num_composed: int


def made_texts(number: int, written: Path, seed: int) -> MadeTexts:
    """Return composed and written texts, none of which is measured on.

    Args:
        number: of composed ones.
        written: a file of written ones, with the columns text and label.
        seed: of the draws of parts.
    """
    measured = [text for source in MEASURED_ON for text in load_rows(source, notify=notify).texts] + [*suite_texts()]
    composed, classes = korean_sentences(number, seed, measured)
    added, classes_of_added = written_texts(written, CLASSES, [*measured, *composed])
    return MadeTexts(composed + added, np.concatenate([classes, classes_of_added]), len(composed))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what chooses them to a script's options."""
    parser.add_argument("--sentences", type=int, default=36_000, metavar="N", help="composed of parts, a third a class")
    parser.add_argument("--written", type=Path, default=WRITTEN, metavar="FILE", help="texts written whole")
