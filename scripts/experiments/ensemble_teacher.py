r"""Let several models answer many texts together, for `sentiment train --teacher`.

    SENTIMENT_DATA=... python scripts/experiments/ensemble_teacher.py runs/a runs/b --linear \
        --rated naver-movie-reviews --texts nsmc naver-movie-reviews --out teacher.parquet

The members' log-probabilities are added, each times a weight, plus a number for each class. Weights and numbers are
those of the least log loss on the validation rows that all models share (a logarithmic opinion pool; Hinton 2002,
"Training products of experts", section 2), so the sum is calibrated too, and a member that knows nothing new gets no
weight.

No text that equals a test text is answered, nor does one teach the linear models by its stars, nor one that equals a
validation text; `sentiment train` leaves both out.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.optimize import minimize

from sentiment import Classifier
from sentiment.config import DataConfig
from sentiment.data import ABSENT, Splits, label_names, load_pretraining_texts, load_splits, texts_apart_from
from sentiment.errors import DataError, SentimentError
from sentiment.evaluation import LinearSettings, NumberedRows, fit_linear
from sentiment.evaluation.rows import number_labels
from sentiment.metrics import classification_metrics, log_loss
from sentiment.model_dir import ModelDirectory
from sentiment.probabilities import softmax

NEGATIVE_STARS, POSITIVE_STARS = range(1, 5), range(9, 11)
"""What NSMC itself took for negative and positive; https://github.com/e9t/nsmc."""
STAR_CLASSES = ("negative", "positive")
"""The classes that stars tell apart, in the order of labels."""
LEAST_PROBABILITY = 1e-6

Answer = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class Member:
    """One that answers: texts in, (texts, classes) probabilities out; a text that says nothing to it has alike ones."""

    name: str
    answer: Answer


@dataclass(frozen=True)
class Pool:
    """How the members' answers become one.

    Attributes:
        weights: (members,), >= 0.
        biases: (classes,).
    """

    weights: NDArray[np.float64]
    biases: NDArray[np.float64]

    @classmethod
    def fit(cls, answers: NDArray[np.floating], labels: NDArray[np.int64]) -> "Pool":
        """Find the least log loss.

        Args:
            answers: (members, rows, classes), probabilities.
            labels: (rows,), the true classes.
        """
        members, rows, classes = answers.shape
        logs = _logarithms(answers)

        def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            probabilities = softmax(np.tensordot(point[:members], logs, axes=1) + point[members:])
            errors = probabilities.copy()
            errors[np.arange(rows), labels] -= 1.0
            gradient = np.concatenate([np.tensordot(logs, errors, axes=2), errors.sum(axis=0)]) / rows
            return log_loss(labels, probabilities), gradient

        start = np.concatenate([np.full(members, 1.0 / members), np.zeros(classes)])
        bounds = [(0.0, None)] * members + [(None, None)] * classes
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
        return cls(found.x[:members], found.x[members:])

    def join(self, answers: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the probabilities, (rows, classes), that answers of (members, rows, classes) make together."""
        return softmax(np.tensordot(self.weights, _logarithms(answers), axes=1) + self.biases)


def _logarithms(answers: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.log(np.maximum(answers.astype(np.float64), LEAST_PROBABILITY))


def with_rated_rows(rows: NumberedRows, splits: Splits, data: DataConfig, source: str) -> NumberedRows:
    """Add the texts whose stars are as clear as those of NSMC's rows.

    Raises:
        DataError: the source has no ratings, or the classes are not those that stars tell apart.
    """
    names = label_names(splits.train.labels)
    if names != STAR_CLASSES:
        raise DataError(f"{source}: stars tell {' from '.join(STAR_CLASSES)}; the labels are {', '.join(names)}")
    rated = load_pretraining_texts([source], data, notify)
    if not rated.grade_values:
        raise DataError(f"{source}: has no ratings; name a source that has")
    stars = np.where(rated.grades == ABSENT, 0, np.array(rated.grade_values)[rated.grades])
    kept = texts_apart_from(rated.texts, [*splits.validation.texts, *test_texts(splits)])
    sides = [kept[np.isin(stars[kept], list(side))] for side in (NEGATIVE_STARS, POSITIVE_STARS)]
    texts = [*rows.texts, *(rated.texts[row] for row in np.concatenate(sides).tolist())]
    labels = np.concatenate([rows.labels, *(np.full(len(side), label) for label, side in enumerate(sides))])
    notify(f"{source}: {len(sides[0]):,} texts whose stars say negative, {len(sides[1]):,} positive")
    return NumberedRows(texts, labels, 2)


def test_texts(splits: Splits) -> Sequence[str]:
    """Return the texts that the models are tested on."""
    return () if splits.test is None else splits.test.texts


def texts_to_answer(sources: Sequence[str], splits: Splits, data: DataConfig) -> list[str]:
    """Return the texts of some sources, each once, but for every one that equals a test text."""
    texts = list(dict.fromkeys(load_pretraining_texts(sources, data, notify).texts))
    return [texts[row] for row in texts_apart_from(texts, test_texts(splits)).tolist()]


def shared_data(models: Sequence[Path]) -> DataConfig:
    """Return what all models were trained on, split as they were.

    Raises:
        DataError: they differ in it.
    """
    first, *others = [ModelDirectory.open(model).config.data for model in models]
    for model, other in zip(models[1:], others, strict=True):
        if other != first:
            raise DataError(f"{model}: was trained on other rows than {models[0]}; name models of the same ones")
    return first


def linear_member(name: str, rows: NumberedRows) -> Member:
    """Fit a linear model."""
    notify(f"{name}: fitting it on {len(rows.texts):,} rows")
    settings = replace(LinearSettings.for_rows(len(rows.texts)), balanced=True)  # most stars say positive
    return Member(name, fit_linear(rows, settings, notify).probabilities)


def answers_of(model: Classifier) -> Answer:
    """Return the function that answers; a text without a token, of which a model says nothing, gets alike shares."""

    def answer(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.nan_to_num(model.probabilities(texts), nan=1.0 / len(model.labels))

    return answer


def members_of(chosen: argparse.Namespace, splits: Splits, data: DataConfig) -> list[Member]:
    """Load the models and fit the linear ones."""
    labels = label_names(splits.train.labels)
    members = []
    for path in chosen.models:
        model = Classifier.load(path, threads=chosen.threads)
        if list(model.labels) != list(labels):
            raise DataError(f"{path}: knows other labels than {', '.join(labels)}")
        members.append(Member(path.name, answers_of(model)))
    rows = NumberedRows(splits.train.texts, number_labels(splits.train, labels), len(labels))
    if chosen.linear:
        members.append(linear_member("linear", rows))
    if chosen.rated is not None:
        members.append(linear_member("linear, rated texts too", with_rated_rows(rows, splits, data, chosen.rated)))
    return members


def validated(members: Sequence[Member], splits: Splits) -> Pool:
    """Fit the pool on the validation rows, and print what each member and the pool reach there.

    Raises:
        DataError: there are no validation rows, or no member knows anything of them.
    """
    if not splits.validation.texts:
        raise DataError(f"{splits.source}: the models kept no validation rows to weigh them by; train them with some")
    names = label_names(splits.train.labels)
    labels = number_labels(splits.validation, names)
    answers = np.stack([member.answer(splits.validation.texts) for member in members])
    pool = Pool.fit(answers, labels)
    print("| member | weight | validation accuracy % | log loss |\n| --- | --- | --- | --- |")
    shown = [*((member.name, weight) for member, weight in zip(members, pool.weights, strict=True)), ("together", 1.0)]
    for (name, weight), probabilities in zip(shown, [*answers, pool.join(answers)], strict=True):
        metrics = classification_metrics(labels, probabilities, names)
        print(f"| {name} | {weight:.2f} | {100 * metrics.accuracy:.2f} | {metrics.log_loss:.4f} |", flush=True)
    if not pool.weights.any():
        raise DataError("no member knows more of the validation rows than a guess; name other models")
    return pool


def answered(member: Member, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return a member's answers, and tell of them."""
    notify(f"{member.name}: answering {len(texts):,} texts")
    return member.answer(texts)


def write_answers(path: Path, texts: Sequence[str], labels: Sequence[str], probabilities: NDArray[np.float64]) -> None:
    """Write texts and probabilities as Parquet; the file appears as a whole."""
    columns = {"text": pa.array(texts, pa.string())}
    for label, column in zip(labels, probabilities.T, strict=True):
        columns[f"probability_{label}"] = pa.array(column.astype(np.float32))
    temporary = path.with_name(f".{path.name}.part")
    pq.write_table(pa.table(columns), temporary)
    temporary.replace(path)


def notify(line: str) -> None:
    """Tell people how it goes."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Write the answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL", help="directories, trained on the same rows")
    parser.add_argument("--linear", action="store_true", help="the linear model on character n-grams is a member")
    parser.add_argument("--rated", metavar="SOURCE", help="so is one that clearly rated texts of SOURCE teach as well")
    parser.add_argument("--texts", nargs="+", required=True, metavar="SOURCE", help="what to answer")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new Parquet file")
    parser.add_argument("--threads", type=int)
    chosen = parser.parse_args()
    if not chosen.out.parent.is_dir():
        parser.error(f"--out {chosen.out}: its folder does not exist; make it first")
    try:
        data = shared_data(chosen.models)
        splits = load_splits(data, allow_fallback=False, notify=notify)
        members = members_of(chosen, splits, data)
        pool = validated(members, splits)
        texts = texts_to_answer(chosen.texts, splits, data)
        asked = np.flatnonzero(pool.weights)
        answers = [answered(members[number], texts) for number in asked.tolist()]
        together = Pool(pool.weights[asked], pool.biases).join(np.stack(answers))
        write_answers(chosen.out, texts, label_names(splits.train.labels), together)
    except SentimentError as error:
        sys.exit(f"error: {error}")
    print(f"{chosen.out}: {len(texts):,} texts")


if __name__ == "__main__":
    main()
