"""The linear model of n-grams: what it learns, and how far it and the network are trusted."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from scipy.optimize import minimize
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from sentiment import train
from sentiment.config import Config, ModelConfig
from sentiment.metrics import log_loss
from sentiment.model_dir import ModelDirectory
from sentiment.nn import NgramScores, RecurrentClassifier
from sentiment.probabilities import softmax
from sentiment.text.encoding import encode
from sentiment.text.sequences import TokenSequences
from sentiment.text.token_spelling import TokenSpelling, spell_tokens
from sentiment.text.tokenizer_training import train_tokenizer
from sentiment.training.classification import job
from sentiment.training.loop.rows import LabelledSequences
from sentiment.training.probing import ngram_fit
from sentiment.training.probing.ngram_fit import fit_ngrams, ngram_features
from sentiment.training.probing.trust import LEAST, MOST, PRIOR_ROWS, fit_trust, weigh_parts

GOOD, BAD, SO_SO = ("good fine great nice", "bad poor awful sad", "so so plain usual")


def drawn_texts(number: int, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Return texts of a few words each, whose class two of the words tell, and the classes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, number)
    filler = ["the", "film", "was", "a", "story", "of", "people", "in", "town"]
    texts = []
    for label in labels:
        told = rng.choice((GOOD, BAD, SO_SO)[label].split(), 2)
        texts.append(" ".join(rng.permutation([*told, *rng.choice(filler, rng.integers(1, 6))])))
    return texts, labels


def part_and_rows(texts: list[str], words: int = 2) -> tuple[NgramScores, TokenSequences]:
    tokenizer = train_tokenizer(texts, Config.model_validate({"tokenizer": {"vocab_size": 200}}).tokenizer)
    spelling = spell_tokens(tokenizer)
    characters, in_word = torch.from_numpy(spelling.characters), torch.from_numpy(spelling.in_word)
    return NgramScores(characters, in_word, 4, words, 2**16, 3), encode(tokenizer, texts, 64)


def answers(part: NgramScores, rows: TokenSequences) -> np.ndarray:
    one_by_one = [part(torch.from_numpy(rows.batch(np.array([row])))) for row in range(len(rows))]
    return torch.cat(one_by_one).numpy()


def test_it_answers_as_tf_idf_with_logistic_regression_does() -> None:
    texts, labels = drawn_texts(400)
    part, rows = part_and_rows(texts, words=0)
    fit_ngrams(part, rows, labels, seed=0)
    fresh, truth = drawn_texts(200, seed=1)
    features = TfidfVectorizer(analyzer="char", ngram_range=(1, 4))
    linear = LogisticRegression(C=4.0, max_iter=300).fit(features.fit_transform(texts), labels)
    by_sklearn = linear.predict_proba(features.transform(fresh))
    tokenizer = train_tokenizer(texts, Config.model_validate({"tokenizer": {"vocab_size": 200}}).tokenizer)
    own = softmax(answers(part, encode(tokenizer, fresh, 64)))
    assert (own.argmax(axis=1) == truth).mean() >= (by_sklearn.argmax(axis=1) == truth).mean() - 0.01
    assert np.corrcoef(own.ravel(), by_sklearn.ravel())[0, 1] > 0.97


def test_what_tells_the_classes_apart_counts_more_than_what_is_often_there() -> None:
    rng = np.random.default_rng(0)
    noise = [f"{first}{second}" for first in "bcdfghjklm" for second in ("aba", "eke", "imi", "olo", "usu")]

    def drawn(number: int) -> tuple[list[str], np.ndarray]:
        labels = np.arange(number) % 2
        telling = [rng.choice(("quax", "quyx", "quox") if label else ("zwav", "zwyv", "zwov")) for label in labels]
        return [" ".join(rng.permutation([word, *rng.choice(noise, 24)])) for word in telling], labels

    (texts, labels), (fresh, truth) = drawn(60), drawn(400)
    part, rows = part_and_rows(texts, words=0)
    fit_ngrams(part, rows, labels, seed=0)
    tokenizer = train_tokenizer(texts, Config.model_validate({"tokenizer": {"vocab_size": 200}}).tokenizer)
    own = softmax(answers(part, encode(tokenizer, fresh, 256)))[np.arange(400), truth]
    features = TfidfVectorizer(analyzer="char", ngram_range=(1, 4))
    linear = LogisticRegression(C=4.0, max_iter=300).fit(features.fit_transform(texts), labels)
    by_sklearn = linear.predict_proba(features.transform(fresh))[np.arange(400), truth]
    assert np.log(own).mean() > np.log(by_sklearn).mean() + 0.1


def test_what_is_told_for_sure_gets_a_weaker_penalty(monkeypatch: pytest.MonkeyPatch) -> None:
    texts, labels = drawn_texts(300)
    fresh, truth = drawn_texts(200, seed=1)
    at_random = np.random.default_rng(5).integers(0, 3, len(labels))

    def weights_and_loss(labels: np.ndarray) -> tuple[np.ndarray, float]:
        part, rows = part_and_rows(texts)
        fit_ngrams(part, rows, labels, seed=0)
        tokenizer = train_tokenizer(texts, Config.model_validate({"tokenizer": {"vocab_size": 200}}).tokenizer)
        return part.weight.numpy(), log_loss(truth, softmax(answers(part, encode(tokenizer, fresh, 64))))

    (_, chosen), (by_chance, _) = weights_and_loss(labels), weights_and_loss(at_random)
    monkeypatch.setattr(ngram_fit, "INVERSE_PENALTIES", ngram_fit.INVERSE_PENALTIES[:1])
    (_, strongest), (also_by_chance, _) = weights_and_loss(labels), weights_and_loss(at_random)
    assert chosen < 0.7 * strongest
    np.testing.assert_array_equal(by_chance, also_by_chance)


def test_features_and_weights_give_what_the_network_computes() -> None:
    texts, labels = drawn_texts(100)
    part, rows = part_and_rows(texts)
    fit_ngrams(part, rows, labels, seed=0)
    by_features = np.pad(ngram_features(part, rows) @ part.weight.numpy(), ((0, 0), (1, 0))) + part.bias.numpy()
    np.testing.assert_allclose(answers(part, rows), by_features, atol=1e-4)


def test_scores_of_training_rows_are_learned_from_other_rows() -> None:
    texts, _ = drawn_texts(200)
    at_random = np.random.default_rng(3).integers(0, 3, len(texts))
    part, rows = part_and_rows(texts)
    fitted = fit_ngrams(part, rows, at_random, seed=0)
    assert fitted.accuracy < 0.45, "what cannot be learned from others is not known"
    assert (answers(part, rows).argmax(axis=1) == at_random).mean() > 0.8, "though all rows together are learned"
    assert fitted.summary() == f"n-grams fitted on 200 rows: accuracy {fitted.accuracy:.1%} by cross-validation"


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [0, 2, 0, 2], [1, 1, 1, 2]])
def test_a_class_without_rows_is_the_least_probable(labels: list[int]) -> None:
    part, rows = part_and_rows(["good film", "bad film", "good story", "bad story"])
    fit_ngrams(part, rows, np.array(labels), seed=0)
    mean = softmax(answers(part, rows)).mean(axis=0)
    absent = np.setdiff1d([0, 1, 2], labels)
    assert mean[absent].max() < mean[np.unique(labels)].min()
    assert np.isfinite(part.weight.numpy()).all()


@given(st.integers(0, 1_000), st.integers(5, 400), st.integers(2, 4))
@settings(deadline=None, max_examples=20)
def test_factors_have_the_least_loss(seed: int, n: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    parts = rng.normal(size=(2, n, classes))
    parts[0, np.arange(n), labels] += 1.0
    fixed = rng.normal(size=(n, classes))
    believed = (1.0, 0.0)

    def loss(factors: np.ndarray) -> float:
        probabilities = softmax(np.tensordot(factors, parts, axes=1) + fixed)
        prior = PRIOR_ROWS / 2 * np.square(factors - believed).sum()
        return float(-np.log(probabilities[np.arange(n), labels]).sum() + prior)

    found = fit_trust(parts, labels, believed=believed, fixed=fixed)
    least = minimize(loss, np.ones(2), bounds=[(LEAST, MOST)] * 2)
    assert loss(found) == pytest.approx(least.fun, rel=1e-3)


def test_a_part_that_misleads_gets_no_weight_and_the_other_its_best() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 2_000)
    right = rng.normal(size=(2_000, 3))
    right[np.arange(2_000), labels] += 1.0
    wrong = right + rng.normal(size=(2_000, 3))
    wrong[np.arange(2_000), labels] -= 2.0
    both = fit_trust(np.array([right, wrong]), labels, believed=(1.0, 1.0), prior_rows=0.0)
    alone = fit_trust(right[None], labels, believed=(1.0,), prior_rows=0.0)
    assert both[1] == LEAST
    assert both[0] == pytest.approx(alone[0], rel=1e-3)


def test_few_rows_leave_the_factors_near_what_is_believed() -> None:
    parts = np.random.default_rng(0).normal(size=(2, 3, 2))
    np.testing.assert_allclose(fit_trust(parts, np.array([0, 1, 0]), believed=(1.0, 0.5)), (1.0, 0.5), atol=0.15)


def test_weights_do_not_depend_on_whether_all_rows_are_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngram_fit, "MAX_ROWS_TO_CHOOSE", 80)
    texts, labels = drawn_texts(200)
    (scored, rows), (plain, _) = part_and_rows(texts), part_and_rows(texts)
    every, some = fit_ngrams(scored, rows, labels, 0), fit_ngrams(plain, rows, labels, 0, cross_fit=False)
    assert torch.equal(scored.weight, plain.weight)
    assert every.scores is not None
    assert every.scores.shape == (200, 3)
    assert some.scores is None
    assert some.summary().endswith("by cross-validation on 80 of them")


def test_of_many_classes_one_fold_chooses_and_all_rows_are_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ngram_fit, "MANY_CLASSES", 3)
    texts, labels = drawn_texts(200)
    part, rows = part_and_rows(texts)
    assert fit_ngrams(part, rows, labels, 0, cross_fit=False).num_scored == 200, "a fold of 40 is too few"
    monkeypatch.setattr(ngram_fit, "ENOUGH_IN_A_FOLD", 40)
    (scored, _), (plain, _) = part_and_rows(texts), part_and_rows(texts)
    every, some = fit_ngrams(scored, rows, labels, 0), fit_ngrams(plain, rows, labels, 0, cross_fit=False)
    assert torch.equal(scored.weight, plain.weight)
    assert every.scores is not None
    assert every.scores.any(axis=1).all()
    assert (every.num_scored, some.num_scored) == (200, 40)


def test_with_many_rows_the_network_learns_as_if_it_were_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts, labels = drawn_texts(120)
    words = [("bad", "good", "so so")[label] for label in labels]
    small: dict[str, Any] = {"training.epochs": 1, "model.embedding_size": 8, "model.hidden_size": 8}

    def embedding(name: str, **settings: Any) -> torch.Tensor:
        train(texts, words, config="small", out=tmp_path / name, threads=1, start_from="none", **small, **settings)
        return load_file(tmp_path / name / "model.safetensors")["embedding.weight"]

    alone = embedding("alone", **{"model.character_ngrams": 0, "model.word_ngrams": 0})
    assert not torch.equal(embedding("few rows"), alone)
    monkeypatch.setattr(job, "ENOUGH_TO_LEARN_ALONE", 50)
    assert torch.equal(embedding("many rows"), alone)


@pytest.mark.parametrize(("config", "chose"), [("few", ""), ("small", ", which also chose the epoch")])
def test_a_card_says_what_validation_rows_chose(tmp_path: Path, config: str, chose: str) -> None:
    texts, labels = drawn_texts(120)
    words = [("bad", "good", "so so")[label] for label in labels]
    settings: dict[str, Any] = {"data.validation_fraction": 0.2, "training.epochs": int(config == "small")}
    train(texts, words, config=config, out=tmp_path / "model", threads=1, start_from="none", **settings)
    assert f" rows{chose}: accuracy " in (tmp_path / "model" / "README.md").read_text(encoding="utf-8")


def test_without_epochs_n_grams_and_output_layer_are_weighed_together_for_any_number_of_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts, labels = drawn_texts(120)
    words = [("bad", "good", "so so")[label] for label in labels]

    def trained(name: str) -> Any:
        train(texts, words, config="few", out=tmp_path / name, threads=1, start_from="none")
        return ModelDirectory.open(tmp_path / name)

    few = trained("few rows")
    monkeypatch.setattr(job, "ENOUGH_TO_LEARN_ALONE", 50)
    many = trained("many rows")
    assert many.manifest.temperature == few.manifest.temperature
    assert many.metrics()["cross_validation"] == few.metrics()["cross_validation"]
    assert many.read("model.safetensors") == few.read("model.safetensors")


@pytest.mark.parametrize(("is_pretrained", "most"), [(False, 0.5), (True, 1.5)])
def test_a_network_without_pretraining_has_to_prove_its_worth(is_pretrained: bool, most: float) -> None:
    texts, _ = drawn_texts(40)
    part, rows = part_and_rows(texts)
    torch.manual_seed(0)
    spelling = TokenSpelling(part.characters.numpy(), part.in_word.numpy())
    config = ModelConfig(embedding_size=8, hidden_size=8, character_ngrams=4, ngram_buckets=64)
    model = RecurrentClassifier(config, len(part.characters), 3, spelling)
    before = model.output.weight.detach().clone()
    at_random = LabelledSequences(rows, np.random.default_rng(1).integers(0, 3, len(texts)))
    weigh_parts(model, at_random, is_pretrained=is_pretrained)
    factor = float(model.output.weight.detach().norm() / before.norm())
    assert most - 1.0 < factor < most, "rows with labels at random tell for neither part"
