"""Combine several models into one file of answers."""

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.data import Splits, label_names, load_pretraining_texts, texts_apart_from
from sentiment.ensemble.members import Member, file_member, linear_member, model_member, shared_rows
from sentiment.ensemble.pool import Pool
from sentiment.errors import DataError, MissingExtraError, OutputError
from sentiment.evaluation.rows import number_labels
from sentiment.metrics import classification_metrics
from sentiment.text.encoding import replace_surrogates
from sentiment.writing import whole_file

TOGETHER = "together"


@dataclass(frozen=True)
class MemberResult:
    """The figures of a member, or of all of them together, on the validation rows.

    Attributes:
        name: of the member, or `TOGETHER`.
        weight: of its log probabilities; 1 for all together.
        accuracy: on the validation rows.
        log_loss: on them, in nats.
    """

    name: str
    weight: float
    accuracy: float
    log_loss: float


@dataclass(frozen=True)
class TeacherFile:
    """A file of answers to write; the format is checked by its name before the work.

    Attributes:
        path: of the file, CSV or Parquet by its name.
    """

    path: Path

    @classmethod
    def check(cls, path: Path, *, replace: bool) -> "TeacherFile":
        """Fail early where writing would fail after an hour of work.

        Raises:
            OutputError: the file exists and may not be replaced, its folder is missing, or its format cannot be
                written.
            MissingExtraError: it is Parquet, and pyarrow is not installed.
        """
        if path.suffix.lower() not in {".csv", ".parquet"}:
            raise OutputError(f"{path}: answers are written as CSV or Parquet; end the name in .csv or .parquet")
        if path.exists() and not (replace and path.is_file()):
            raise OutputError(f"{path}: already exists; choose another place, or replace a file with `force`")
        if not path.parent.is_dir():
            raise OutputError(f"{path}: its folder does not exist; create it first")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise OutputError(f"{path}: its folder is not writable; choose another place")
        if path.suffix.lower() == ".parquet" and find_spec("pyarrow") is None:
            raise MissingExtraError("pyarrow", "tables")
        return cls(path)

    def write(self, texts: Sequence[str], labels: Sequence[str], probabilities: NDArray[np.floating]) -> None:
        """Write texts and probabilities atomically.

        Raises:
            OutputError: it cannot be written.
        """
        header = ["text", *(f"probability_{label}" for label in labels)]
        numbers = probabilities.astype(np.float32)
        sound = list(map(replace_surrogates, texts))
        write = _write_parquet if self.path.suffix.lower() == ".parquet" else _write_csv
        try:
            with whole_file(self.path) as file:
                write(file, header, sound, numbers)
        except OSError as error:
            raise OutputError(
                f"{self.path}: cannot be written ({error.strerror or error}); choose another place, or free some space"
            ) from error


def answer_together(
    members: Sequence[str],
    sources: Sequence[str],
    out: TeacherFile,
    *,
    with_linear: bool,
    threads: int | None,
    notify: Notify,
) -> list[MemberResult]:
    """Weight members by the validation rows of the models among them, and write their combined answers.

    Texts that equal a test text of the models are left out.

    Args:
        members: models, by directory or name, or files of answers; at least one is a model.
        sources: named data sets or files with the texts to answer; empty for the training rows of the models.
        out: the file to write.
        with_linear: whether a linear model on character n-grams, fitted on the training rows, is a member.
        threads: of each model; all cores if None.
        notify: gets notes on the progress.

    Returns:
        The figures of each member, and last those of all together.

    Raises:
        DataError: the models were trained on different rows, or these or the texts are not available.
        ModelDirectoryError: a model is invalid.
        MissingExtraError: a package is not installed.
        OutputError: the file cannot be written.
    """
    files = [name for name in members if Path(name).is_file()]
    splits = shared_rows([name for name in members if name not in files], notify)
    labels = label_names(splits.train.labels)
    several = [
        file_member(Path(name), labels, splits.validation, notify)
        if name in files
        else model_member(name, labels, threads)
        for name in members
    ]
    if with_linear:
        several.append(linear_member(splits.train, notify))
    pool, results = _weigh(several, splits, labels)
    texts = _texts_to_answer(sources, splits, notify)
    asked = np.flatnonzero(pool.weights)
    answers = []
    for member in (several[number] for number in asked.tolist()):
        notify(f"{member.name}: scoring {len(texts):,} texts")
        answers.append(member.answer(texts))
    out.write(texts, labels, Pool(pool.weights[asked], pool.biases).join(np.stack(answers)))
    return results


def _weigh(members: Sequence[Member], splits: Splits, labels: Sequence[str]) -> tuple[Pool, list[MemberResult]]:
    """Fit the pool on the validation rows.

    Raises:
        DataError: no member is better than guessing.
    """
    truth = number_labels(splits.validation, labels)
    answers = np.stack([member.answer(splits.validation.texts) for member in members])
    pool = Pool.fit(answers, truth)
    if not pool.weights.any():
        raise DataError("no member is better than a guess on the validation rows; choose other models")
    names, weights = [*(member.name for member in members), TOGETHER], [*pool.weights.tolist(), 1.0]
    results = []
    for name, weight, probabilities in zip(names, weights, [*answers, pool.join(answers)], strict=True):
        metrics = classification_metrics(truth, probabilities, labels)
        results.append(MemberResult(name, weight, metrics.accuracy, metrics.log_loss))
    return pool, results


def _texts_to_answer(sources: Sequence[str], splits: Splits, notify: Notify) -> list[str]:
    """Return the distinct texts of some sources, without those that equal a test text.

    Raises:
        DataError: there are none.
    """
    read = load_pretraining_texts(sources, splits.read_as, notify).texts if sources else splits.train.texts
    texts = list(dict.fromkeys(read))
    kept = texts_apart_from(texts, () if splits.test is None else splits.test.texts)
    if not len(kept):
        raise DataError(f"{', '.join(sources)}: every text equals a test text; choose other texts")
    return [texts[row] for row in kept.tolist()]


def _write_csv(file: BinaryIO, header: Sequence[str], texts: Sequence[str], numbers: NDArray[np.float32]) -> None:
    stream = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([text, *map(str, row)] for text, row in zip(texts, numbers, strict=True))
    stream.flush()
    stream.detach()


def _write_parquet(file: BinaryIO, header: Sequence[str], texts: Sequence[str], numbers: NDArray[np.float32]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table([pa.array(texts, pa.string()), *map(pa.array, numbers.T)], header), file)
