"""Normalised all at once, texts have the tokens that they have one by one."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from sentiment.config import TokenizerConfig
from sentiment.text.long_texts import encode_whole
from sentiment.text.many_texts import ManyTextsEncoder
from sentiment.text.sequences import TokenSequences
from sentiment.text.tokenizer_training import train_tokenizer

CORPUS = [
    "이 영화 정말 최고예요 ㅋㅋㅋ ㅠㅠ",
    "배우가 아깝다 ...",
    "good film, bad film!!! WOW",
    "ㅋㅋㅋㅋ 재밌다",
    "▁ literal",
]
COMMON = "  가힣각ㅋㅠㄱㅏㅣ aAzZ019.,!?~…“”‘’·★☆♡♥▁"
# Each of these does something to its neighbours: spaces of all kinds, invisible and combining characters, letters that
# grow when folded, jamo in all forms, compatibility characters with a space in them.
ODD = "\t\n\x1c\x85\xa0\u3000\u200b\u034f\u0301\u1100\u1161\u3164\uffa1\uff21\xa8\u1e9eİΣﬁ\u115f\u2800\ud800\udc00"
texts = st.lists(st.text(COMMON, max_size=14) | st.text(COMMON + ODD, max_size=14) | st.text(max_size=14), max_size=8)


def tokens(sequences: TokenSequences) -> list[list[int]]:
    return [part.tolist() for part in np.split(sequences.input_ids, sequences.offsets[1:-1])] if len(sequences) else []


@pytest.fixture(scope="module", params=["bpe", "unigram", "character", "jamo", "word"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    kind: Literal["bpe", "unigram", "character", "jamo", "word"] = request.param
    return train_tokenizer(CORPUS * 3, TokenizerConfig(kind=kind, vocab_size=120, min_frequency=1))


@settings(max_examples=50, deadline=None)
@given(several=texts)
@example(several=[])
@example(several=["", "", "", "", " ", "ㅋ ㅋ", "아아아아아", "!!!! !!!!", "good " * 4_000, " " * 9_000])
def test_the_tokens_are_those_of_each_text_alone(tokenizer: Tokenizer, several: list[str]) -> None:
    assert tokens(ManyTextsEncoder(tokenizer).encode(several)) == tokens(encode_whole(tokenizer, several))


@pytest.mark.parametrize("unicode_form", ["NFC", "NFKC", None])
@pytest.mark.parametrize("max_repeats", [1, 2, None])
def test_every_common_character_under_every_setting(
    unicode_form: Literal["NFC", "NFKC"] | None, max_repeats: int | None
) -> None:
    settings = TokenizerConfig(
        kind="bpe", vocab_size=120, min_frequency=1, unicode_form=unicode_form, max_repeats=max_repeats, lowercase=False
    )
    tokenizer = train_tokenizer(CORPUS * 3, settings)
    characters = [chr(code) for code in (*range(0x20, 0x7F), *range(0x3131, 0x3164), *range(0xAC00, 0xD7A4, 97))]
    several = [f"{character}ㅏ {character * 5}a" for character in characters]
    expected = [tokenizer.normalizer.normalize_str(text) for text in several]
    assert ManyTextsEncoder(tokenizer)._normalized(several) == expected
