"""The teacher that several models are together."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

import ensemble_teacher
from ensemble_teacher import Pool
from sentiment.config import DataConfig
from sentiment.data import load_splits
from sentiment.errors import DataError
from sentiment.evaluation import NumberedRows
from sentiment.metrics import log_loss
from sentiment.model_dir import (
    CONFIG_FILE,
    METRICS_FILE,
    ONNX_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    ModelDirectory,
    staged_model_dir,
)
from tests.conftest import write_tiny_model

ROWS = 4_000


def noisy_answers(rng: np.random.Generator, labels: NDArray[np.int64], noise: float) -> NDArray[np.float64]:
    """Return honest probabilities of a member that sees each label through noise of its own."""
    seen = np.where(labels == 1, 1.0, -1.0) + noise * rng.normal(size=len(labels))
    positive = 1.0 / (1.0 + np.exp(-2.0 * seen / noise**2))
    return np.stack([1.0 - positive, positive], axis=1)


def test_the_pool_is_better_than_each_member_and_leaves_out_one_that_knows_nothing() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, size=2 * ROWS)
    guess = rng.dirichlet([1.0, 1.0], size=len(labels))
    answers = np.stack([noisy_answers(rng, labels, 1.5), noisy_answers(rng, labels, 2.0), guess])
    pool = Pool.fit(answers[:, :ROWS], labels[:ROWS])
    together = pool.join(answers[:, ROWS:])

    np.testing.assert_allclose(together.sum(axis=1), 1.0)
    assert log_loss(labels[ROWS:], together) < 0.97 * min(log_loss(labels[ROWS:], own[ROWS:]) for own in answers)
    # Members whose noises have nothing in common each deserve their full say.
    np.testing.assert_allclose(pool.weights, [1.0, 1.0, 0.0], atol=0.12)


def test_the_pool_mends_a_member_that_prefers_a_class() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, size=ROWS)
    honest = noisy_answers(rng, labels, 1.5)
    leaning = honest * [1.0, 5.0]
    leaning /= leaning.sum(axis=1, keepdims=True)
    joined = Pool.fit(leaning[None], labels).join(leaning[None])
    assert joined[:, 1].mean() == pytest.approx(labels.mean(), abs=0.005)
    np.testing.assert_allclose(joined, honest, atol=0.05)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr("sys.argv", ["ensemble_teacher.py", *map(str, arguments)])
    ensemble_teacher.main()


def test_every_text_is_answered_once_and_no_test_text_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_tiny_model(tmp_path / "model")
    out = tmp_path / "teacher.parquet"
    run(monkeypatch, model, "--linear", "--texts", "sample", "--out", out)

    splits = load_splits(ModelDirectory.open(model).config.data, allow_fallback=False, notify=lambda _line: None)
    assert splits.test is not None
    table = pq.read_table(out)
    assert table.column_names == ["text", "probability_negative", "probability_positive"]
    texts = table["text"].to_pylist()
    assert set(texts) == {*splits.train.texts, *splits.validation.texts}
    assert len(texts) == len(set(texts))
    assert "| together |" in capsys.readouterr().out


BAD, GOOD = "a bad review that no test of NSMC holds", "a good review that no test of NSMC holds"


def test_texts_without_stars_say_neither_good_nor_bad(tmp_path: Path) -> None:
    reviews = tmp_path / "reviews.csv"
    lines = [f"{name},{stars}" for name, stars in ((BAD, 1), ("a mixed one", 6), (GOOD, 10), ("silent", ""))]
    reviews.write_text("\n".join(["text,rating", *lines]), encoding="utf-8")
    data = DataConfig(source="sample")
    splits = load_splits(data, allow_fallback=False, notify=lambda _line: None)
    nothing = NumberedRows([], np.zeros(0, dtype=np.int64), 2)
    rows = ensemble_teacher.with_rated_rows(nothing, splits, data, str(reviews))
    assert list(rows.texts) == [BAD, GOOD]
    assert rows.labels.tolist() == [0, 1]


def test_test_texts_of_a_file_are_neither_answered_nor_do_their_stars_teach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"{word} review {number}" for number in range(50) for word in ("bad", "good")]
    own, stars, out = (tmp_path / name for name in ("own.csv", "stars.csv", "teacher.parquet"))
    own.write_text(
        "text,label\n" + "".join(f"{text},{'positive' if 'good' in text else 'negative'}\n" for text in texts)
    )
    stars.write_text("text,rating\n" + "".join(f"{text.upper()},{10 if 'good' in text else 1}\n" for text in texts))
    model = write_tiny_model(tmp_path / "model", source=str(own))
    run(monkeypatch, model, "--linear", "--texts", str(stars), "--out", out)

    data = ModelDirectory.open(model).config.data
    splits = load_splits(data, allow_fallback=False, notify=lambda _line: None)
    assert splits.test is not None
    answered = {text.lower() for text in pq.read_table(out)["text"].to_pylist()}
    assert answered == set(texts) - {*splits.test.texts}
    nothing = NumberedRows([], np.zeros(0, dtype=np.int64), 2)
    taught = {text.lower() for text in ensemble_teacher.with_rated_rows(nothing, splits, data, str(stars)).texts}
    assert taught == set(splits.train.texts)


def test_a_missing_folder_is_told_before_anything_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as caught:
        run(monkeypatch, tmp_path / "model", "--texts", "sample", "--out", tmp_path / "nowhere" / "teacher.parquet")
    assert caught.value.code == 2


def with_split_seed(model: Path, copy: Path, seed: int) -> Path:
    """Copy a model as if it had been trained on another split."""
    labels = ModelDirectory.open(model).labels
    with staged_model_dir(copy, labels=labels, replace=False) as stage:
        for name in (TOKENIZER_FILE, ONNX_FILE, WEIGHTS_FILE, METRICS_FILE):
            (stage / name).write_bytes((model / name).read_bytes())
        config = (model / CONFIG_FILE).read_text(encoding="utf-8")
        (stage / CONFIG_FILE).write_text(config.replace("split_seed: 0", f"split_seed: {seed}"), encoding="utf-8")
    return copy


def test_models_of_other_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = write_tiny_model(tmp_path / "one")
    other = with_split_seed(one, tmp_path / "other", 1)
    with pytest.raises(SystemExit, match="was trained on other rows"):
        run(monkeypatch, one, other, "--texts", "sample", "--out", tmp_path / "teacher.parquet")
    assert not (tmp_path / "teacher.parquet").exists()


def test_labels_that_stars_cannot_be_matched_with_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n" + "최고 영화,긍정\n별로 영화,부정\n" * 20, encoding="utf-8")
    data = DataConfig(source=str(path))
    splits = load_splits(data, allow_fallback=False, notify=lambda _line: None)
    rows = NumberedRows([], np.zeros(0, dtype=np.int64), 2)
    with pytest.raises(DataError, match="stars tell negative from positive; the labels are 긍정, 부정"):
        ensemble_teacher.with_rated_rows(rows, splits, data, "naver-movie-reviews")
