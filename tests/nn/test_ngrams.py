"""N-grams of characters and words: their sum, by a plain count of them."""

from collections.abc import Iterator, Sequence
from math import sqrt

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sentiment.config import ModelConfig
from sentiment.nn import NgramScores, RecurrentClassifier
from sentiment.nn.ngrams import BASE, MODULUS
from sentiment.text.token_spelling import TokenSpelling

TOKENS: Sequence[Sequence[int]] = ((9,), (1,), (2,), (1, 2), (2, 1, 3), (1, 2, 2, 1, 3), (3,))
IN_WORD = (0, 1, 1, 0, 0, 0, 0, 0, 0, 1)
"""Character 3 stands between words."""
BUCKETS = 10_007


def spelling() -> TokenSpelling:
    width = max(map(len, TOKENS))
    rows = [[*token, *[0] * (width - len(token))] for token in TOKENS]
    return TokenSpelling(np.array(rows, dtype=np.int16), np.array(IN_WORD))


def ngrams(longest_characters: int = 4, longest_words: int = 2, num_buckets: int = BUCKETS) -> NgramScores:
    spelled = spelling()
    characters, in_word = torch.from_numpy(spelled.characters), torch.from_numpy(spelled.in_word)
    part = NgramScores(characters, in_word, longest_characters, longest_words, num_buckets, num_classes=3)
    torch.nn.init.normal_(part.weight, generator=torch.Generator().manual_seed(0))
    torch.nn.init.normal_(part.bias, generator=torch.Generator().manual_seed(1))
    return part.eval()


def words_of(characters: Sequence[int]) -> Iterator[int]:
    """Number the words of a text as the docstring says."""
    word: list[int] = []
    for character in [*characters, 3]:
        if IN_WORD[character]:
            word.append(character)
        elif word:
            padded = [0, *word, 0]
            around = [(a * BASE + b) * BASE + c for a, b, c in zip(padded, padded[1:], padded[2:], strict=False)]
            yield sum((mixed % MODULUS) ** 2 % MODULUS for mixed in around) % (MODULUS - 1) + 1
            word = []


def buckets_of(items: Sequence[int], longest: int, num_buckets: int) -> list[int]:
    buckets = []
    for n in range(1, longest + 1):
        for begin in range(len(items) - n + 1):
            number = 1
            for item in items[begin : begin + n]:
                number = number * BASE + item
            buckets.append((number % MODULUS) ** 2 % MODULUS % num_buckets)
    return buckets


def plain_score(part: NgramScores, input_ids: Sequence[int]) -> NDArray[np.float64]:
    characters = [character for token in input_ids for character in TOKENS[token]]
    weight = part.weight.double().numpy()
    score: NDArray[np.float64] = part.bias.double().numpy().copy()
    first = part.num_character_buckets
    for items, longest, begin, end in (
        (characters, part.longest_characters, 0, first),
        (list(words_of(characters)), part.longest_words, first, part.num_buckets),
    ):
        buckets = buckets_of(items, longest, end - begin) if longest else []
        if buckets:
            score[1:] += weight[begin:end][buckets].sum(axis=0) / sqrt(len(buckets))
    return score


@given(
    texts=st.integers(1, 8).flatmap(
        lambda time: st.lists(st.lists(st.integers(0, len(TOKENS) - 1), min_size=time, max_size=time), min_size=1)
    ),
    longest=st.sampled_from([(1, 0), (4, 0), (8, 1), (0, 2), (4, 2)]),
    num_buckets=st.sampled_from([4, 7, BUCKETS, 2**18]),
)
@settings(deadline=None, max_examples=40)
def test_the_score_is_the_sum_over_the_ngrams_of_the_text_alone(
    texts: list[list[int]], longest: tuple[int, int], num_buckets: int
) -> None:
    part = ngrams(*longest, num_buckets)
    scores = part(torch.tensor(texts)).double().numpy()
    for row, text in enumerate(texts):
        np.testing.assert_allclose(scores[row], plain_score(part, text), atol=1e-5)


@given(
    num_buckets=st.integers(4, 2**24) | st.sampled_from([1_000, 75_000, 100_000, 1_000_000, BASE]),
    first_letter=st.integers(1, 2_000),
)
@example(100_000, 1)
@example(BASE, 1)
def test_ngrams_are_spread_over_any_number_of_buckets(num_buckets: int, first_letter: int) -> None:
    """Nearly as many have a bucket of their own as of random numbers; of few letters and buckets, chance takes some."""
    letters = torch.arange(first_letter, first_letter + 60)
    pairs = torch.cartesian_prod(letters, letters)
    part = NgramScores(torch.arange(first_letter + 60)[:, None], torch.ones(first_letter + 60), 2, 0, num_buckets, 2)
    [kind] = part.kinds(pairs)
    num_ngrams = 60 + len(pairs)
    at_random = num_buckets * (1 - (1 - 1 / num_buckets) ** num_ngrams)
    assert len(np.unique(kind.buckets[kind.present].numpy())) > 0.75 * at_random


def test_the_score_does_not_depend_on_how_a_text_is_cut() -> None:
    part = ngrams()
    torch.testing.assert_close(part(torch.tensor([[1, 2, 4]])), part(torch.tensor([[3, 4]])))


def test_a_word_is_the_same_wherever_it_stands_and_its_letters_have_an_order() -> None:
    part = ngrams(0, 1)
    alone, behind, turned, two = (part(torch.tensor([text])) for text in ([3], [6, 3, 6], [2, 1], [1, 6, 2]))
    torch.testing.assert_close(alone, behind)
    assert not torch.allclose(alone, turned)
    assert not torch.allclose(alone, two)


def test_a_text_without_words_has_the_bias_alone() -> None:
    part = ngrams(0, 2)
    torch.testing.assert_close(part(torch.tensor([[6, 6]])), part.bias[None])


def test_the_classifier_adds_it_to_what_the_network_says() -> None:
    config = ModelConfig(embedding_size=6, hidden_size=5, character_ngrams=3, word_ngrams=2, ngram_buckets=BUCKETS)
    model = RecurrentClassifier(config, len(TOKENS), 3, spelling()).eval()
    text = torch.tensor([[1, 3, 5]])
    without = model(text)
    assert model.ngrams is not None
    torch.nn.init.ones_(model.ngrams.weight)
    torch.testing.assert_close(model(text), without + model.ngrams(text))
    torch.testing.assert_close(model.network_logits(text), without)
    names = {name for name in model.state_dict() if name.startswith("ngrams.")}
    assert names == {"ngrams.weight", "ngrams.bias"}, "the others follow from the tokenizer"
    assert not any(name.startswith("ngrams.") for name, _ in model.named_parameters())


def test_without_the_spelling_of_the_tokens_there_are_none() -> None:
    with pytest.raises(ValueError, match="spelling"):
        RecurrentClassifier(ModelConfig(character_ngrams=2), len(TOKENS), 3)


@pytest.mark.parametrize(
    ("num_classes", "buckets"), [(2, 2**20), (3, 2**19), (4, 2**19), (5, 2**18), (50, 2**15), (10**6, 4)]
)
def test_the_weights_of_any_number_of_classes_take_2_mb_as_int8(num_classes: int, buckets: int) -> None:
    assert ModelConfig(character_ngrams=4).buckets_for(num_classes) == buckets
    assert ModelConfig(character_ngrams=4, ngram_buckets=1000).buckets_for(num_classes) == 1000
