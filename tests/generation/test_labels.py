"""Texts that a label chooses."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import ModelDirectoryError
from sentiment.generation import TextGenerator
from sentiment.generation.labels import columns_of_label, resample

from .conftest import MadeEncoder, MakeEncoder

STARS = list(range(1, 11))


@pytest.mark.parametrize(
    ("label", "grades"), [("negative", [1, 2, 3]), ("positive", [8, 9, 10]), ("10", [10]), ("1", [1])]
)
def test_what_a_label_means(label: str, grades: list[int]) -> None:
    assert STARS[columns_of_label(label, STARS, Path("encoder"))] == grades


def test_two_grades_have_a_lowest_and_a_highest() -> None:
    assert [[0, 1][columns_of_label(label, [0, 1], Path())] for label in ("negative", "positive")] == [[0], [1]]


def test_another_label_is_refused() -> None:
    with pytest.raises(ModelDirectoryError, match=r"have no '11'; choose one of negative, positive, 1, .*, 10"):
        columns_of_label("11", STARS, Path("encoder"))


@given(st.lists(st.floats(0, 1) | st.just(np.nan), max_size=20), st.integers(1, 20), st.integers(0, 2**32))
def test_none_is_chosen_twice_or_without_an_answer(weights: list[float], number: int, seed: int) -> None:
    chosen = resample(np.array(weights, dtype=np.float64), number, np.random.default_rng(seed))
    answered = int(np.count_nonzero(~np.isnan(weights))) if weights else 0
    assert len(chosen) == len(set(chosen)) == min(number, answered)
    assert not any(np.isnan(weights[position]) for position in chosen)


def test_the_chance_is_in_proportion_to_the_weight() -> None:
    rng = np.random.default_rng(0)
    chosen = [resample(np.array([0.1, 0.3, 0.6]), 1, rng)[0] for _ in range(10_000)]
    np.testing.assert_allclose(np.bincount(chosen) / 10_000, [0.1, 0.3, 0.6], atol=0.02)


def test_a_label_raises_its_own_probability(drawn_encoder: MadeEncoder) -> None:
    generator = TextGenerator.load(drawn_encoder.path)
    judge = generator.rating_judge("negative")
    texts = generator.sample_labelled(judge, number=10, candidates=200, seed=0)
    told = [text.label_probability for text in texts]
    np.testing.assert_allclose(np.array(told, dtype=np.float64), judge([text.text for text in texts]), atol=1e-5)
    plain = judge([text.text for text in generator.sample(number=200, seed=0)])
    assert np.mean(np.array(told, dtype=np.float64)) > np.nanmean(plain)
    assert texts == generator.sample_labelled(judge, number=10, candidates=200, seed=0)


def test_an_encoder_without_ratings_judges_nothing(tmp_path: Path, made_encoder: MakeEncoder) -> None:
    made = made_encoder(tmp_path / "encoder", objectives=("language_model",))
    with pytest.raises(ModelDirectoryError, match="was not trained on ratings"):
        TextGenerator.load(made.path).rating_judge("positive")
