"""What is learned from a teacher: which rows, which targets, and the loss of both."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from sentiment.config import Config, DataConfig, TrainingConfig
from sentiment.data import ABSENT, LabelledTexts, RowCounts, Splits, load_splits
from sentiment.errors import DataError, Interrupted
from sentiment.training.classification.distillation import Teacher, mixed_targets
from sentiment.training.classification.preparation import prepare


def labelled(name: str, rows: dict[str, str]) -> LabelledTexts:
    return LabelledTexts(name, list(rows), list(rows.values()), RowCounts(len(rows), len(rows)), "text", "label")


TRAIN = {"good film": "pos", "bad film": "neg", "fine film": "pos", "poor film": "neg"}
SPLITS = Splits(
    labelled("train", TRAIN), labelled("validation", {"a held one": "pos"}), labelled("test", {"A  Test": "neg"}),
    DataConfig(source="f"),
)  # fmt: skip
ANSWERS = """\
text,neg,pos
good film,0.2,0.8
bad film,0.4,0.6
new film,0.3,0.7
a test,1,0
A HELD one,0,1
Good film,0.5,0.5
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "teacher.csv"
    path.write_text(ANSWERS)
    return path


def test_rows_are_matched_added_and_left_out(path: Path) -> None:
    told: list[str] = []
    teacher = Teacher.read(path, SPLITS, told.append)
    assert teacher.added_texts == ["new film", "Good film"]
    assert teacher.is_answered.tolist() == [True, True, False, False, True, True]
    np.testing.assert_allclose(
        teacher.probabilities, [[0.2, 0.8], [0.4, 0.6], [0.0, 0.0], [0.0, 0.0], [0.3, 0.7], [0.5, 0.5]], atol=1e-7
    )
    assert (teacher.num_matched, teacher.num_added, teacher.num_left_out, teacher.agreement) == (2, 2, 2, 0.5)
    assert told == [
        f"{path}: the teacher answers 2 training rows and agrees with 50.00% of their labels, and adds 2 texts without "
        "a label; 2 texts equal a validation or a test text and are left out"
    ]
    assert teacher.to_dict(0.5)["left_out"] == 2


def test_a_file_of_test_texts_is_refused(path: Path) -> None:
    path.write_text("text,neg,pos\na test,1,0\n")
    with pytest.raises(DataError, match="all of its texts are validation or test texts"):
        Teacher.read(path, SPLITS, lambda _line: None)


def test_targets_by_hand(path: Path) -> None:
    teacher = Teacher.read(path, SPLITS, lambda _line: None)
    config = TrainingConfig(teacher_weight=0.75)
    labels = np.array([1, 0, 1, 0, ABSENT, ABSENT])
    targets = mixed_targets(labels, teacher, config)
    by_hand = [
        [0.75 * 0.2, 0.25 + 0.75 * 0.8],
        [0.25 + 0.75 * 0.4, 0.75 * 0.6],
        [0.0, 1.0],
        [1.0, 0.0],
        [0.3, 0.7],
        [0.5, 0.5],
    ]
    np.testing.assert_allclose(targets, by_hand, atol=1e-6)


def test_the_tokenizer_does_not_see_what_the_teacher_adds(path: Path) -> None:
    path.write_text(ANSWERS + "쀍쀍,1,0\n쀍쀍 film,1,0\n")
    config = Config.model_validate({"tokenizer": {"kind": "character", "min_frequency": 1}})
    teacher = Teacher.read(path, SPLITS, lambda _line: None)
    told: list[str] = []
    preparation = prepare(config, SPLITS, None, told.append, teacher)
    assert "쀍" not in preparation.tokenizer.get_vocab()
    assert preparation.training_labels.tolist() == [1, 0, 1, 0, *[ABSENT] * 4]
    assert preparation.training_targets is not None
    assert preparation.training_targets.shape == (8, 2)
    assert len(preparation.training.sample(0, 0)) == 8
    assert prepare(config, SPLITS, None, told.append).training_targets is None


def test_rows_without_a_token_leave_with_their_targets(path: Path) -> None:
    path.write_text("text,neg,pos\n\x01\x02,1,0\nnew film,0.3,0.7\n")
    teacher = Teacher.read(path, SPLITS, lambda _line: None)
    assert teacher.num_added == 2
    preparation = prepare(Config(), SPLITS, None, lambda _line: None, teacher)
    assert preparation.training_targets is not None
    assert len(preparation.training_targets) == len(preparation.training_labels) == 5
    np.testing.assert_allclose(preparation.training_targets[-1], [0.3, 0.7], atol=1e-6)


@given(st.integers(0, 1_000), st.floats(0.0, 1.0))
@settings(deadline=None, max_examples=30)
def test_the_loss_of_a_mixture_is_the_mixture_of_losses(seed: int, weight: float) -> None:
    rng = np.random.default_rng(seed)
    logits = torch.from_numpy(rng.normal(size=(9, 3)))
    labels = rng.integers(0, 3, size=9)
    answers = rng.dirichlet([1.0, 1.0, 1.0], size=9)
    config = TrainingConfig(teacher_weight=weight)
    teacher = Teacher(Path("t"), "", [], answers.astype(np.float32), np.ones(9, dtype=np.bool_), 0, 0, None)
    targets = torch.from_numpy(mixed_targets(labels, teacher, config)).double()
    of_labels = cross_entropy(logits, torch.from_numpy(labels), reduction="sum")
    of_answers = -(torch.from_numpy(answers) * logits.log_softmax(dim=1)).sum()
    mixed = (1 - weight) * of_labels + weight * of_answers
    assert float(cross_entropy(logits, targets, reduction="sum")) == pytest.approx(float(mixed), rel=1e-5)


def test_other_test_rows_are_noticed_as_a_teacher_may_not_answer_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: Callable[..., Any]
) -> None:
    def stop(*_arguments: Any, **_options: Any) -> None:
        raise Interrupted("stopped")

    def load() -> Splits:
        return load_splits(DataConfig(source="my.csv"), allow_fallback=False, notify=lambda _line: None)

    monkeypatch.chdir(tmp_path)
    lines = [f"글 {row:02} 하나,{row % 2}" for row in range(60)]
    Path("my.csv").write_text("\n".join(["text,label", *lines]) + "\n", encoding="utf-8")
    Path("teacher.csv").write_text("text,0,1\n글 01 하나,0.1,0.9\n다른 글,0.5,0.5\n", encoding="utf-8")
    Path("small.yaml").write_text("model: {embedding_size: 4, hidden_size: 4}\ntokenizer: {vocab_size: 60}\n")
    before = load()
    assert before.test is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sentiment.training.runner.runner.train_to_the_end", stop)
        options = ("--teacher", "teacher.csv", "--threads", "1", "--out", "out")
        assert run_command("train", "./small.yaml", "--data", "my.csv", *options).exit_code == 130
    changed = before.test.texts[0]
    Path("my.csv").write_text(
        Path("my.csv").read_text(encoding="utf-8").replace(changed, f"{changed}!"), encoding="utf-8"
    )
    after = load()
    assert (after.train.sha256, after.validation.sha256) == (before.train.sha256, before.validation.sha256)
    refused = run_command("train", "--resume", "out")
    assert refused.exit_code == 6
    assert "my.csv: changed since the training began" in refused.stderr
