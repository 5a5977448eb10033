"""How tokens are spelled: alike however a text is cut, for every kind of token."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sentiment.config import TokenizerConfig
from sentiment.text.encoding import encode
from sentiment.text.sequences import TokenSequences
from sentiment.text.subword_sampling import SubwordSampler
from sentiment.text.token_spelling import spell_tokens, word_beginnings
from sentiment.text.tokenizer_training import train_tokenizer

KINDS = ("bpe", "unigram", "character", "jamo", "word")


def tokenizer_of(kind: str, sentences: list[str]) -> Tokenizer:
    values: dict[str, Any] = {"kind": kind, "vocab_size": 900}
    return train_tokenizer(sentences, TokenizerConfig.model_validate(values))


def spell(characters: NDArray[Any], sequences: TokenSequences, row: int) -> list[int]:
    begin, end = sequences.offsets[row], sequences.offsets[row + 1]
    scattered = characters[sequences.input_ids[begin:end]].reshape(-1)
    return [int(character) for character in scattered if character]


@pytest.mark.parametrize("kind", KINDS)
def test_every_token_is_spelled_and_ends_where_it_ends(kind: str, sentences: list[str]) -> None:
    tokenizer = tokenizer_of(kind, sentences)
    characters = spell_tokens(tokenizer).characters
    assert len(characters) == tokenizer.get_vocab_size()
    spelled = characters != 0
    assert spelled[:, 0].all()
    assert spelled[:, -1].any()
    assert (spelled[:, :-1] >= spelled[:, 1:]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_tokens_are_spelled_alike(kind: str, sentences: list[str]) -> None:
    characters = spell_tokens(tokenizer_of(kind, sentences)).characters
    assert len(np.unique(characters, axis=0)) == len(characters)


def test_a_text_has_the_same_characters_however_it_is_cut(sentences: list[str]) -> None:
    tokenizer = tokenizer_of("bpe", sentences)
    characters = spell_tokens(tokenizer).characters
    whole = encode(tokenizer, sentences, None)
    sampled = SubwordSampler(tokenizer, sentences, 0.5, None).sample(0, 0)
    assert len(sampled.input_ids) > 1.2 * len(whole.input_ids)
    for row in range(len(sentences)):
        assert spell(characters, whole, row) == spell(characters, sampled, row)


def test_words_are_spelled_with_the_space_between_them() -> None:
    tokenizer = tokenizer_of("word", ["a ba", "ba a"])
    characters = spell_tokens(tokenizer).characters
    space, a, b, unknown = 3, 1, 2, 4
    sequences = encode(tokenizer, ["ba a", "b"], None)
    assert spell(characters, sequences, 0) == [space, b, a, space, a]
    assert spell(characters, sequences, 1) == [unknown]


def test_letters_and_digits_and_what_is_unknown_are_in_words() -> None:
    characters = "가a7_.👍"
    tokenizer = train_tokenizer([f"{characters} {characters}"], TokenizerConfig(kind="character", min_frequency=1))
    spelling = spell_tokens(tokenizer)
    in_word = {
        token: int(spelling.in_word[spelling.characters[number, 0]]) for token, number in tokenizer.get_vocab().items()
    }
    assert in_word == {"가": 1, "a": 1, "7": 1, "_": 1, "<unk>": 1, ".": 0, "👍": 0, "▁": 0}
    assert spelling.in_word[0] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_begins_with_one_token_that_says_so(kind: str, sentences: list[str]) -> None:
    tokenizer = tokenizer_of(kind, sentences)
    begins_word = word_beginnings(tokenizer)
    assert begins_word.shape == (tokenizer.get_vocab_size(),)
    words = [word for sentence in sentences[:50] for word in sentence.split() if word.isalpha()]
    before, *read = [
        encode(tokenizer, [text], None).input_ids for text in ("영화", *(f"영화 {word}" for word in words))
    ]
    known = [begins_word[tokens[len(before) :]].tolist() for tokens in read if 0 not in tokens]
    assert known
    assert all(marks == [True, *[False] * (len(marks) - 1)] for marks in known)
