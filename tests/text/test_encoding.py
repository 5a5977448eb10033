import time
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from sentiment.config import TokenizerConfig
from sentiment.text.encoding import encode
from sentiment.text.tokenizer_training import train_tokenizer

KINDS = get_args(TokenizerConfig.model_fields["kind"].annotation)


@pytest.fixture(scope="module")
def tokenizers_by_kind(sentences: list[str]) -> dict[str, Tokenizer]:
    return {
        kind: train_tokenizer(sentences, TokenizerConfig.model_validate({"kind": kind, "vocab_size": 500}))
        for kind in KINDS
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_encoded_as_if_alone(
    kind: str, tokenizers_by_kind: dict[str, Tokenizer], hard_texts: tuple[str, ...]
) -> None:
    tokenizer = tokenizers_by_kind[kind]
    together = encode(tokenizer, hard_texts, None)
    alone = [encode(tokenizer, [text], None) for text in hard_texts]
    assert together.input_ids.tolist() == np.concatenate([one.input_ids for one in alone]).tolist()
    assert together.lengths.tolist() == [one.lengths[0] for one in alone]
    assert not together.truncated.any()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", "  \n\t", "\0\u200b\ufeff", "\u3164\u3000"])
def test_a_text_without_visible_characters_has_no_tokens(
    kind: str, text: str, tokenizers_by_kind: dict[str, Tokenizer]
) -> None:
    assert encode(tokenizers_by_kind[kind], [text], None).lengths.tolist() == [0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_lone_surrogate_is_a_replacement_character(kind: str, tokenizers_by_kind: dict[str, Tokenizer]) -> None:
    tokenizer = tokenizers_by_kind[kind]
    surrogate = encode(tokenizer, ["영화 \ud83d 최고"], None)
    assert surrogate.input_ids.tolist() == encode(tokenizer, ["영화 \ufffd 최고"], None).input_ids.tolist()
    assert 0 in surrogate.input_ids


def test_two_surrogates_that_belong_together_are_joined() -> None:
    tokenizer = train_tokenizer(["😀😀"], TokenizerConfig(kind="character"))
    assert encode(tokenizer, ["\ud83d\ude00"], None).input_ids.tolist() == [tokenizer.token_to_id("😀")]


def test_long_texts_are_cut_and_marked() -> None:
    tokenizer = train_tokenizer(["abc"], TokenizerConfig(kind="character", min_frequency=1))
    sequences = encode(tokenizer, ["abcab", "abc", "ab", ""], 3)
    a, b, c = (tokenizer.token_to_id(character) for character in "abc")
    assert sequences.input_ids.tolist() == [a, b, c, a, b, c, a, b]
    assert sequences.lengths.tolist() == [3, 3, 2, 0]
    assert sequences.truncated.tolist() == [True, False, False, False]


def test_no_texts_are_no_sequences(tokenizers_by_kind: dict[str, Tokenizer]) -> None:
    sequences = encode(tokenizers_by_kind["bpe"], [], 5)
    assert len(sequences) == 0
    assert sequences.input_ids.dtype == np.int32


def test_more_texts_than_a_chunk_holds_keep_their_order(tokenizers_by_kind: dict[str, Tokenizer]) -> None:
    texts = ["영화", "정말 최고예요", ""] * 4000 + ["가" * 600_000, "나"]
    sequences = encode(tokenizers_by_kind["bpe"], texts, None)
    few = encode(tokenizers_by_kind["bpe"], texts[:3], None)
    assert sequences.lengths[:12_000].tolist() == few.lengths.tolist() * 4000
    assert sequences.input_ids[: sequences.offsets[12_000]].tolist() == few.input_ids.tolist() * 4000


def test_megabytes_without_a_space_take_seconds(tokenizers_by_kind: dict[str, Tokenizer]) -> None:
    text = "재미있는영화" * 166_667
    assert len(text.encode()) > 3_000_000
    begin = time.perf_counter()
    sequences = encode(tokenizers_by_kind["bpe"], [text], 512)
    assert time.perf_counter() - begin < 30
    assert sequences.lengths.tolist() == [512]
    assert sequences.truncated.tolist() == [True]


@settings(deadline=None, max_examples=50)
@given(text=st.text(st.characters(codec=None)), kind=st.sampled_from(KINDS))
def test_any_text_is_encoded(text: str, kind: str, tokenizers_by_kind: dict[str, Tokenizer]) -> None:
    tokenizer = tokenizers_by_kind[kind]
    ids = encode(tokenizer, [text], None).input_ids
    assert ((ids >= 0) & (ids < tokenizer.get_vocab_size())).all()
