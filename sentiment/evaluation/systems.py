"""Compare models on the same rows, where the same experiment with several seeds is one system."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.data import LabelledTexts, known_spelling
from sentiment.errors import DataError
from sentiment.evaluation.answers import Answers, answers_to
from sentiment.evaluation.comparison import compare_paired
from sentiment.inference import Classifier
from sentiment.metrics import accuracy_interval
from sentiment.model_dir import ModelDirectory, ModelSummary, called
from sentiment.probabilities import most_probable
from sentiment.stats.comparing import bootstrap_difference, compare_over_seeds, holm

MCNEMAR, OVER_SEEDS = "McNemar, exact", "t test over rows and seeds"
TIMED_ROWS, TIMED_ROUNDS = 512, 3
DISAGREEMENTS_SHOWN = 20


@dataclass(frozen=True)
class System:
    """A model, or several that differ only in their seed, measured on n rows.

    Attributes:
        name: for people.
        models: the directories.
        accuracy: mean over the models.
        accuracy_interval: Wilson's 95 % interval of a single model; None for several.
        spread: standard deviation of the accuracy over the models; None for one.
        size_bytes: of the files of a model, on average.
        rows_per_second: of the first model on these rows, with one thread.
    """

    name: str
    models: tuple[Path, ...]
    accuracy: float
    accuracy_interval: tuple[float, float] | None
    spread: float | None
    size_bytes: float
    rows_per_second: float


@dataclass(frozen=True)
class Pair:
    """Two systems compared on the same rows.

    Attributes:
        first: name of a system.
        second: name of the other.
        difference: accuracy of the first minus that of the second.
        interval: its 95 % interval: by a paired bootstrap of the rows, or with several seeds by the test.
        only_first_right: rows that only the first gets right; None with several seeds.
        only_second_right: rows that only the second gets right; None with several seeds.
        test: its name.
        p_value: of no difference.
        p_adjusted: the same, adjusted for the number of pairs (Holm).
    """

    first: str
    second: str
    difference: float
    interval: tuple[float, float]
    only_first_right: int | None
    only_second_right: int | None
    test: str
    p_value: float
    p_adjusted: float


@dataclass(frozen=True)
class Disagreement:
    """A row that systems predict differently; `predicted` has the label of each system's first model."""

    text: str
    truth: str
    predicted: dict[str, str]


@dataclass(frozen=True)
class Comparison:
    """Systems measured on the same rows.

    Attributes:
        data: name of the rows.
        n: rows that every model predicts.
        systems: the most accurate first.
        pairs: every two of them.
        num_disagreements: rows that their first models predict differently.
        disagreements: some of those, drawn at random.
    """

    data: str
    n: int
    systems: tuple[System, ...]
    pairs: tuple[Pair, ...]
    num_disagreements: int
    disagreements: tuple[Disagreement, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; every number is finite."""
        fields = asdict(self)
        for system in fields["systems"]:
            system["models"] = list(map(str, system["models"]))
        return fields


@dataclass(frozen=True, eq=False)
class _Measured:
    """The models of a system, and their predictions of the rows."""

    name: str
    directories: list[ModelDirectory]
    answers: list[Answers]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each model is right on each row, (models, n)."""
        return np.stack([one.is_right for one in self.answers])

    @property
    def predicted(self) -> list[str]:
        """The label that the first model predicts for each row."""
        first = self.answers[0]
        return [first.labels[best] for best in most_probable(first.probabilities)]


def compare_models(
    models: Sequence[Path],
    rows: LabelledTexts,
    *,
    threads: int | None = None,
    cache: Path | None = None,
    seed: int = 0,
    notify: Notify,
) -> Comparison:
    """Compare models on rows that none of them was trained on.

    Args:
        models: two directories or more.
        rows: to predict.
        threads: batches that run at the same time; one per core if None.
        cache: the cache folder for predictions; None for the user's cache folder.
        seed: of the bootstrap, and of the choice of rows to show.
        notify: gets notes for people.

    Raises:
        DataError: the models are not two systems, a row has a label that a model does not have, or no row is predicted
            by all of them.
        ModelDirectoryError: a model cannot be read.
    """
    directories = {path.resolve(): ModelDirectory.open(path) for path in models}
    systems = _grouped(list(directories.values()))
    if len(systems) < 2:
        what = "is one model" if len(directories) < 2 else "differ only in their seed"
        raise DataError(f"{', '.join(called(path) for path in models)}: {what}; give two or more to compare")
    measured = _on_common_rows(
        {
            name: [(one, answers_to(rows, one, threads=threads, cache=cache, notify=notify)) for one in several]
            for name, several in systems.items()
        },
        rows.name,
    )
    measured.sort(key=lambda one: float(one.right.mean()), reverse=True)
    speeds = _speeds([one.directories[0] for one in measured], measured[0].answers[0].texts)
    disagreeing = _disagreeing(measured)
    rng = np.random.default_rng(seed)
    shown = np.sort(rng.permutation(disagreeing)[:DISAGREEMENTS_SHOWN])
    return Comparison(
        data=rows.name,
        n=measured[0].right.shape[1],
        systems=tuple(_system(one, speed) for one, speed in zip(measured, speeds, strict=True)),
        pairs=_pairs(measured, seed),
        num_disagreements=len(disagreeing),
        disagreements=tuple(_disagreement(measured, int(row)) for row in shown),
    )


def _grouped(directories: Sequence[ModelDirectory]) -> dict[str, list[ModelDirectory]]:
    """Put models of the same experiment, training rows, start and teacher together, if their seeds differ."""
    groups: dict[tuple[str, int], list[ModelDirectory]] = {}
    seeds: Counter[tuple[str, int]] = Counter()
    for directory in directories:
        config = directory.config.model_dump(mode="json")
        seed = config["training"].pop("seed")
        del config["training"]["threads"]
        summary = ModelSummary.read(directory.path)
        files = [("data", "train", "sha256"), ("started_from", "weights_sha256"), ("teacher", "sha256")]
        origin = [summary.figure(*file) for file in files]
        key = json.dumps([config, directory.labels, origin], sort_keys=True)
        groups.setdefault((key, seeds[key, seed]), []).append(directory)
        seeds[key, seed] += 1
    return {
        called(several[0].path) + (f" and {len(several) - 1} more seeds" if len(several) > 1 else ""): several
        for several in groups.values()
    }


def _on_common_rows(answered: dict[str, list[tuple[ModelDirectory, Answers]]], name: str) -> list[_Measured]:
    """Keep the rows that all models predict."""
    common = np.all([answers.is_answered for several in answered.values() for _, answers in several], axis=0)
    if not common.any():
        raise DataError(f"{name}: no row has a text that all models can read; nothing to compare")
    return [
        _Measured(name, [one for one, _ in several], [answers.select(common) for _, answers in several])
        for name, several in answered.items()
    ]


def _speeds(directories: Sequence[ModelDirectory], texts: Sequence[str]) -> list[float]:
    """Return rows per second of each model: the best of some rounds, in which they take turns."""
    some = list(texts[:TIMED_ROWS])
    classifiers = [Classifier.load(one.path, threads=1) for one in directories]
    least = [float("inf")] * len(classifiers)
    for _ in range(TIMED_ROUNDS):
        for place, classifier in enumerate(classifiers):
            started = time.perf_counter()
            classifier.score(some)
            least[place] = min(least[place], time.perf_counter() - started)
    return [len(some) / seconds for seconds in least]


def _system(measured: _Measured, rows_per_second: float) -> System:
    right = measured.right
    accuracies = right.mean(axis=1)
    is_alone = len(right) == 1
    sizes = [sum(file.size_bytes for file in one.manifest.files.values()) for one in measured.directories]
    return System(
        name=measured.name,
        models=tuple(one.path for one in measured.directories),
        accuracy=float(accuracies.mean()),
        accuracy_interval=accuracy_interval(int(right.sum()), right.shape[1]) if is_alone else None,
        spread=None if is_alone else float(accuracies.std(ddof=1)),
        size_bytes=float(np.mean(sizes)),
        rows_per_second=rows_per_second,
    )


def _pairs(measured: Sequence[_Measured], seed: int) -> tuple[Pair, ...]:
    found = [_pair(first, second, seed) for first, second in combinations(measured, 2)]
    adjusted = holm([fields["p_value"] for fields in found])
    return tuple(Pair(**fields, p_adjusted=p_value) for fields, p_value in zip(found, adjusted, strict=True))


def _pair(first: _Measured, second: _Measured, seed: int) -> dict[str, Any]:
    names = {"first": first.name, "second": second.name}
    one, other = first.right, second.right
    if len(one) > 1 or len(other) > 1:
        over = compare_over_seeds(one, other)
        counts = {"only_first_right": None, "only_second_right": None}
        found = {"difference": over.difference, "interval": over.interval, "p_value": over.p_value}
        return {**names, **found, **counts, "test": OVER_SEEDS}
    paired = compare_paired(one[0], other[0])
    return {
        **names,
        "difference": paired.accuracy_difference,
        "interval": bootstrap_difference(one[0].astype(float), other[0].astype(float), seed),
        "only_first_right": paired.only_model_correct,
        "only_second_right": paired.only_baseline_correct,
        "test": MCNEMAR,
        "p_value": paired.p_value,
    }


def _disagreeing(measured: Sequence[_Measured]) -> NDArray[np.int64]:
    known = measured[0].answers[0].labels
    spellings = [known_spelling(one.answers[0].labels, known) for one in measured]
    predicted = np.array(
        [
            [spelling.get(label, label) for label in one.predicted]
            for one, spelling in zip(measured, spellings, strict=True)
        ]
    )
    return np.flatnonzero((predicted != predicted[0]).any(axis=0))


def _disagreement(measured: Sequence[_Measured], row: int) -> Disagreement:
    answers = measured[0].answers[0]
    predicted = {one.name: one.predicted[row] for one in measured}
    return Disagreement(answers.texts[row], answers.labels[answers.truth[row]], predicted)
