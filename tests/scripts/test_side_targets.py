"""What the classifier of two sides that korean-opinion starts from learns from texts without its labels."""

import numpy as np

from korean_sentences import NEGATIVE, NEUTRAL, POSITIVE
from made_texts import MadeTexts
from side_targets import commented, sided
from targets import SURE


def test_comments_keep_the_side_that_people_gave_them_and_neutral_ones_are_left_out() -> None:
    comments = ["못 참겠다", "내일은 월요일", "정말 고마워요"]
    texts, positive = commented(comments, ["negative", "neutral", "positive"])
    assert texts == ["못 참겠다", "정말 고마워요"]
    assert positive.tolist() == [0.0, 1.0]


def test_made_texts_are_on_both_sides_and_no_facts() -> None:
    texts, positive = sided(MadeTexts(["싸요", "1층입니다", "비싸요"], np.array([POSITIVE, NEUTRAL, NEGATIVE]), 0))
    assert texts == ["싸요", "비싸요"]
    np.testing.assert_allclose(positive, [SURE, 1 - SURE])
