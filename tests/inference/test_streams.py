"""Answers to texts that come from anywhere, one after the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment import Classifier
from sentiment.inference.texts import CHUNK_CHARACTERS, CHUNK_TEXTS, chunks_of

TEXTS = [
    "good film",
    "",
    "이 영화 정말 최고예요",
    " \t\n",
    "bad film",
    "배우가 아깝다",
    "\ud800",
    "ㅋ" * 50,
    "good " * 300,
]


@pytest.fixture(scope="module")
def classifier(shared_tiny_model_dir: Path) -> Classifier:
    return Classifier.load(shared_tiny_model_dir, threads=2)


def counted(texts: Iterator[str], taken: list[str]) -> Iterator[str]:
    for text in texts:
        taken.append(text)
        yield text


def test_answers_come_in_order_from_any_iterable(classifier: Classifier, tmp_path: Path) -> None:
    expected = classifier.predict(TEXTS)
    assert list(classifier.predict_batches(TEXTS)) == expected
    assert list(classifier.predict_batches(text for text in TEXTS)) == expected
    path = tmp_path / "texts.txt"
    path.write_text("good film\n배우가 아깝다\n", encoding="utf-8")
    with path.open(encoding="utf-8") as file:
        answers = list(classifier.predict_batches(file))
    assert [answer.text for answer in answers] == ["good film\n", "배우가 아깝다\n"]
    assert [answer.probability for answer in answers] == [
        answer.probability for answer in classifier.predict(["good film", "배우가 아깝다"])
    ]


def test_texts_are_read_no_faster_than_answers_are_taken(classifier: Classifier) -> None:
    taken: list[str] = []
    endless = counted((f"good {number}" for number in iter(int, 1)), taken)
    answers = classifier.predict_batches(endless)
    assert taken == []
    assert next(answers).text == "good 0"
    assert len(taken) == CHUNK_TEXTS
    for _ in range(CHUNK_TEXTS):
        next(answers)
    assert len(taken) == 2 * CHUNK_TEXTS


def test_more_texts_than_a_chunk_holds(classifier: Classifier) -> None:
    texts = [f"good {'film ' * (number % 7)}{number % 50}" for number in range(CHUNK_TEXTS + 100)]
    answers = list(classifier.predict_batches(iter(texts), batch_size=64))
    assert [answer.text for answer in answers] == texts
    probabilities = np.array([answer.probability for answer in answers])
    np.testing.assert_allclose(probabilities, classifier.probabilities(texts).max(axis=1), atol=1e-6)


@given(lengths=st.lists(st.sampled_from([0, 1, CHUNK_CHARACTERS // 3, CHUNK_CHARACTERS + 1]), max_size=9))
@settings(max_examples=30, deadline=None)
def test_chunks_hold_every_text_once_and_few_characters(lengths: list[int]) -> None:
    texts = ["a" * length for length in lengths]
    chunks = list(chunks_of(texts))
    assert [text for chunk in chunks for text in chunk] == texts
    for chunk in chunks:
        assert chunk
        assert sum(map(len, chunk[:-1])) < CHUNK_CHARACTERS


Ask = Callable[[Classifier, Any], object]
asks = pytest.mark.parametrize(
    "ask",
    [Classifier.score, Classifier.predict, Classifier.probabilities, lambda c, texts: list(c.predict_batches(texts))],
    ids=["score", "predict", "probabilities", "predict_batches"],
)


@asks
def test_a_single_string_is_not_taken_for_its_characters(ask: Ask, classifier: Classifier) -> None:
    with pytest.raises(TypeError, match="a list of strings, not a single string; wrap it in a list"):
        ask(classifier, "good film")


@asks
@pytest.mark.parametrize(("wrong", "kind"), [(None, "NoneType"), (float("nan"), "float"), (b"good", "bytes")])
def test_what_is_no_string_is_named(ask: Ask, wrong: object, kind: str, classifier: Classifier) -> None:
    with pytest.raises(TypeError, match=f"texts must be strings, and number 2 is of type {kind}"):
        ask(classifier, ["good", wrong])


def test_texts_may_be_an_array_or_come_from_a_generator(classifier: Classifier) -> None:
    expected = classifier.predict(["good", "bad"])
    assert classifier.predict(np.array(["good", "bad"])) == expected  # type: ignore[arg-type]
    assert classifier.predict(text for text in ("good", "bad")) == expected  # type: ignore[arg-type]


def test_many_threads_get_the_answers_of_one(classifier: Classifier) -> None:
    jobs = [TEXTS[begin:] + [f"good {begin}"] * begin for begin in range(len(TEXTS))] * 12
    expected = [classifier.predict(job) for job in jobs[: len(TEXTS)]] * 12
    with ThreadPoolExecutor(8) as pool:
        streamed = pool.map(lambda job: list(classifier.predict_batches(job)), jobs)
        whole = pool.map(classifier.predict, jobs)
        assert list(whole) == expected
        assert list(streamed) == expected
