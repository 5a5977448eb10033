"""The rows of the real corpus, and how many of its test texts a model has seen in training."""

import os

import pytest

from sentiment.config import DataConfig
from sentiment.data import load_splits
from sentiment.evaluation.rows import TrainingOrigin, WantedRows, load_evaluation_rows


def ignore(text: str) -> None:
    """Hear a note."""


@pytest.mark.skipif("SENTIMENT_DATA" not in os.environ, reason="SENTIMENT_DATA names no folder with NSMC in it")
def test_nsmc_test_texts_that_stand_in_train() -> None:
    config = DataConfig(source="nsmc")
    splits = load_splits(config, allow_fallback=False, notify=ignore)
    origin = TrainingOrigin(config, "nsmc", False, (splits.train.sha256, splits.validation.sha256))
    chosen = load_evaluation_rows(origin, WantedRows(), ignore)
    assert chosen.training is not None
    seen = sum(text in chosen.training.known_texts for text in chosen.rows.texts)
    # 1,571 of the 50,000 test rows stand in train word for word; three of them are empty, and those are not scored.
    assert (len(chosen.rows.texts), chosen.rows.counts.empty, seen) == (49_997, 3, 1_571 - 3)
