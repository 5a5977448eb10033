"""What is proposed for a gap, and how it is scored."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from sentiment.generation import TextGenerator
from sentiment.generation.gaps import GapRules, gap_candidates
from sentiment.generation.network.language_model import BACKWARD, FORWARD, LanguageModel

from .conftest import MakeEncoder

LEFT, RIGHT = (2, 3), (1, 4)

Scores = dict[tuple[int, ...], float]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, made_encoder: MakeEncoder) -> LanguageModel:
    path: Path = tmp_path_factory.mktemp("encoders") / "tiny"
    return TextGenerator.load(made_encoder(path, texts=("abc ab", "cab"), steps=3).path)._model


def asked(model: LanguageModel, direction: int, context: Sequence[int], word: int) -> float:
    return float(model.begin_with(direction, context).log_probabilities[0, word])


def test_every_filling_is_scored_by_both_directions_where_they_meet(model: LanguageModel) -> None:
    words = np.arange(model.edge_id + 1)
    rules = GapRules(words != model.edge_id, (words != model.edge_id) & (words != 1), words % 2 == 0)
    rules.last[model.edge_id] = False
    found = gap_candidates(model, LEFT, RIGHT, rules, max_tokens=2, width=1000)
    expected: dict[tuple[int, ...], float] = {}
    for word in range(model.edge_id):
        if rules.first[word] and rules.last[word]:
            expected[(word,)] = asked(model, FORWARD, LEFT, word) + asked(model, BACKWARD, RIGHT, word)
    for one, two in product(range(model.edge_id), repeat=2):
        if rules.first[one] and rules.last[two]:
            outer = asked(model, FORWARD, LEFT, one) + asked(model, BACKWARD, RIGHT, two)
            inner = asked(model, FORWARD, (*LEFT, one), two), asked(model, BACKWARD, (two, *RIGHT), one)
            expected[one, two] = outer + max(inner)
    assert set(found) == set(expected)
    np.testing.assert_allclose([found[tokens] for tokens in expected], list(expected.values()), atol=1e-4)


def test_three_words_meet_in_the_middle_too(model: LanguageModel) -> None:
    everything = np.arange(model.edge_id + 1) != model.edge_id
    found = gap_candidates(model, LEFT, RIGHT, GapRules(*[everything] * 3), max_tokens=3, width=10_000)
    assert set(found) == {tokens for length in (1, 2, 3) for tokens in product(range(model.edge_id), repeat=length)}
    for tokens in product(range(model.edge_id), repeat=3):
        forward = [asked(model, FORWARD, (*LEFT, *tokens[:place]), word) for place, word in enumerate(tokens)]
        backward = [asked(model, BACKWARD, (*tokens[place + 1 :], *RIGHT), word) for place, word in enumerate(tokens)]
        splits = [sum(forward[: a + 1]) + sum(backward[a:]) for a in range(3)]
        assert found[tokens] == pytest.approx(max(splits), abs=1e-4)


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_a_narrow_beam_keeps_the_best_of_each_meeting(model: LanguageModel, width: int) -> None:
    words = range(model.edge_id)
    everything = np.arange(model.edge_id + 1) != model.edge_id

    def best(scores: Scores) -> Sequence[tuple[int, ...]]:
        return sorted(scores, key=lambda tokens: -scores[tokens])[:width]

    ahead: Scores = {(word,): asked(model, FORWARD, LEFT, word) for word in words}
    back: Scores = {(word,): asked(model, BACKWARD, RIGHT, word) for word in words}
    single: Scores = {tokens: ahead[tokens] + back[tokens] for tokens in ahead}
    met_at_second: Scores = {
        (one, two): ahead[one,] + asked(model, FORWARD, (*LEFT, one), two) + back[two,]
        for (one,), two in product(best(ahead), words)
    }
    met_at_first: Scores = {
        (one, two): back[two,] + asked(model, BACKWARD, (two, *RIGHT), one) + ahead[one,]
        for one, (two,) in product(words, best(back))
    }
    found = gap_candidates(model, LEFT, RIGHT, GapRules(*[everything] * 3), max_tokens=2, width=width)
    assert set(found) == {*best(single), *best(met_at_second), *best(met_at_first)}
