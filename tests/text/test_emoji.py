"""Emoji are read as what a text of the language would have in their place."""

import re
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sentiment
from sentiment import Classifier
from sentiment.config import TokenizerConfig
from sentiment.model_dir import FILM_CLASSIFIER, SHIPPED_CLASSIFIERS
from sentiment.text.emoji import ALL_REPLACEMENTS, EmojiLanguage, emoji_replacements
from sentiment.text.long_texts import encode_whole
from sentiment.text.many_texts import ManyTextsEncoder
from sentiment.text.normalization import build_normalizer
from sentiment.text.tokenizer_file import load_tokenizer
from sentiment.text.tokenizer_training import train_tokenizer

LANGUAGES: tuple[EmojiLanguage, ...] = get_args(EmojiLanguage)
EMOJI = "".join(
    sorted({emoji for pattern, _ in ALL_REPLACEMENTS for emoji in re.findall(r"\[(.*)\]", pattern)[0]} - {"-"})
)
CORPUS = ["이 영화 정말 최고 ㅋㅋㅋ ㅠㅠ ♥", "so great , so bad :) :( lol love", "별로 짜증 우웩 ^^"]


@pytest.mark.parametrize(
    ("language", "text", "normalized"),
    [
        ("korean", "연기👍🏻👍👍🏿", "연기 최고"),
        ("korean", "👎", "별로"),
        ("korean", "완전 ❤️💕", "완전 ♥♥"),
        ("korean", "재밌다😂", "재밌다ㅋㅋㅋ"),
        ("korean", "😭 좋아요😊", "ㅠㅠ 좋아요^^"),
        ("korean", "😡🤬 뭐야 🤮", "짜증 뭐야 우웩"),
        ("korean", "집🏠", "집🏠"),
        ("english", "the acting 👏👏!", "the acting great !"),
        ("english", "😊😭", ":) :("),
        ("english", "❤️❤️ 😂", "love lol"),
    ],
)
def test_emoji_are_written_out(language: EmojiLanguage, text: str, normalized: str) -> None:
    written_out = build_normalizer(TokenizerConfig(emoji=language)).normalize_str(text)
    assert written_out == build_normalizer(TokenizerConfig()).normalize_str(normalized)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_emoji_has_one_meaning(language: EmojiLanguage) -> None:
    several = [set(re.findall(r"\[(.*)\]", pattern)[0]) for pattern, _ in emoji_replacements(language)]
    assert sum(map(len, several)) == len(set.union(*several))


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters=EMOJI), max_size=20))
def test_other_texts_stay_as_they_are(language: EmojiLanguage, text: str) -> None:
    with_emoji, without = (build_normalizer(TokenizerConfig(emoji=each)) for each in (language, None))
    assert with_emoji.normalize_str(text) == without.normalize_str(text)


@pytest.mark.parametrize("language", LANGUAGES)
@given(texts=st.lists(st.text(EMOJI + "ㅋㅠ ♥a\ufe0f", max_size=12), max_size=6))
def test_a_loaded_tokenizer_reads_one_text_as_many(language: EmojiLanguage, texts: list[str]) -> None:
    config = TokenizerConfig(emoji=language, vocab_size=120, min_frequency=1)
    tokenizer = load_tokenizer(train_tokenizer(CORPUS, config).to_str().encode(), "tokenizer.json")
    many, whole = ManyTextsEncoder(tokenizer).encode(texts), encode_whole(tokenizer, texts)
    np.testing.assert_array_equal(many.input_ids, whole.input_ids)
    np.testing.assert_array_equal(many.offsets, whole.offsets)


@pytest.mark.parametrize("name", [FILM_CLASSIFIER, *SHIPPED_CLASSIFIERS.values()])
def test_models_that_ship_know_every_emoji_of_praise_and_blame(name: str) -> None:
    classifier = Classifier.load(Path(sentiment.__file__).parent / "shipped" / name)
    praise, blame = classifier.predict(["👍👍👍", "👎"])
    assert (praise.label, blame.label) == ("positive", "negative")
    assert classifier.unknown_tokens([EMOJI]).tolist() == [0]
    assert [word.text for word in classifier.explain("👍 😡").words] == ["👍", "😡"]
