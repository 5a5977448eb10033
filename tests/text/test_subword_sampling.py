import os
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, product
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from sentiment.config import TokenizerConfig
from sentiment.text.encoding import encode
from sentiment.text.sequences import TokenSequences
from sentiment.text.subword_sampling import SubwordSampler
from sentiment.text.tokenizer_training import train_tokenizer

Tokens = tuple[str, ...]


@pytest.fixture(scope="module")
def bpe(sentences: list[str]) -> Tokenizer:
    return train_tokenizer(sentences, TokenizerConfig(vocab_size=1500))


def assert_equal(first: TokenSequences, second: TokenSequences) -> None:
    assert first.input_ids.tolist() == second.input_ids.tolist()
    assert first.offsets.tolist() == second.offsets.tolist()
    assert first.truncated.tolist() == second.truncated.tolist()


def with_merges(*merges: tuple[str, str]) -> Tokenizer:
    """Make a tokenizer whose merges are these, in this order, over the characters that they hold."""
    parts = {part for left, right in merges for part in (*left, *right, left, right, left + right)}
    tokens = ["<unk>", *sorted(parts | {"▁"})]
    tokenizer = train_tokenizer([], TokenizerConfig(max_repeats=None))
    tokenizer.model = models.BPE({token: i for i, token in enumerate(tokens)}, list(merges), unk_token="<unk>")
    return tokenizer


def exact_distribution(tokens: Tokens, merges: list[tuple[str, str]], dropout: float) -> dict[Tokens, float]:
    """Follow algorithm 1 of Provilkov et al. 2020 to the letter, over every outcome of every draw."""
    applicable = [i for i in range(len(tokens) - 1) if tokens[i : i + 2] in merges]
    outcomes: defaultdict[Tokens, float] = defaultdict(float)
    for dropped in product([False, True], repeat=len(applicable)):
        probability = prod([dropout if drop else 1 - dropout for drop in dropped])
        left = [i for i, drop in zip(applicable, dropped, strict=True) if not drop]
        if not left:
            outcomes[tokens] += probability
            continue
        i = min(left, key=lambda i: (merges.index((tokens[i], tokens[i + 1])), i))
        merged = (*tokens[:i], tokens[i] + tokens[i + 1], *tokens[i + 2 :])
        for outcome, share in exact_distribution(merged, merges, dropout).items():
            outcomes[outcome] += probability * share
    return outcomes


@pytest.mark.parametrize("max_tokens", [None, 1, 7])
def test_without_dropout_a_sample_is_what_encode_gives(
    bpe: Tokenizer, sentences: list[str], hard_texts: tuple[str, ...], max_tokens: int | None
) -> None:
    texts = [*sentences, *hard_texts, *sentences[::-1]]
    assert_equal(SubwordSampler(bpe, texts, 0.0, max_tokens).sample(0, 0), encode(bpe, texts, max_tokens))


@settings(deadline=None, max_examples=50)
@given(
    texts=st.lists(
        st.text(st.sampled_from("영화정말최고 예요ㅋㅋab▁!龘😀\ud800\0\u1112\u1161"), max_size=30), max_size=5
    ),
    max_tokens=st.one_of(st.none(), st.integers(1, 10)),
)
def test_without_dropout_any_text_is_encoded_as_encode_does(
    bpe: Tokenizer, texts: list[str], max_tokens: int | None
) -> None:
    assert_equal(SubwordSampler(bpe, texts, 0.0, max_tokens).sample(3, 1), encode(bpe, texts, max_tokens))


@settings(deadline=None, max_examples=50)
@given(
    merges=st.lists(
        st.tuples(st.sampled_from(["▁", "a", "b", "ab", "▁a", "aa"]), st.sampled_from(["a", "b", "ab", "aa"])),
        unique=True,
    ),
    text=st.text(st.sampled_from("aaabbc "), max_size=40),
)
def test_any_order_of_merges_is_followed(merges: list[tuple[str, str]], text: str) -> None:
    tokenizer = with_merges(*merges)
    assert_equal(SubwordSampler(tokenizer, [text], 0.0, None).sample(0, 0), encode(tokenizer, [text], None))


@pytest.mark.parametrize("dropout", [0.1, 0.5])
@pytest.mark.parametrize("word", ["abab", "aaaaa", "abcxb"])
def test_samples_are_distributed_as_in_the_paper(dropout: float, word: str) -> None:
    merges = [("a", "b"), ("a", "a"), ("▁", "a"), ("ab", "ab"), ("▁a", "b"), ("b", "a"), ("aa", "aa"), ("ab", "c")]
    tokenizer = with_merges(*merges)
    n = 15_000
    sequences = SubwordSampler(tokenizer, [word] * n, dropout, None).sample(0, 0)
    ids = sequences.input_ids.tolist()
    offsets = sequences.offsets.tolist()
    seen = Counter(tuple(ids[begin:end]) for begin, end in pairwise(offsets))
    exact = exact_distribution(("▁", *word), merges, dropout)
    wanted: defaultdict[tuple[int, ...], float] = defaultdict(float)
    for tokens, probability in exact.items():
        wanted[tuple(tokenizer.token_to_id(token) or 0 for token in tokens)] += probability
    assert len(wanted) > 3
    assert seen.keys() <= wanted.keys()
    for outcome, probability in wanted.items():
        # 5 standard deviations, and 1 for what is too rare for the normal distribution.
        assert abs(seen[outcome] - n * probability) < 5 * np.sqrt(n * probability * (1 - probability)) + 1


def test_words_of_a_text_vary_apart() -> None:
    tokenizer = with_merges(("▁", "a"))
    ids = SubwordSampler(tokenizer, ["a a a a a a a a"] * 2, 0.5, None).sample(0, 0)
    lengths = set(ids.lengths.tolist())
    assert lengths != {8}
    assert lengths != {16}


def test_a_sample_spells_the_same_text(bpe: Tokenizer, sentences: list[str]) -> None:
    sequences = SubwordSampler(bpe, sentences, 0.3, None).sample(5, 2)
    plain = encode(bpe, sentences, None)
    assert sequences.lengths.sum() > 1.2 * plain.lengths.sum()
    for row in range(0, len(sentences), 7):
        spelled = [
            "".join(bpe.id_to_token(i) or "" for i in each.input_ids[each.offsets[row] : each.offsets[row + 1]])
            for each in (sequences, plain)
        ]
        assert spelled[0] == spelled[1]


def test_a_sample_follows_from_seed_and_epoch_alone(bpe: Tokenizer, sentences: list[str]) -> None:
    sampler = SubwordSampler(bpe, sentences, 0.1, 40)
    again = SubwordSampler(bpe, sentences, 0.1, 40)
    first = sampler.sample(0, 0)
    others = [sampler.sample(0, 1), sampler.sample(1, 0)]
    assert_equal(sampler.sample(0, 0), first)
    assert_equal(again.sample(0, 0), first)
    for other in others:
        assert other.input_ids.tolist() != first.input_ids.tolist()
    assert others[0].input_ids.tolist() != others[1].input_ids.tolist()


def test_threads_may_share_a_sampler(bpe: Tokenizer, sentences: list[str]) -> None:
    sampler = SubwordSampler(bpe, sentences, 0.2, None)
    wanted = [sampler.sample(0, epoch) for epoch in range(6)]
    with ThreadPoolExecutor(3) as pool:
        for sequences, alone in zip(pool.map(lambda epoch: sampler.sample(0, epoch), range(6)), wanted, strict=True):
            assert_equal(sequences, alone)


def test_long_texts_are_cut_and_marked(bpe: Tokenizer) -> None:
    sequences = SubwordSampler(bpe, ["영화 " * 100, "영화", ""], 0.5, 8).sample(0, 0)
    assert sequences.lengths[0] == 8
    assert sequences.lengths[2] == 0
    assert sequences.truncated.tolist() == [True, False, False]


def test_a_word_that_no_language_has_is_not_varied(bpe: Tokenizer) -> None:
    texts = ["정말재미있는영화" * 20_000]
    assert_equal(SubwordSampler(bpe, texts, 0.5, 50).sample(0, 0), encode(bpe, texts, 50))


def test_a_tokenizer_without_merges_is_refused() -> None:
    tokenizer = train_tokenizer(["영화"], TokenizerConfig(kind="word"))
    with pytest.raises(ValueError, match=r"^a model of type WordLevel has no merges; wanted BPE$"):
        SubwordSampler(tokenizer, ["영화"], 0.1, None)


def test_no_texts_give_no_sequences(bpe: Tokenizer) -> None:
    assert len(SubwordSampler(bpe, [], 0.1, None).sample(0, 0)) == 0
    assert SubwordSampler(bpe, ["", " "], 0.1, 5).sample(0, 0).lengths.tolist() == [0, 0]


@pytest.mark.skipif("SENTIMENT_DATA" not in os.environ, reason="SENTIMENT_DATA is not set: NSMC is not at hand")
def test_real_reviews_are_encoded_as_encode_does() -> None:
    lines = Path(os.environ["SENTIMENT_DATA"], "nsmc", "ratings_test.txt").read_text(encoding="utf-8").split("\n")
    texts = [line.split("\t")[1] for line in lines[1:1501]]
    tokenizer = train_tokenizer(texts, TokenizerConfig(vocab_size=2000))
    assert_equal(SubwordSampler(tokenizer, texts, 0.0, None).sample(0, 0), encode(tokenizer, texts, None))
