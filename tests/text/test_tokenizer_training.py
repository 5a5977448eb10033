import os
import subprocess
import sys
import time
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from sentiment.config import TokenizerConfig
from sentiment.text.encoding import encode
from sentiment.text.tokenizer_file import load_tokenizer
from sentiment.text.tokenizer_training import train_tokenizer

KINDS = get_args(TokenizerConfig.model_fields["kind"].annotation)


def config_of(kind: str, **keys: object) -> TokenizerConfig:
    return TokenizerConfig.model_validate({"kind": kind, "unicode_form": "NFC", **keys})


def tokens_of(tokenizer: Tokenizer, text: str) -> list[str]:
    tokens: list[str] = tokenizer.encode(text).tokens
    return tokens


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_is_0_and_ids_are_contiguous(kind: str, sentences: list[str]) -> None:
    vocab = train_tokenizer(sentences, config_of(kind, vocab_size=400)).get_vocab()
    assert vocab["<unk>"] == 0
    assert sorted(vocab.values()) == list(range(len(vocab)))
    assert not {"<pad>", "<s>", "</s>", ""} & vocab.keys()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("vocab_size", [2, 3, 4, 5, 50, 700])
def test_vocab_size_is_never_passed(kind: str, vocab_size: int, sentences: list[str]) -> None:
    size = train_tokenizer(sentences, config_of(kind, vocab_size=vocab_size, min_frequency=1)).get_vocab_size()
    assert size <= vocab_size
    if kind in {"character", "word"}:
        assert size == vocab_size


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("texts", [[], [""], [" \n", "\0"]])
def test_no_text_leaves_only_unknown(kind: str, texts: list[str]) -> None:
    tokenizer = train_tokenizer(texts, config_of(kind))
    assert tokenizer.get_vocab() == {"<unk>": 0}
    assert set(encode(tokenizer, ["영화"], None).input_ids.tolist()) == {0}


def test_characters_and_spaces_are_tokens() -> None:
    tokenizer = train_tokenizer(["좋은 영화 영화"], config_of("character", min_frequency=1))
    assert tokens_of(tokenizer, " 좋은  영화!") == ["좋", "은", "▁", "영", "화", "<unk>"]


def test_jamo_are_tokens() -> None:
    tokenizer = train_tokenizer(["한 번 ㅋㅋ"], config_of("jamo", min_frequency=1))
    assert tokens_of(tokenizer, "한 ㅋ") == ["\u1112", "\u1161", "\u11ab", "▁", "ㅋ"]


def test_words_and_punctuation_are_tokens() -> None:
    tokenizer = train_tokenizer(["좋은 영화, 좋은 배우!!"], config_of("word", min_frequency=1))
    assert tokens_of(tokenizer, "좋은 영화,배우! 감독") == ["좋은", "영화", ",", "배우", "!", "<unk>"]


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_subwords_tell_where_a_word_begins(kind: str) -> None:
    texts = ["영화 좋은영화 영화 보러 왔다", "영화 본다", "새영화", "헌영화 좋은 것"] * 20
    tokenizer = train_tokenizer(texts, config_of(kind, vocab_size=60))
    assert tokens_of(tokenizer, "영화")[0].startswith("▁")
    assert tokens_of(tokenizer, "좋은 영화") != tokens_of(tokenizer, "좋은영화")
    assert "".join(tokens_of(tokenizer, "좋은 영화 본다")) == "▁좋은▁영화▁본다"


@pytest.mark.parametrize("kind", ["bpe", "character", "jamo", "word"])
def test_what_is_rarer_than_min_frequency_is_unknown(kind: str) -> None:
    texts = ["가 가 가 나 나"]
    vocab = train_tokenizer(texts, config_of(kind, unicode_form=None, min_frequency=3, vocab_size=8)).get_vocab()
    wanted = {"jamo": {"\u1100", "\u1161", "▁"}, "word": {"가"}}.get(kind, {"가", "▁", "▁가"})
    assert vocab.keys() - {"<unk>"} <= wanted
    assert vocab.keys() & {"가", "\u1100", "▁가"}


def test_a_rare_character_makes_no_neighbours_of_those_around_it() -> None:
    texts = [f"가{chr(0x4E00 + i)}나 가 나" for i in range(50)]
    tokenizer = train_tokenizer(texts, config_of("bpe", vocab_size=50))
    assert not any("가나" in token for token in tokenizer.get_vocab())


@pytest.mark.parametrize("kind", KINDS)
def test_a_megabyte_without_a_space_takes_seconds(kind: str, sentences: list[str]) -> None:
    begin = time.perf_counter()
    tokenizer = train_tokenizer([*sentences, "ㅋㅠ" * 250_000], config_of(kind, vocab_size=500))
    assert time.perf_counter() - begin < 30
    assert encode(tokenizer, ["ㅋㅠ"], None).lengths[0] <= 3


@pytest.mark.parametrize("vocab_size", [2, 3, 4])
def test_a_tiny_vocabulary_ends_the_training(vocab_size: int) -> None:
    """The library's trainer of unigram prunes for ever where even the characters are too many."""
    texts = [" u", "uv vu", "uvw"] * 3
    vocab = train_tokenizer(texts, config_of("unigram", vocab_size=vocab_size, min_frequency=1)).get_vocab()
    assert {"<unk>", "▁"} <= vocab.keys()
    assert len(vocab) <= vocab_size


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_that_spells_unk_is_not_unknown(kind: str) -> None:
    texts = ["a<unk>b c<unk>d e<UNK>f", "a b c d e f < u n k >"] * 50
    tokenizer = train_tokenizer(texts, config_of(kind, vocab_size=60))
    assert 0 not in encode(tokenizer, ["a<unk>b <unk>"], None).input_ids
    assert load_tokenizer(tokenizer.to_str().encode(), "tokenizer.json").get_vocab() == tokenizer.get_vocab()


@pytest.mark.parametrize("kind", ["bpe", "unigram", "character", "jamo"])
def test_emoji_survive(kind: str, sentences: list[str]) -> None:
    tokenizer = train_tokenizer([*sentences, "😀 좋아요 👍", "😀👍👍"], config_of(kind, vocab_size=2000))
    assert 0 not in encode(tokenizer, ["😀👍 👍😀"], None).input_ids


@pytest.mark.parametrize("kind", ["bpe", "character", "jamo", "word"])
def test_the_same_texts_give_the_same_bytes(kind: str, sentences: list[str]) -> None:
    config = config_of(kind, vocab_size=300)
    first = train_tokenizer(sentences, config).to_str()
    assert all(train_tokenizer(sentences, config).to_str() == first for _ in range(3))


def test_another_process_gives_the_same_bytes() -> None:
    """Hash seeds differ from process to process; ties among characters must not be broken by them."""
    program = (
        "from sentiment.config import TokenizerConfig; from sentiment.text.tokenizer_training import train_tokenizer;"
        "texts = [''.join(chr(0xAC00 + (i * j) % 997) for j in range(12)) for i in range(400)];"
        "print(ascii(train_tokenizer(texts, TokenizerConfig(vocab_size=900)).to_str()))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 1000


@settings(deadline=None, max_examples=30)
@given(
    texts=st.lists(st.text(st.sampled_from("가나다라abㅋ ▁<unk>!😀\ud800\0"), max_size=20), max_size=8),
    kind=st.sampled_from(KINDS),
    vocab_size=st.integers(2, 30),
    min_frequency=st.integers(1, 4),
)
def test_any_texts_make_a_tokenizer(texts: list[str], kind: str, vocab_size: int, min_frequency: int) -> None:
    tokenizer = train_tokenizer(texts, config_of(kind, vocab_size=vocab_size, min_frequency=min_frequency))
    vocab = tokenizer.get_vocab()
    assert len(vocab) <= vocab_size
    assert sorted(vocab.values()) == list(range(len(vocab)))
    assert vocab["<unk>"] == 0
