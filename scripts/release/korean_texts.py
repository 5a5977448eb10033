"""Korean texts made for training, which tell of more than films."""

import argparse
from pathlib import Path

from korean_sentences import korean_sentences
from made_texts import MadeTexts, made_texts

LABELS = ("negative", "neutral", "positive")
WRITTEN = Path(__file__).with_name("korean_opinions.csv")

_EXPERIMENTS = Path(__file__).parents[1] / "experiments"
MEASURED_ON = ("sample", *(str(_EXPERIMENTS / name) for name in ("korean_domains.csv", "korean_reviews.csv")))
"""Rows that the models are measured on; no made text may equal one."""


def korean_texts(chosen: argparse.Namespace) -> MadeTexts:
    """Return them, as the options of `made_texts.add_options` and a seed choose."""
    return made_texts(korean_sentences, LABELS, MEASURED_ON, chosen)
