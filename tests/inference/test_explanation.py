"""What each word did for an answer: the shares sum to it, and are those of the definition."""

import json
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from sentiment import Classifier
from sentiment.model_dir import WEIGHTS_FILE
from sentiment.text.words import phrases_of, words_of

any_text = st.text(st.characters(exclude_categories=()), max_size=40)
SEPARATED = "이 영화 정말\t최고예요 \u200b good\u3000film"


@pytest.fixture(scope="module")
def classifier(shared_tiny_model_dir: Path) -> Classifier:
    return Classifier.load(shared_tiny_model_dir, threads=1)


@given(any_text)
def test_the_shares_sum_to_the_answer_of_predict(classifier: Classifier, text: str) -> None:
    explained, (prediction,) = classifier.explain(text), classifier.predict([text])
    assert (explained.text, explained.label, explained.probability) == (
        text,
        prediction.label,
        prediction.probability,
    )
    assert all(text[word.start : word.end] == word.text for word in explained.words)
    assert (prediction.label is None) == (explained.words == ())
    if explained.probability is not None:
        assert explained.start + sum(word.share for word in explained.words) == pytest.approx(explained.probability)
    json.dumps(explained.to_dict(), allow_nan=False)


@pytest.mark.parametrize("text", ["good film", "이 영화 정말 최고예요 bad", "bad"])
def test_the_shares_of_few_words_are_the_values_of_shapley(classifier: Classifier, text: str) -> None:
    words, explained = text.split(), classifier.explain(text)
    label = classifier.labels.index(explained.label or "")

    def value(kept: tuple[int, ...]) -> float:
        if not kept:
            return 0.5
        return float(classifier.probabilities([" ".join(words[number] for number in kept)])[0, label])

    for number, word in enumerate(explained.words):
        others = [other for other in range(len(words)) if other != number]
        expected = np.mean(
            [
                sum(value(tuple(sorted((*kept, number)))) - value(kept) for kept in combinations(others, size))
                / comb(len(others), size)
                for size in range(len(words))
            ]
        )
        assert word.share == pytest.approx(expected, abs=1e-6)
        assert word.without == pytest.approx(value(tuple(others)), abs=1e-6)


def test_many_words_are_explained_in_phrases_and_the_shares_still_sum(classifier: Classifier) -> None:
    explained = classifier.explain("good bad film " * 500)
    assert len(explained.words) == 8
    assert explained.words[0].text.startswith("good bad film good")
    assert explained.start + sum(word.share for word in explained.words) == pytest.approx(explained.probability)


def test_the_strongest_words_come_first_whichever_way_they_speak(classifier: Classifier) -> None:
    strongest = classifier.explain(SEPARATED).strongest(3)
    sizes = [abs(word.share) for word in classifier.explain(SEPARATED).words]
    assert [abs(word.share) for word in strongest] == sorted(sizes, reverse=True)[:3]


def test_words_end_at_every_space_and_invisible_ones_are_none() -> None:
    words = words_of(SEPARATED)
    assert [word.text for word in words] == ["이", "영화", "정말", "최고예요", "good", "film"]
    assert [word.start for word in words] == [0, 2, 5, 8, 15, 20]


@given(st.integers(0, 40), st.integers(1, 12))
def test_phrases_hold_every_word_and_are_alike_in_length(num_words: int, most: int) -> None:
    text = " ".join(["w"] * num_words)
    phrases = phrases_of(text, words_of(text), most)
    assert len(phrases) == min(num_words, most)
    assert " ".join(phrase.text for phrase in phrases) == text
    assert all(text[phrase.start : phrase.end] == phrase.text for phrase in phrases)
    lengths = {len(phrase.text.split()) for phrase in phrases}
    assert max(lengths, default=0) - min(lengths, default=0) <= 1


def test_anything_but_a_text_is_refused(classifier: Classifier) -> None:
    with pytest.raises(TypeError, match="must be strings"):
        classifier.explain(b"good film")  # type: ignore[arg-type]


def test_the_part_of_ngrams_is_the_rest_of_the_log_odds() -> None:
    path = Path(__file__).parents[1] / "formats" / "classifier-2"
    classifier = Classifier.load(path, threads=1)
    text = "이 영화 정말 최고예요 지루하고 돈이 아까워요"
    explained = classifier.explain(text)
    ngrams = classifier._ngrams
    assert ngrams is not None
    label = classifier.labels.index(explained.label or "")
    assert "ngrams.bias" not in safetensors.numpy.load_file(path / WEIGHTS_FILE)  # so all of it comes from n-grams
    added = ngrams.prefixes(classifier._placed(text).input_ids)[-1]
    np.testing.assert_allclose(ngrams.constant, 0, atol=1e-5)
    expected = added[label] - added[1 - label]
    temperature = classifier._manifest.temperature * ngrams.divisor
    assert sum(word.ngrams or 0.0 for word in explained.words) == pytest.approx(expected / temperature, abs=1e-5)
    assert all(word.ngrams for word in explained.words)
