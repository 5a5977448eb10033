"""Texts made for training: composed of parts, or written whole.

Of the written ones, many praise or blame without a word of praise or blame, as people do: by what happened, in irony,
by a contrast, by a negated word. Parts put together by a grammar cannot tell that. They are in `korean_opinions.csv`
and `english_opinions.csv`; no text was taken from anywhere.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.data import load_rows, texts_apart_from
from sentiment.data.behaviour import suite_texts
from targets import SURE, notify

Compose = Callable[[int, int, Sequence[str]], tuple[list[str], NDArray[np.int64]]]
"""Composes so many texts, with a seed, none of which equals one of some; returns them and their classes."""


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

    def targets(self, num_classes: int) -> NDArray[np.float64]:
        """Return what a model should answer, (n, num_classes): `SURE` of the class, the rest in equal parts."""
        probabilities = np.full((len(self.texts), num_classes), (1 - SURE) / (num_classes - 1))
        probabilities[np.arange(len(self.texts)), self.classes] = SURE
        return probabilities


def made_texts(
    compose: Compose, labels: Sequence[str], measured_on: Sequence[str], chosen: argparse.Namespace
) -> MadeTexts:
    """Return composed and written texts, none of which a model is measured on, but for case and white space.

    Args:
        compose: composes them.
        labels: of the classes, in the order of their numbers.
        measured_on: sources of texts to leave out, besides those of the suites of behaviour.
        chosen: the options of `add_options`, and `seed`.
    """
    measured = [text for source in measured_on for text in load_rows(source, notify=notify).texts] + [*suite_texts()]
    composed, classes = compose(chosen.sentences, chosen.seed, measured)
    rows = load_rows(str(chosen.written), notify=notify)
    kept = texts_apart_from(rows.texts, [*measured, *composed])
    numbers: Mapping[str, int] = {label: number for number, label in enumerate(labels)}
    of_written = np.array([numbers[rows.labels[row]] for row in kept], dtype=np.int64)
    return MadeTexts(composed + [rows.texts[row] for row in kept], np.concatenate([classes, of_written]), len(composed))


def add_options(parser: argparse.ArgumentParser, written: Path) -> None:
    """Add what chooses them to a script's options."""
    parser.add_argument("--sentences", type=int, default=36_000, metavar="N", help="composed of parts")
    parser.add_argument("--written", type=Path, default=written, metavar="FILE", help="texts written whole")
