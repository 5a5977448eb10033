"""How far explanations can be trusted, measured once a model and stored with it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sentiment import Classifier
from sentiment.inference.inside.deletion_curve import DELETION_CURVE, MIN_TEXTS, REMOVED, DeletionCurve, deletion_curve

WriteModel = Callable[..., Path]

TEXT = "one two three four good six seven eight nine ten"


def sure_of_good(texts: Sequence[str]) -> NDArray[np.float32]:
    """Score 0.9 where there is good, and 0.6 elsewhere: one word carries it all."""
    positive = np.array([0.9 if "good" in text.split() else 0.6 for text in texts])
    positive[[not text.split() for text in texts]] = np.nan
    return np.stack([1 - positive, positive], axis=1).astype(np.float32)


def test_the_word_that_carries_the_answer_falls_first_and_random_ones_by_chance() -> None:
    curve = deletion_curve([TEXT] * MIN_TEXTS, sure_of_good)
    assert curve is not None
    assert (curve.n, curve.removed) == (MIN_TEXTS, REMOVED)
    assert curve.strongest == pytest.approx([0.3] * len(REMOVED), abs=1e-6)
    # A word is among so many random ones with that chance: 300 draws are within 0.1 of it.
    assert np.array(curve.at_random) / 0.3 == pytest.approx(REMOVED, abs=0.1)
    assert curve.summary() == (
        "On 100 texts, leaving out the strongest fifth of the words lowers the probability by "
        f"0.30, as many random words by {curve.at_random[1]:.2f}."
    )
    assert deletion_curve([TEXT] * MIN_TEXTS, sure_of_good) == curve


def test_a_few_texts_are_not_enough() -> None:
    assert deletion_curve([TEXT] * (MIN_TEXTS - 1), sure_of_good) is None
    assert deletion_curve(["", *[TEXT] * MIN_TEXTS], sure_of_good) is not None


def test_what_is_stored_with_a_model_is_said_with_its_explanations(tmp_path: Path, write_model: WriteModel) -> None:
    curve = DeletionCurve(200, REMOVED, (0.2, 0.31, 0.4, 0.5, 0.5), (0.1, 0.11, 0.2, 0.3, 0.3))
    metrics = json.loads(json.dumps({DELETION_CURVE: curve.to_dict()}))
    classifier = Classifier.load(write_model(tmp_path / "measured", metrics=metrics))
    explained = classifier.explain("good film")
    assert explained.trust == curve
    assert explained.to_dict()["trust"] == curve.to_dict()
    assert "lowers the probability by 0.31, as many random words by 0.11." in explained.reading()


@pytest.mark.parametrize(
    "record", [None, "curve", {"n": 1}, {"n": 1, "removed": [0.2], "strongest": [0.1], "at_random": []}]
)
def test_a_model_without_it_says_so(tmp_path: Path, write_model: WriteModel, record: object) -> None:
    classifier = Classifier.load(write_model(tmp_path / "model", metrics={DELETION_CURVE: record}))
    explained = classifier.explain("good film")
    assert explained.trust is None
    assert "was not measured when it was trained" in explained.reading()
