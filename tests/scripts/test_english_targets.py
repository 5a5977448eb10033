"""Targets of single sentences: what counts as one, and how far the label of the review moves an answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from english_targets import draw, sentences_of, targets

REVIEW = 'A slow start, I thought. "But then it moved me!" Great.\nWould I see it again? Yes, on any day'


def test_sentences_end_at_their_marks_and_lines_and_a_word_or_two_are_none() -> None:
    assert sentences_of(REVIEW) == [
        "A slow start, I thought.",
        '"But then it moved me!',
        "Would I see it again?",
        "Yes, on any day",
    ]
    assert sentences_of("word " * 61) == []


def test_no_sentence_of_a_text_is_drawn_twice() -> None:
    drawn = draw([REVIEW, "Too short"], 3, np.random.default_rng(0))
    assert [len(sentences) for sentences in drawn] == [3, 0]
    assert set(drawn[0]) < set(sentences_of(REVIEW))


@given(st.floats(0, 1), st.sampled_from([-1.0, 1.0]), st.floats(0, 3))
def test_the_label_of_the_review_adds_to_the_log_odds(positive: float, side: float, log_odds: float) -> None:
    positive = min(max(positive, 1e-6), 1 - 1e-6)
    answer = targets(np.array([[1 - positive, positive]]), np.array([side]), log_odds)[0]
    assert answer.sum() == pytest.approx(1)
    before, after = np.log(positive / (1 - positive)), np.log(answer[1] / answer[0])
    assert after - before == pytest.approx(side * log_odds, abs=1e-6)
