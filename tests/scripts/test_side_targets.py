"""What the classifier of two sides that korean-opinion starts from learns from texts without its labels."""

import numpy as np

from side_targets import commented, composed
from targets import SURE


def test_comments_keep_the_side_that_people_gave_them_and_neutral_ones_are_left_out() -> None:
    comments = ["못 참겠다", "내일은 월요일", "정말 고마워요"]
    texts, positive = commented(comments, ["negative", "neutral", "positive"])
    assert texts == ["못 참겠다", "정말 고마워요"]
    assert positive.tolist() == [0.0, 1.0]


def test_composed_sentences_are_two_thirds_and_on_both_sides() -> None:
    texts, positive = composed(60, seed=0)
    assert len(texts) == len(set(texts)) == 40
    np.testing.assert_allclose(np.sort(positive), [1 - SURE] * 20 + [SURE] * 20)
