from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.inference import Classifier
from sentiment.inference.by_script import ClassifierByScript
from sentiment.inference.prediction import Prediction
from sentiment.model_dir import DEFAULT_CLASSIFIER, ENGLISH_CLASSIFIER

KOREAN, ENGLISH = "이 영화 정말 좋아요", "a good film"
TWO, THREE = ("negative", "positive"), ("negative", "neutral", "positive")
CLASSES = [(TWO, TWO), (TWO[::-1], TWO), (THREE, TWO), (TWO, THREE)]


@pytest.fixture(scope="module", params=CLASSES, ids=["alike", "turned", "first", "second"])
def paths(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, write_model: Callable[..., Path]
) -> dict[str, Path]:
    """Two models that differ, in their classes too."""
    folder, (hangul, latin) = tmp_path_factory.mktemp("scripts"), request.param
    return {
        "Hangul": write_model(folder / DEFAULT_CLASSIFIER, labels=hangul),
        "Latin": write_model(folder / ENGLISH_CLASSIFIER, texts=["a good film", "a bad film"], labels=latin),
    }


@pytest.fixture(scope="module")
def classifiers(paths: dict[str, Path]) -> dict[str, Classifier]:
    """Each model alone."""
    return {script: Classifier.load(path) for script, path in paths.items()}


def with_all_labels(prediction: Prediction, labels: Sequence[str]) -> Prediction:
    """Return a prediction with a probability of 0 for the classes that its model lacks."""
    found = prediction.probabilities
    return prediction if found is None else replace(prediction, probabilities={n: found.get(n, 0.0) for n in labels})


@given(scripts=st.lists(st.sampled_from(["Hangul", "Latin"]), max_size=12))
def test_each_text_gets_the_answer_of_the_model_for_its_script(
    scripts: list[str], paths: dict[str, Path], classifiers: dict[str, Classifier]
) -> None:
    texts = [{"Hangul": KOREAN, "Latin": ENGLISH}[script] for script in scripts]
    together = ClassifierByScript(paths, threads=1)
    alone = [classifiers[script].predict([text])[0] for script, text in zip(scripts, texts, strict=True)]
    expected = [with_all_labels(prediction, together.labels) for prediction in alone]
    answers = together.predict(texts)
    assert answers == expected
    assert all([*(one.probabilities or {})] == [*together.labels] for one in answers)
    scores = together.score(texts)
    assert scores.probabilities.tolist() == [list((one.probabilities or {}).values()) for one in expected]
    assert scores.num_tokens.tolist() == [one.num_tokens for one in expected]
    assert scores.num_windows.tolist() == [one.num_windows for one in expected]


def test_parts_of_a_text_are_asked_of_the_model_that_predicted_it_and_not_counted(paths: dict[str, Path]) -> None:
    together = ClassifierByScript(paths, threads=1)
    together.predict([KOREAN])
    mixed = [KOREAN, "이 영화 good film", ENGLISH]
    divided = [(list(rows), classifier.path) for rows, classifier in together.predictors(mixed)]
    assert divided == [([0, 1], paths["Hangul"]), ([2], paths["Latin"])]
    assert together.paths_used == [paths["Hangul"]]


def test_a_model_is_loaded_when_its_first_text_comes_and_once(paths: dict[str, Path]) -> None:
    loaded: list[tuple[str, Path]] = []
    together = ClassifierByScript(paths, threads=1, loaded=lambda *one: loaded.append(one))
    assert together.labels[:2] == together.labels_used[:2]
    assert loaded == []
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(together.score, [[ENGLISH]] * 8))
    assert loaded == [("Latin", paths["Latin"])]
    assert together.path == paths["Latin"]
    together.predict([KOREAN])
    assert loaded[1:] == [("Hangul", paths["Hangul"])]


def test_texts_without_letters_go_to_the_first(paths: dict[str, Path], classifiers: dict[str, Classifier]) -> None:
    texts = ["100 👍", "", "...", "こんにちは"]
    together = ClassifierByScript(paths, threads=1)
    expected = [with_all_labels(prediction, together.labels) for prediction in classifiers["Hangul"].predict(texts)]
    assert together.predict(texts) == expected
    assert np.isnan(together.score([""]).probabilities).all()


def test_the_views_are_those_of_the_model_for_the_text(
    paths: dict[str, Path], classifiers: dict[str, Classifier]
) -> None:
    together = ClassifierByScript(paths, threads=1)
    assert together.explain(ENGLISH).to_dict() == classifiers["Latin"].explain(ENGLISH).to_dict()
    assert np.array_equal(
        together.unknown_tokens([KOREAN, ENGLISH])[1:], classifiers["Latin"].unknown_tokens([ENGLISH])
    )


@pytest.mark.parametrize(("num_english", "is_mixed"), [(0, False), (1, False), (2, True), (38, True), (2_000, False)])
def test_texts_are_mixed_if_more_than_a_few_need_another_model_or_one_has_other_classes(
    paths: dict[str, Path], classifiers: dict[str, Classifier], num_english: int, is_mixed: bool
) -> None:
    together = ClassifierByScript(paths, threads=1)
    together.predict([KOREAN] * 30 + [ENGLISH] * num_english)
    leading, own = ("Latin", "Hangul") if num_english > 30 else ("Hangul", "Latin")
    lacks = bool(num_english) and not {*classifiers[own].labels} <= {*classifiers[leading].labels}
    assert together.is_mixed == (is_mixed or lacks)
    assert together.labels_used[: len(classifiers[leading].labels)] == classifiers[leading].labels
    assert not together.counting_anew().is_mixed


def test_the_fingerprint_changes_with_either_model(paths: dict[str, Path]) -> None:
    prints = {
        ClassifierByScript({"Hangul": paths[first], "Latin": paths[second]}, threads=1).fingerprint
        for first in paths
        for second in paths
    }
    assert len(prints) == 4


def test_texts_are_counted_anew_by_the_same_classifiers(paths: dict[str, Path]) -> None:
    loaded: list[tuple[str, Path]] = []
    together = ClassifierByScript(paths, threads=1, loaded=lambda *one: loaded.append(one))
    together.predict([KOREAN] * 3)
    other = together.counting_anew()
    other.predict([ENGLISH, ENGLISH, KOREAN])
    assert (together.leading.path, other.leading.path) == (paths["Hangul"], paths["Latin"])
    assert other.leading is together.classifier("Latin")
    assert [script for script, _ in loaded] == ["Hangul", "Latin"]
