"""Distillation: a teacher's probabilities in addition to the labels, and texts that only the teacher has answered.

Source: Hinton et al. 2015, "Distilling the knowledge in a neural network", at temperature 1: the teacher's answers come
as probabilities, and one that is calibrated needs no softening.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.config import TrainingConfig
from sentiment.data import (
    ABSENT,
    Splits,
    TeacherAnswers,
    file_sha256,
    label_names,
    options_of,
    read_teacher,
    texts_apart_from,
)
from sentiment.errors import DataError
from sentiment.probabilities import most_probable


@dataclass(frozen=True)
class Teacher:
    """A teacher's answers, matched to the training rows.

    Attributes:
        path: of its file.
        sha256: of its file, in hex.
        added_texts: texts that are not training rows; they have only the teacher's answer.
        probabilities: (training rows + added texts, classes), float32; 0 where it does not answer.
        is_answered: (training rows + added texts,), whether it answers.
        num_unanswered: rows of the file without a text or an answer.
        num_left_out: texts of the file that equal a validation or a test text.
        agreement: share of the answered training rows whose label the teacher ranks first; None without such rows.
    """

    path: Path
    sha256: str
    added_texts: list[str]
    probabilities: NDArray[np.float32]
    is_answered: NDArray[np.bool_]
    num_unanswered: int
    num_left_out: int
    agreement: float | None

    @classmethod
    def read(cls, path: Path, splits: Splits, notify: Notify) -> "Teacher":
        """Read a file of answers and match it to the training rows by exact text.

        Args:
            path: CSV, TSV, JSONL, XLSX or Parquet.
            splits: the rows; texts equal to a validation or test row, up to case and white space, are left out.
            notify: gets a note on how many rows were matched, added and left out.

        Raises:
            DataError: the file cannot be used, or all of its texts are left out.
            MissingExtraError: it is Parquet, and pyarrow is not installed.
        """
        labels = label_names(splits.train.labels)
        sha256 = file_sha256(path)
        options = options_of(splits.read_as).for_another(str(path))
        answers = read_teacher(path, labels, splits.train.text_column, notify, options)
        reserved = splits.validation.texts + (splits.test.texts if splits.test is not None else [])
        kept = texts_apart_from(answers.texts, reserved)
        if not len(kept):
            raise DataError(f"{path}: all of its texts are validation or test texts; use answers to other texts")
        probabilities, is_answered, added_texts = _beside(splits.train.texts, answers, kept)
        teacher = cls(
            path,
            sha256,
            added_texts,
            probabilities,
            is_answered,
            answers.num_unanswered,
            len(answers.texts) - len(kept),
            _agreement(probabilities, is_answered, splits.train.labels, labels),
        )
        notify(f"{path}: {teacher.summary()}")
        return teacher

    @property
    def num_added(self) -> int:
        """Number of texts that have only the teacher's answer."""
        return len(self.added_texts)

    @property
    def num_matched(self) -> int:
        """Number of training rows that the teacher answers."""
        return int(self.is_answered.sum()) - self.num_added

    def summary(self) -> str:
        """Return a one-line summary of the file."""
        agreeing = "" if self.agreement is None else f" and agrees with {self.agreement:.2%} of their labels"
        left_out = f"; {self.num_left_out:,} texts equal a validation or a test text and are left out"
        unanswered = f"; {self.num_unanswered:,} rows without text or answer" if self.num_unanswered else ""
        return (
            f"the teacher answers {self.num_matched:,} training rows{agreeing}, and adds {self.num_added:,} texts "
            f"without a label{left_out if self.num_left_out else ''}{unanswered}"
        )

    def to_record(self) -> dict[str, str]:
        """Return what identifies the file when a training is resumed."""
        return {"path": str(self.path), "sha256": self.sha256}

    def to_dict(self, weight: float) -> dict[str, Any]:
        """Return its entry in metrics.json, as JSON values.

        Args:
            weight: its share of the target where a row has a label too.
        """
        return self.to_record() | {
            "weight": weight,
            "matched": self.num_matched,
            "added": self.num_added,
            "left_out": self.num_left_out,
            "unanswered": self.num_unanswered,
            "agreement": self.agreement,
        }


def mixed_targets(labels: NDArray[np.int64], teacher: Teacher, config: TrainingConfig) -> NDArray[np.float32]:
    """Return the target of each row: its label, the teacher's answer, or a mixture of both.

        (1 - w) onehot + w teacher

    with w = `training.teacher_weight` where a row has both, 0 without the teacher's answer and 1 without a label.

    Args:
        labels: (n,), the classes of training rows and added texts; ABSENT for the latter.
        teacher: of the same rows.
        config: gives w.

    Returns:
        (n, classes); every row sums to 1.
    """
    num_classes = teacher.probabilities.shape[1]
    is_labelled = labels != ABSENT
    weight = np.where(is_labelled, config.teacher_weight, 1.0) * teacher.is_answered
    own = np.zeros((len(labels), num_classes))
    own[np.flatnonzero(is_labelled), labels[is_labelled]] = 1.0
    targets: NDArray[np.float32] = ((1.0 - weight)[:, None] * own + weight[:, None] * teacher.probabilities).astype(
        np.float32
    )
    return targets


def _beside(
    training_texts: list[str], answers: TeacherAnswers, kept: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.bool_], list[str]]:
    """Return the answers to training rows and added texts, which rows have one, and the added texts."""
    row_of = {answers.texts[row]: row for row in kept.tolist()}
    rows = [row_of.get(text) for text in training_texts]
    known = set(training_texts)
    added_texts = [text for text in row_of if text not in known]
    rows += [row_of[text] for text in added_texts]
    is_answered = np.array([row is not None for row in rows], dtype=np.bool_)
    probabilities = np.zeros((len(rows), answers.probabilities.shape[1]), dtype=np.float32)
    probabilities[is_answered] = answers.probabilities[[row for row in rows if row is not None]]
    return probabilities, is_answered, added_texts


def _agreement(
    probabilities: NDArray[np.float32], is_answered: NDArray[np.bool_], labels: list[str], names: tuple[str, ...]
) -> float | None:
    number_of = {name: number for number, name in enumerate(names)}
    matched = np.flatnonzero(is_answered[: len(labels)])
    if not len(matched):
        return None
    truth = np.array([number_of[labels[row]] for row in matched.tolist()])
    return float((most_probable(probabilities[matched]) == truth).mean())
