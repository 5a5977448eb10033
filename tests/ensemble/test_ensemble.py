"""What several models answer together: weighed on their validation rows, and written as a teacher's file."""

import csv
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from rated_linear import with_rated_rows
from sentiment.config import DataConfig
from sentiment.data import load_splits, read_teacher
from sentiment.ensemble import TeacherFile
from sentiment.ensemble.members import file_member
from sentiment.ensemble.pool import Pool
from sentiment.errors import DataError, OutputError
from sentiment.evaluation import NumberedRows
from sentiment.metrics import log_loss
from tests.conftest import TINY_LABELS, write_tiny_encoder
from tests.evaluation.conftest import TRAINING_ROWS, Trained, train, write_csv

__all__ = ["train"]

ROWS = 4_000
CONFIDENCE = {"negative": 0.1, "positive": 0.9}
"""What a member that knows the labels says is the probability of positive."""
Run = Callable[..., Any]
Train = Callable[..., Trained]


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


def write_answers(path: Path, rows: Sequence[tuple[str, float]]) -> Path:
    """Write a file of answers: texts, each with the probability of positive."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", *TINY_LABELS), *((text, 1.0 - p, p) for text, p in rows)])
    return path


def figures(table: str) -> dict[str, list[float]]:
    """Return weight, accuracy and log loss by member."""
    return {name: [*map(float, numbers)] for name, *numbers in (line.split("\t") for line in table.splitlines())}


@pytest.mark.parametrize("name", ["teacher.csv", "teacher.parquet"])
def test_every_training_text_is_answered_once_and_no_other(
    train: Train, tmp_path: Path, run_command: Run, name: str
) -> None:
    trained, out = train(), tmp_path / name
    outcome = run_command("ensemble", str(trained.model), "--linear", "--output", str(out))
    assert outcome.exit_code == 0, outcome.stderr
    assert list(figures(outcome.stdout)) == [str(trained.model), "linear", "together"]
    answers = read_teacher(out, TINY_LABELS, "text", lambda _line: None)
    assert answers.texts == list(dict.fromkeys(trained.splits().train.texts))
    assert answers.num_rows == len(answers.texts)
    if name.endswith(".parquet"):
        assert pq.read_table(out).column_names == ["text", "probability_negative", "probability_positive"]


def test_a_file_that_knows_the_labels_outweighs_a_model_that_does_not(
    train: Train, tmp_path: Path, run_command: Run
) -> None:
    trained, out = train(), tmp_path / "teacher.csv"
    known = write_answers(
        tmp_path / "known.csv", [(t, 0.9 if label == "positive" else 0.1) for t, label in TRAINING_ROWS]
    )
    outcome = run_command("ensemble", str(trained.model), str(known), "--output", str(out))
    assert outcome.exit_code == 0, outcome.stderr
    results = figures(outcome.stdout)
    assert results[str(known)][0] > 1.0
    assert results["together"][1] == 1.0
    assert results["together"][2] <= results[str(known)][2]
    answers = read_teacher(out, TINY_LABELS, "text", lambda _line: None)
    truth = dict(TRAINING_ROWS)
    assert all(
        (truth[text] == "positive") == (row[1] > 0.5)
        for text, row in zip(answers.texts, answers.probabilities, strict=True)
    )


def test_a_member_without_an_answer_has_no_say(train: Train, tmp_path: Path, run_command: Run) -> None:
    trained, out = train(), tmp_path / "teacher.csv"
    splits = trained.splits()
    rows = zip(splits.validation.texts, splits.validation.labels, strict=True)
    partly = write_answers(tmp_path / "partly.csv", [(text, CONFIDENCE[label]) for text, label in rows])
    outcome = run_command("ensemble", str(trained.model), str(partly), "--output", str(out))
    assert outcome.exit_code == 0, outcome.stderr
    num_texts = len(set(splits.train.texts))
    assert f"{partly}: answers 0 of {num_texts} texts, and is ignored for the others" in outcome.stderr
    member = file_member(partly, TINY_LABELS, splits.validation, lambda _line: None)
    texts = [splits.train.texts[0], splits.validation.texts[0]]
    positive = CONFIDENCE[splits.validation.labels[0]]
    np.testing.assert_allclose(member.answer(texts), [[0.5, 0.5], [1.0 - positive, positive]], atol=1e-6)


def test_texts_of_other_sources_are_answered_but_for_test_texts(train: Train, tmp_path: Path, run_command: Run) -> None:
    trained, out = train(), tmp_path / "teacher.csv"
    splits = trained.splits()
    assert splits.test is not None
    texts = ["처음 보는 글", *(text.upper() for text in splits.test.texts), "처음 보는 글", '따옴표 "와" 쉼표, 하나']
    one = write_csv(tmp_path / "one.csv", [(text, "") for text in texts])
    two = tmp_path / "two.jsonl"
    two.write_text(json.dumps({"text": "half \ud800 a pair"}) + "\n")
    sources = [option for path in (one, two) for option in ("--data", str(path))]
    outcome = run_command("ensemble", str(trained.model), *sources, "--output", str(out))
    assert outcome.exit_code == 0, outcome.stderr
    answers = read_teacher(out, TINY_LABELS, "text", lambda _line: None)
    assert answers.texts[:2] == ["처음 보는 글", '따옴표 "와" 쉼표, 하나']
    assert len(answers.texts) == 3


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (["{model}", "--output", "{folder}/nowhere/a.csv"], 7, "its folder does not exist; create it first"),
        (["{model}", "--output", "{folder}/a.txt"], 7, "end the name in .csv or .parquet"),
        (["{model}", "--output", "{file}"], 7, "already exists; choose another place, or replace a file with --force"),
        (["{model}", "--output", "{folder}/folder.csv", "--force"], 7, "already exists"),
        (["{file}", "--output", "{folder}/a.csv"], 4, "only files of answers are given; add a model"),
        (
            ["{model}", "{file}", "--output", "{folder}/a.csv"],
            4,
            "has no answer to a validation text, so it cannot be weighed",
        ),
        (["{model}", "{other}", "--output", "{folder}/a.csv"], 4, "was trained on other rows than {model}"),
        (["{model}", "{encoder}", "--output", "{folder}/a.csv"], 5, "encoder"),
        (["{model}", "{folder}/missing", "--output", "{folder}/a.csv"], 5, "no such model directory"),
        (["{model}", "--data", "{tests}", "--output", "{folder}/a.csv"], 4, "every text equals a test text"),
    ],
)
def test_what_cannot_be_combined_is_one_line(
    train: Train, tmp_path: Path, run_command: Run, arguments: list[str], exit_code: int, message: str
) -> None:
    trained = train()
    splits = trained.splits()
    assert splits.test is not None
    (tmp_path / "folder.csv").mkdir()
    places = {
        "model": trained.model,
        "folder": tmp_path,
        "file": write_answers(tmp_path / "answers.csv", [("nothing that is known", 0.5)]),
        "tests": write_csv(tmp_path / "tests.csv", [(text, "") for text in splits.test.texts]),
        "other": train(out="other", split_seed=1).model,
        "encoder": write_tiny_encoder(tmp_path / "encoder"),
    }
    before = set(tmp_path.iterdir())
    outcome = run_command("ensemble", *(argument.format(**places) for argument in arguments))
    assert outcome.exit_code == exit_code, outcome.stderr
    assert message.format(**places) in outcome.stderr.splitlines()[-1]
    assert outcome.stderr.splitlines()[-1].startswith("error: ")
    assert set(tmp_path.iterdir()) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_said_before_the_work(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="its folder is not writable"):
        TeacherFile.check(tmp_path / "teacher.csv", replace=False)


BAD, GOOD = "a bad review that no test of NSMC holds", "a good review that no test of NSMC holds"
NO_ROWS = NumberedRows([], np.zeros(0, dtype=np.int64), 2)


def test_texts_without_stars_say_neither_good_nor_bad(tmp_path: Path) -> None:
    reviews = tmp_path / "reviews.csv"
    lines = [f"{name},{stars}" for name, stars in ((BAD, 1), ("a mixed one", 6), (GOOD, 10), ("silent", ""))]
    reviews.write_text("\n".join(["text,rating", *lines]), encoding="utf-8")
    data = DataConfig(source="sample")
    splits = load_splits(data, allow_fallback=False, notify=lambda _line: None)
    rows = with_rated_rows(NO_ROWS, splits, data, str(reviews))
    assert list(rows.texts) == [BAD, GOOD]
    assert rows.labels.tolist() == [0, 1]


def test_stars_of_test_and_validation_texts_do_not_teach(tmp_path: Path) -> None:
    texts = [f"{word} review {number}" for number in range(50) for word in ("bad", "good")]
    own, stars = tmp_path / "own.csv", tmp_path / "stars.csv"
    write_csv(own, [(text, "positive" if "good" in text else "negative") for text in texts])
    stars.write_text("text,rating\n" + "".join(f"{text.upper()},{10 if 'good' in text else 1}\n" for text in texts))
    data = DataConfig(source=str(own))
    splits = load_splits(data, allow_fallback=False, notify=lambda _line: None)
    taught = {text.lower() for text in with_rated_rows(NO_ROWS, splits, data, str(stars)).texts}
    assert taught == set(splits.train.texts)


def test_labels_that_stars_cannot_be_matched_with_are_refused(tmp_path: Path) -> None:
    data = DataConfig(source=str(write_csv(tmp_path / "rows.csv", [("최고 영화", "긍정"), ("별로 영화", "부정")] * 20)))
    splits = load_splits(data, allow_fallback=False, notify=lambda _line: None)
    with pytest.raises(DataError, match="stars tell negative from positive; the labels are 긍정, 부정"):
        with_rated_rows(NO_ROWS, splits, data, "naver-movie-reviews")
