"""Gaps are filled by what was learned, from both sides."""

from pathlib import Path

import pytest

from sentiment.errors import DataError, ModelDirectoryError
from sentiment.generation import TextGenerator

from .conftest import SENTENCES, MadeEncoder, MakeEncoder


@pytest.fixture(scope="module")
def generator(learned_encoder: Path) -> TextGenerator:
    return TextGenerator.load(learned_encoder)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("이 영화 _ 최고예요", 0),
        ("_ 영화 정말 최고예요", 0),
        ("이 영화 정말 _", 0),
        ("감독은 누구와 ___ 밥을 먹었다", 2),
        ("_ 연기가 너무 _", 1),
    ],
)
def test_the_known_sentence_is_found(generator: TextGenerator, text: str, sentence: int) -> None:
    best = generator.fill(text, number=3)[0]
    assert best.text == SENTENCES[sentence]
    assert best.fillings is not None
    assert len(best.fillings) == len([piece for piece in text.replace("___", "_") if piece == "_"])


@pytest.mark.parametrize("kind", ["character", "jamo", "word", "unigram"])
def test_every_kind_of_token(tmp_path: Path, made_encoder: MakeEncoder, kind: str) -> None:
    made = made_encoder(tmp_path / "encoder", kind=kind, steps=80, embedding_size=24, hidden_size=32)
    generator = TextGenerator.load(made.path)
    texts = [one.text for one in generator.fill("이 영화 _ 최고예요", number=3, max_gap_tokens=6)]
    assert texts[0] == SENTENCES[0]
    assert generator.search("음악이 ", number=1, width=4)[0].text == SENTENCES[4]


def test_a_gap_inside_a_word(tmp_path: Path, made_encoder: MakeEncoder) -> None:
    made = made_encoder(tmp_path / "encoder", steps=80, embedding_size=24, hidden_size=32)
    generator = TextGenerator.load(made.path)
    for text in ("이 영_ 정말 최고예요", "이 _화 정말 최고예요", "이 영화 정말 _고_요"):
        assert generator.fill(text, number=1)[0].text == SENTENCES[0]


def test_texts_differ_and_come_in_order(generator: TextGenerator) -> None:
    found = generator.fill("이 _ 정말 _", number=8)
    assert len({one.text for one in found}) == 8
    assert [one.log_probability for one in found] == sorted((one.log_probability for one in found), reverse=True)


def test_what_stands_around_is_kept_to_the_letter(generator: TextGenerator) -> None:
    for one in generator.fill("THE  뷁 _, 영화\t_!", number=3):
        assert one.text.startswith("THE  뷁 ")
        assert ", 영화\t" in one.text
        assert one.text.endswith("!")
        assert "<unk>" not in one.text


def test_gaps_have_no_more_tokens_than_asked_for(generator: TextGenerator) -> None:
    assert all(len(one.tokens) == 1 for one in generator.fill("이 _ 정말", number=5, max_gap_tokens=1))
    assert max(len(one.tokens) for one in generator.fill("이 _ 정말", number=16, max_gap_tokens=4)) <= 4


def test_one_direction_cannot_fill(tmp_path: Path, made_encoder: MakeEncoder) -> None:
    made = made_encoder(tmp_path / "encoder", bidirectional=False)
    with pytest.raises(ModelDirectoryError, match="reads in one direction only"):
        TextGenerator.load(made.path).fill("이 _", number=1)


def test_no_gap_is_an_error(drawn_encoder: MadeEncoder) -> None:
    with pytest.raises(DataError, match="no gap to fill"):
        TextGenerator.load(drawn_encoder.path).fill("이 영화", number=1)
