"""Texts of any length are read to their end, in windows."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment import Classifier
from sentiment.inference.graph import check_graph
from sentiment.model_dir import ONNX_FILE
from sentiment.probabilities import mean_over_windows

WriteModel = Callable[..., Path]
MAX_TOKENS = 4

texts_of_any_length = st.lists(
    st.text("good film영화 \n", max_size=30) | st.text(st.characters(exclude_categories=()), max_size=12), max_size=10
)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory, write_model: WriteModel) -> Classifier:
    """A model of single characters that reads four of them at once."""
    return Classifier.load(write_model(tmp_path_factory.mktemp("models") / "short", max_tokens=MAX_TOKENS), threads=2)


@pytest.fixture(scope="module")
def reads_all(shared_tiny_model_dir: Path) -> Classifier:
    """The same model, but for `max_tokens`."""
    return Classifier.load(shared_tiny_model_dir, threads=1)


@settings(max_examples=50, deadline=None)
@given(texts=texts_of_any_length)
def test_no_token_is_cut(classifier: Classifier, reads_all: Classifier, texts: list[str]) -> None:
    scores = classifier.score(texts)
    assert scores.num_tokens.tolist() == reads_all.score(texts).num_tokens.tolist()
    assert scores.num_windows.tolist() == [math.ceil(count / MAX_TOKENS) for count in scores.num_tokens]
    assert (np.isnan(scores.probabilities).all(axis=1) == (scores.num_tokens == 0)).all()
    assert [(p.num_tokens, p.num_windows) for p in classifier.predict(texts)] == list(
        zip(scores.num_tokens, scores.num_windows, strict=True)
    )


@settings(max_examples=50, deadline=None)
@given(texts=texts_of_any_length, batch_size=st.integers(1, 5))
def test_a_long_answer_does_not_depend_on_its_neighbours(
    classifier: Classifier, texts: list[str], batch_size: int
) -> None:
    together = classifier.probabilities(texts, batch_size)
    alone = np.concatenate([classifier.probabilities([text]) for text in texts] or [np.zeros((0, 2), np.float32)])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6)
    read = ~np.isnan(together[:, 0])
    np.testing.assert_allclose(together[read].sum(axis=1), 1, atol=1e-6)


def test_the_answer_is_the_mean_of_the_windows_by_their_tokens(classifier: Classifier, reads_all: Classifier) -> None:
    answer = classifier.score(["goodfilmb"])
    windows = reads_all.probabilities(["goo", "dfi", "lmb"])
    assert (answer.num_tokens.tolist(), answer.num_windows.tolist()) == ([9], [3])
    np.testing.assert_allclose(answer.probabilities[0], windows.mean(axis=0), atol=1e-7)
    answer = classifier.score(["goodf"])
    windows = reads_all.probabilities(["go", "odf"])
    np.testing.assert_allclose(answer.probabilities[0], (2 * windows[0] + 3 * windows[1]) / 5, atol=1e-7)


def test_the_end_of_a_long_text_has_a_say(classifier: Classifier) -> None:
    same_beginning = classifier.probabilities(["goodfilm" + end for end in ("good", "아깝다고")])
    assert np.abs(same_beginning[0] - same_beginning[1]).max() > 1e-3


def test_a_text_in_one_window_keeps_every_bit(classifier: Classifier, reads_all: Classifier) -> None:
    texts = ["good", "bad", "", "영화"]
    assert classifier.probabilities(texts).tobytes() == reads_all.probabilities(texts).tobytes()


@given(
    lengths=st.lists(st.integers(1, 2**20), min_size=1, max_size=6), probability=st.floats(0, 1, width=32), n=st.just(2)
)
def test_the_mean_of_single_windows_is_their_own(lengths: list[int], probability: float, n: int) -> None:
    probabilities = np.full((len(lengths), n), probability, dtype=np.float32)
    ones = np.ones(len(lengths), dtype=np.int64)
    means = mean_over_windows(probabilities, np.array(lengths, dtype=np.int64), ones)
    assert means.tobytes() == probabilities.tobytes()


def test_a_quarter_of_a_million_characters(reads_all: Classifier) -> None:
    for text in ("이 영화 정말 최고예요 " * 19_231, "가" + "나다라마" * 62_500):
        assert len(text) > 250_000
        answer, short = reads_all.predict([text, "good"])
        assert answer.num_tokens >= 249_000
        assert answer.num_windows == math.ceil(answer.num_tokens / 512)
        assert answer.label in reads_all.labels
        assert short == reads_all.predict(["good"])[0]


def test_the_number_of_threads_changes_no_bit_of_a_long_answer(tmp_path: Path, write_model: WriteModel) -> None:
    path = write_model(tmp_path / "short", max_tokens=7)
    texts = ["이 영화 정말 최고예요 " * count for count in range(30)]
    answers = {Classifier.load(path, threads=threads).probabilities(texts, 5).tobytes() for threads in (1, 2, 4, None)}
    assert len(answers) == 1


def test_a_window_fits_into_memory_whatever_the_manifest_says(
    tmp_path: Path, write_model: WriteModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    boundless = write_model(tmp_path / "boundless", max_tokens=2**31 - 1)
    bytes_per_token = check_graph((boundless / ONNX_FILE).read_bytes()).bytes_per_token
    assert Classifier.load(boundless).max_tokens == 2**32 // bytes_per_token
    monkeypatch.setattr("sentiment.inference.network.MAX_WINDOW_BYTES", 100 * bytes_per_token)
    classifier = Classifier.load(boundless)
    answer = classifier.predict(["good" * 250])[0]
    assert (answer.num_tokens, answer.num_windows, classifier.max_tokens) == (1_000, 10, 100)
    usual = write_model(tmp_path / "usual", max_tokens=100)
    assert answer == Classifier.load(usual).predict(["good" * 250])[0]
