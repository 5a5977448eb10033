"""Which words are drawn, and which texts are the likeliest."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from sentiment.generation import TextGenerator
from sentiment.generation.beam import beam_search
from sentiment.generation.network.language_model import FORWARD
from sentiment.generation.sampling import SamplingSettings, draw_words, word_probabilities
from sentiment.generation.vocabulary import WritingRules

from .conftest import MadeEncoder, MakeEncoder

SCORES = arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(1, 30)), elements=st.floats(-50, 0, width=32))
SETTINGS = st.builds(
    SamplingSettings,
    temperature=st.floats(0.01, 5.0),
    top_k=st.none() | st.integers(1, 40),
    top_p=st.floats(0.0, 1.0),
)


@given(SCORES, SETTINGS)
def test_probabilities_sum_to_one_and_the_likeliest_stays(scores: NDArray[np.float32], how: SamplingSettings) -> None:
    probabilities = word_probabilities(scores, how)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    likeliest = np.where(probabilities > 0.0, scores, -np.inf).max(axis=1)
    np.testing.assert_allclose(likeliest, scores.max(axis=1), atol=1e-5)  # two may be alike but for rounding
    if how.top_k is not None:
        assert (np.count_nonzero(probabilities, axis=1) <= how.top_k).all()


@given(SCORES, SETTINGS, st.integers(0, 2**32))
def test_what_has_no_probability_is_not_drawn(scores: NDArray[np.float32], how: SamplingSettings, seed: int) -> None:
    probabilities = word_probabilities(scores, how)
    drawn = draw_words(probabilities, np.random.default_rng(seed))
    assert (probabilities[np.arange(len(drawn)), drawn] > 0.0).all()


def test_the_nucleus_is_the_smallest_set_of_that_share() -> None:
    scores = np.log([[0.1, 0.5, 0.15, 0.25]])
    for top_p, kept in [(0.0, [1]), (0.49, [1]), (0.51, [1, 3]), (0.8, [1, 2, 3]), (1.0, [0, 1, 2, 3])]:
        probabilities = word_probabilities(scores, SamplingSettings(1.0, None, top_p))
        assert np.flatnonzero(probabilities[0]).tolist() == kept


def test_draws_have_the_frequencies_of_the_probabilities() -> None:
    scores = np.log(np.tile([0.1, 0.2, 0.0001, 0.6999], (20_000, 1)))
    probabilities = word_probabilities(scores, SamplingSettings(1.0, None, 1.0))
    frequencies = np.bincount(draw_words(probabilities, np.random.default_rng(0)), minlength=4) / 20_000
    np.testing.assert_allclose(frequencies, probabilities[0], atol=0.01)


@given(seed=st.integers(0, 2**32), number=st.integers(1, 6))
@settings(deadline=None, max_examples=15)
def test_the_same_seed_gives_the_same_texts(drawn_encoder: MadeEncoder, seed: int, number: int) -> None:
    texts = [TextGenerator.load(drawn_encoder.path).sample(number=number, seed=seed) for _ in range(2)]
    assert texts[0] == texts[1]
    assert len(texts[0]) == number
    for text in texts[0]:
        assert text.text
        assert "<unk>" not in text.tokens
        assert len(text.tokens) <= 40


def test_other_seeds_give_other_texts(drawn_encoder: MadeEncoder) -> None:
    generator = TextGenerator.load(drawn_encoder.path)
    assert generator.sample(number=3, seed=0) != generator.sample(number=3, seed=1)


def test_log_probability_is_that_of_the_model(drawn_encoder: MadeEncoder) -> None:
    generator = TextGenerator.load(drawn_encoder.path)
    model, vocabulary = generator._model, generator._vocabulary
    ids = {token: number for number, token in enumerate(vocabulary.spellings(range(vocabulary.size)))}
    for text in generator.sample(number=8, seed=0, max_tokens=12):
        tokens = np.array([[ids[token] for token in text.tokens]])
        believed = model.log_probability(FORWARD, tokens, to_the_edge=text.ended)[0]
        assert text.log_probability == pytest.approx(believed, abs=1e-3)


@pytest.mark.parametrize(("steps", "boost"), [(0, 0), (3, 0), (20, 0), (0, 3), (3, 3)])
@pytest.mark.parametrize("number", [2, 10])
def test_a_wide_beam_is_an_exhaustive_search(
    tmp_path: Path, made_encoder: MakeEncoder, steps: int, boost: int, number: int
) -> None:
    made = made_encoder(tmp_path / "tiny", texts=("abc ab", "cab"), steps=steps)
    generator = TextGenerator.load(made.path)
    # Where texts end soon, the search does as well.
    bias = generator._model.bias.copy()
    bias[generator._model.edge_id] += boost
    model, rules = replace(generator._model, bias=bias), WritingRules.after(generator._vocabulary, "")
    longest = 4
    every = {}
    for length in range(1, longest):
        for tokens in product(range(model.edge_id), repeat=length):
            if all(rules.allowed([tokens[:place]])[0, token] for place, token in enumerate((*tokens, model.edge_id))):
                every[tokens] = float(model.log_probability(FORWARD, np.array([tokens]))[0])
    likeliest = sorted(every.items(), key=lambda item: -item[1])[:number]
    found = beam_search(model, rules, (), number, model.edge_id**longest, max_tokens=longest)
    assert [one.input_ids for one in found] == [tokens for tokens, _ in likeliest]
    np.testing.assert_allclose([one.log_probability for one in found], [p for _, p in likeliest], atol=1e-4)


def test_a_beam_finds_what_was_learned(learned_encoder: Path) -> None:
    generator = TextGenerator.load(learned_encoder)
    (best,) = generator.search("감독은 ", number=1, width=5)
    assert best.text == "감독은 누구와 함께 밥을 먹었다"
    assert best.ended
    (cut,) = generator.search("감독은", number=1, width=1, max_tokens=1)
    assert not cut.ended
