"""Tokens spell what was read."""

import pytest

from sentiment.config import TokenizerConfig
from sentiment.text.detokenization import detokenize, spell
from sentiment.text.tokenizer_training import train_tokenizer

TEXTS = ("이 영화 최고ㅋㅋㅋ ㅠㅠ", "good film 값", "닭고기 ㄳ")


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
@pytest.mark.parametrize("kind", ["bpe", "unigram", "character", "jamo", "word"])
def test_what_was_read_comes_back(kind: str, form: str) -> None:
    settings = {"kind": kind, "unicode_form": form, "vocab_size": 200, "min_frequency": 1}
    tokenizer = train_tokenizer(TEXTS, TokenizerConfig.model_validate(settings))
    for text in TEXTS:
        assert detokenize(tokenizer, tokenizer.encode(text).ids) == text


def test_a_piece_keeps_its_spaces() -> None:
    assert spell(["▁good", "▁", "fi", "lm", "▁"], marks_spaces=True) == " good film "
    assert spell(["good", "film"], marks_spaces=False) == "good film"


def test_parts_of_syllables_are_joined_and_others_stand_alone() -> None:
    assert spell(["\u1112", "\u1161", "\u11ab", "\u110f", "\u110f"], marks_spaces=True) == "한ㅋㅋ"
