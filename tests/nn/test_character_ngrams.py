"""Character n-grams: their sum, by a plain count of them."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sentiment.config import ModelConfig
from sentiment.nn import CharacterNgrams, RecurrentClassifier
from sentiment.nn.character_ngrams import BASE

TOKENS: Sequence[Sequence[int]] = ((9,), (1,), (2,), (1, 2), (2, 1, 3), (1, 2, 2, 1, 3))
BUCKETS = 10_007


def spelling() -> torch.Tensor:
    width = max(map(len, TOKENS))
    return torch.tensor([[*token, *[0] * (width - len(token))] for token in TOKENS], dtype=torch.int16)


def ngrams(longest: int = 4, num_buckets: int = BUCKETS, dropout: float = 0.0) -> CharacterNgrams:
    part = CharacterNgrams(spelling(), longest, num_buckets, num_classes=3, dropout=dropout)
    torch.nn.init.normal_(part.weight, generator=torch.Generator().manual_seed(0))
    return part.eval()


def plain_score(part: CharacterNgrams, input_ids: Sequence[int]) -> NDArray[np.float64]:
    characters = [character for token in input_ids for character in TOKENS[token]]
    buckets = []
    for n in range(1, part.longest + 1):
        for begin in range(len(characters) - n + 1):
            bucket = 0
            for character in characters[begin : begin + n]:
                bucket = (bucket * BASE + character) % part.num_buckets
            buckets.append(bucket)
    weights: NDArray[np.float64] = part.weight.detach().double().numpy()[buckets]
    total: NDArray[np.float64] = weights.sum(axis=0) / sqrt(len(buckets))
    return total


@given(
    texts=st.integers(1, 8).flatmap(
        lambda time: st.lists(st.lists(st.integers(0, len(TOKENS) - 1), min_size=time, max_size=time), min_size=1)
    ),
    longest=st.integers(1, 8),
    num_buckets=st.sampled_from([1, 7, BUCKETS, 2**18]),
)
@settings(deadline=None, max_examples=40)
def test_the_score_is_the_sum_over_the_ngrams_of_the_text_alone(
    texts: list[list[int]], longest: int, num_buckets: int
) -> None:
    part = ngrams(longest, num_buckets)
    scores = part(torch.tensor(texts)).detach().double().numpy()
    for row, text in enumerate(texts):
        np.testing.assert_allclose(scores[row], plain_score(part, text), atol=1e-5)


def test_the_score_does_not_depend_on_how_a_text_is_cut() -> None:
    part = ngrams()
    torch.testing.assert_close(part(torch.tensor([[1, 2, 4]])), part(torch.tensor([[3, 4]])))


def test_dropout_leaves_out_ngrams_and_keeps_the_mean() -> None:
    part = ngrams(dropout=0.5)
    text = torch.tensor([[5, 4, 3]])
    expected = part(text)
    part.train()
    scores = part(text.expand(20_000, 3))
    assert len(scores.unique(dim=0)) > 1_000
    torch.testing.assert_close(scores.mean(dim=0, keepdim=True), expected, atol=0.05, rtol=0.0)


def test_it_begins_without_an_opinion_and_learns() -> None:
    torch.manual_seed(0)
    part = CharacterNgrams(spelling(), 3, BUCKETS, num_classes=2, dropout=0.0)
    texts, labels = torch.tensor([[1, 2], [2, 1]]), torch.tensor([0, 1])
    assert not part(texts).any()
    optimizer = torch.optim.SGD(part.parameters(), lr=1.0)
    for _ in range(50):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(part(texts), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert part(texts).argmax(dim=1).tolist() == [0, 1], "only the order of two characters tells these apart"


def test_the_classifier_adds_it_to_what_the_network_says() -> None:
    config = ModelConfig(embedding_size=6, hidden_size=5, character_ngrams=3, ngram_buckets=BUCKETS)
    model = RecurrentClassifier(config, len(TOKENS), 3, spelling()).eval()
    text = torch.tensor([[1, 3, 5]])
    without = model(text)
    assert model.ngrams is not None
    torch.nn.init.ones_(model.ngrams.weight)
    torch.testing.assert_close(model(text), without + model.ngrams(text))
    assert "ngrams.characters" not in model.state_dict(), "it follows from the tokenizer"


def test_without_the_spelling_of_the_tokens_there_are_none() -> None:
    with pytest.raises(ValueError, match="spelling"):
        RecurrentClassifier(ModelConfig(character_ngrams=2), len(TOKENS), 3)
