"""A text of any length keeps all its tokens, and memory stays flat."""

import subprocess
import sys
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from sentiment.config import TokenizerConfig
from sentiment.text.encoding import encode
from sentiment.text.long_texts import PIECE_CHARACTERS, encode_whole, encode_with_places
from sentiment.text.tokenizer_training import train_tokenizer

KINDS = get_args(TokenizerConfig.model_fields["kind"].annotation)
SPACES = [" ", "\n", "\t\r\n", "\u3000", "\xa0 ", " \u200b ", "\x85", "\u3164 ", " \x1c"]
WORDS = [
    "영화",
    "정말",
    "최고예요",
    "film",
    "ㅋㅋㅋㅋㅋ",
    "ㅋㅠ",
    "good!!",
    "각",
    "é",
    "\u0301a",
    "\ud83d\ude00",
    "\ud800",
    "龘",
]


@pytest.fixture(scope="module")
def tokenizers_by_kind(sentences: list[str]) -> dict[str, Tokenizer]:
    return {
        kind: train_tokenizer(
            [*sentences, *WORDS], TokenizerConfig.model_validate({"kind": kind, "vocab_size": 300, "min_frequency": 1})
        )
        for kind in KINDS
    }


def assert_equal(one: np.ndarray, other: np.ndarray) -> None:
    assert one.tolist() == other.tolist()


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=15)
@given(
    parts=st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(SPACES)), min_size=1, max_size=20),
    repeats=st.lists(st.sampled_from([0, 1, 2_000]), min_size=1, max_size=3),
)
def test_pieces_that_begin_at_white_space_give_the_tokens_of_the_whole(
    kind: str, parts: list[tuple[str, str]], repeats: list[int], tokenizers_by_kind: dict[str, Tokenizer]
) -> None:
    tokenizer = tokenizers_by_kind[kind]
    line = "".join(word + space for word, space in parts)
    texts = [line * repeat for repeat in repeats]
    whole = encode(tokenizer, texts, None)
    pieces = encode_whole(tokenizer, texts)
    assert_equal(pieces.lengths, whole.lengths)
    assert_equal(pieces.input_ids, whole.input_ids)
    assert not pieces.truncated.any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_separator_that_nobody_sees_is_no_white_space(kind: str, tokenizers_by_kind: dict[str, Tokenizer]) -> None:
    """U+001C, which Python takes for white space and the normaliser removes, stands nearer to the cut than a space."""
    tokenizer = tokenizers_by_kind[kind]
    text = ("영\x1c화" * 6 + " ") * 1_000
    assert text[:PIECE_CHARACTERS].rindex("\x1c") > text[:PIECE_CHARACTERS].rindex(" ")
    assert_equal(encode_whole(tokenizer, [text]).input_ids, encode(tokenizer, [text], None).input_ids)


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_text_leaves_its_neighbours_alone(kind: str, tokenizers_by_kind: dict[str, Tokenizer]) -> None:
    tokenizer = tokenizers_by_kind[kind]
    texts = ["영화 최고", "", "정말 영화 " * 3_000, "  ", " " * 20_000, "film " * 4_000, "good"]
    together = encode_whole(tokenizer, texts)
    alone = [encode_whole(tokenizer, [text]) for text in texts]
    assert together.lengths.tolist() == [int(one.lengths[0]) for one in alone]
    assert_equal(together.input_ids, np.concatenate([one.input_ids for one in alone]))
    assert_equal(together.input_ids, encode(tokenizer, texts, None).input_ids)


@pytest.mark.parametrize("length", [PIECE_CHARACTERS, PIECE_CHARACTERS + 1, 3 * PIECE_CHARACTERS + 5])
@pytest.mark.parametrize("kind", ["character", "jamo"])
def test_without_white_space_no_character_is_lost(
    kind: str, length: int, tokenizers_by_kind: dict[str, Tokenizer]
) -> None:
    tokenizer = tokenizers_by_kind[kind]
    text = ("영화최고" * length)[:length]
    assert_equal(encode_whole(tokenizer, [text]).input_ids, encode(tokenizer, [text], None).input_ids)


def test_a_pair_of_surrogates_is_not_cut_in_two(tokenizers_by_kind: dict[str, Tokenizer]) -> None:
    tokenizer = tokenizers_by_kind["character"]
    text = "a" + "\ud83d\ude00b" * PIECE_CHARACTERS
    assert_equal(encode_whole(tokenizer, [text]).input_ids, encode(tokenizer, [text], None).input_ids)


def test_memory_does_not_grow_with_the_length_of_a_text(tokenizers_by_kind: dict[str, Tokenizer]) -> None:
    script = (
        "import resource, sys; from tokenizers import Tokenizer; from sentiment.text.long_texts import encode_whole\n"
        "tokenizer = Tokenizer.from_str(sys.stdin.read()); text = '영화 최고 ' * int(sys.argv[1])\n"
        "print(encode_whole(tokenizer, [text]).lengths[0], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    measured = []
    for repeats in (50_000, 250_000):
        process = subprocess.run(
            [sys.executable, "-c", script, str(repeats)],
            input=tokenizers_by_kind["character"].to_str(),
            capture_output=True,
            text=True,
            check=True,
        )
        num_tokens, peak_kilobytes = map(int, process.stdout.split())
        assert num_tokens == 6 * repeats - 1
        measured.append(peak_kilobytes)
    # 1.2 million characters more: 120 MB if each took 100 bytes.
    assert measured[1] - measured[0] < 40_000


@pytest.mark.parametrize("kind", KINDS)
def test_places_are_those_of_the_same_tokens(
    kind: str, hard_texts: tuple[str, ...], tokenizers_by_kind: dict[str, Tokenizer]
) -> None:
    tokenizer = tokenizers_by_kind[kind]
    long = "영화 정말\u3000최고예요 \ud83d\ude00 film ㅋㅋㅋㅋㅋ good!! " * 300
    assert len(long) > PIECE_CHARACTERS
    for text in (*hard_texts, long):
        input_ids, places = encode_with_places(tokenizer, text)
        assert_equal(input_ids, encode_whole(tokenizer, [text]).input_ids)
        assert places.shape == (len(input_ids), 2)
        assert (places[:, 0] <= places[:, 1]).all()
        assert (np.diff(places[:, 1]) >= 0).all()
        assert places.max(initial=0) <= len(text)


def test_a_place_counts_the_characters_of_the_text_as_given(tokenizers_by_kind: dict[str, Tokenizer]) -> None:
    text = "\ud83d\ude00 😀 \ud800 film"
    _, places = encode_with_places(tokenizers_by_kind["word"], text)
    assert [text[start:end] for start, end in places.tolist()] == ["\ud83d\ude00", "😀", "\ud800", "film"]
