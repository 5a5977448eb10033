"""Sentences made of parts: the forms are those of Korean, and each is of the class it was made for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from korean_sentences import NEGATIVE, NEUTRAL, NUM_FINALS, POSITIVE, Predicate, final_of, korean_sentences, with_final

SYLLABLES = st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣"))


def forms(word: str, *, past: bool = False) -> set[str]:
    predicate, rng = Predicate.parse(word), np.random.default_rng(0)
    return {(predicate.in_past if past else predicate.present)(rng) for _ in range(200)}


@pytest.mark.parametrize(
    ("word", "present", "past"),
    [
        (
            "빠르/빨라",
            "빨라요 빠르네요 빠르더라고요 빠릅니다 빠름 빠르다 빨라 빠르네",
            "빨랐어요 빨랐네요 빨랐습니다 빨랐음 빨랐다 빨랐어 빨랐네",
        ),
        (
            "늦/늦어",
            "늦어요 늦네요 늦더라고요 늦습니다 늦음 늦다 늦어 늦네",
            "늦었어요 늦었네요 늦었습니다 늦었음 늦었다 늦었어 늦었네",
        ),
        (
            "길/길어",
            "길어요 기네요 길더라고요 깁니다 김 길다 길어 기네",
            "길었어요 길었네요 길었습니다 길었음 길었다 길었어 길었네",
        ),
        (
            "=엉망",
            "엉망이에요 엉망이네요 엉망이더라고요 엉망입니다 엉망임 엉망이다 엉망이야 엉망이네",
            "엉망이었어요 엉망이었네요 엉망이었습니다 엉망이었음 엉망이었다 엉망이었어 엉망이었네",
        ),
        (
            "=최고",
            "최고예요 최고네요 최고더라고요 최고입니다 최고임 최고다 최고야 최고네",
            "최고였어요 최고였네요 최고였습니다 최고였음 최고였다 최고였어 최고였네",
        ),
    ],
)
def test_predicates_take_the_forms_of_reviews(word: str, present: str, past: str) -> None:
    assert forms(word) == {*present.split()}
    assert forms(word, past=True) == {*past.split()}


def test_only_the_last_word_of_a_predicate_changes() -> None:
    assert "오래 걸렸어요" in forms("오래 걸리/걸려", past=True)


@given(SYLLABLES, st.integers(0, NUM_FINALS - 1))
def test_a_final_consonant_can_be_set_and_read(syllable: str, final: int) -> None:
    assert final_of(with_final(syllable, final)) == final
    assert with_final(with_final(syllable, final), final_of(syllable)) == syllable


def test_sentences_differ_are_of_all_classes_and_leave_out_what_is_measured() -> None:
    texts, classes = korean_sentences(600, 0, [])
    assert len(set(texts)) == len(texts) == len(classes) == 600
    assert {*np.unique(classes)} == {NEGATIVE, NEUTRAL, POSITIVE}
    assert not any("{" in text or "/" in text for text, kind in zip(texts, classes, strict=True) if kind != NEUTRAL)
    fewer, _ = korean_sentences(600, 0, texts[:10])
    assert fewer == texts[10:]


def test_particles_suit_the_words_before_them() -> None:
    texts, classes = korean_sentences(9_000, 1, [])
    facts = " ".join(text for text, kind in zip(texts, classes, strict=True) if kind == NEUTRAL)
    for right, wrong in (
        ("가방을", "가방를"),
        ("우산은", "우산는"),
        ("온라인 매장으로", "온라인 매장로"),
        ("학교로", "학교으로"),
    ):
        assert wrong not in facts
        assert right in facts
