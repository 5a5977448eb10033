"""A check of behaviour: a model directory and a suite in, a report out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.data.behaviour import Expectation, load_suite, suite_for
from sentiment.errors import DataError, MissingExtraError
from sentiment.evaluation.baselines import LINEAR, MAJORITY, majority_probabilities
from sentiment.evaluation.behaviour.outcomes import LabelMap, Outcome, judge
from sentiment.evaluation.behaviour.results import Result, Results
from sentiment.evaluation.kept_linear import KeptLinear
from sentiment.evaluation.linear import NumberedRows, missing_extra
from sentiment.evaluation.rows import load_training_rows, number_labels
from sentiment.evaluation.training_origin import TrainingOrigin
from sentiment.files import parse_json
from sentiment.inference import Classifier
from sentiment.model_dir import TOKENIZER_FILE, ModelDirectory
from sentiment.text.scripts import hangul_share

AUTO = "auto"
_LEAST_HANGUL = 0.2

Answers = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class BehaviourReport:
    """What a model did with a suite.

    Attributes:
        model: the model directory.
        model_sha256: its fingerprint, over every file of it.
        suite: its name or path.
        suite_sha256: of its file.
        labels: of each label of the suite that the model has, the model's.
        missing_labels: labels of the suite that the model lacks; cases that expect one are skipped.
        reasons: why a baseline is not available, by its name.
        kinds: the result of each kind, in the order of the suite.
        tests: the result of each kind of test.
        overall: the result of all cases.
        outcomes: of every case that was judged.
    """

    model: Path
    model_sha256: str
    suite: str
    suite_sha256: str
    labels: Mapping[str, str]
    missing_labels: tuple[str, ...]
    reasons: Mapping[str, str]
    kinds: Mapping[str, Result]
    tests: Mapping[str, Result]
    overall: Result
    outcomes: tuple[Outcome, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the object that `sentiment eval --behaviour --json` prints: plain JSON types, every number finite."""
        return {**asdict(self), "model": str(self.model)}


def check_behaviour(
    model: Path,
    suite: str = AUTO,
    *,
    threads: int | None = None,
    cache: Path | None = None,
    with_baselines: bool = True,
    notify: Notify,
) -> BehaviourReport:
    """Check a model on a suite, and two baselines that learn from its own training rows.

    Args:
        model: the model directory.
        suite: the name of a suite, a YAML file, or `AUTO` for one in the script that the model reads.
        threads: batches that run at the same time; one per core if None.
        cache: the cache folder for the linear model; None for the user's cache folder.
        with_baselines: whether to compute the baselines, which requires reading the model's training rows.
        notify: gets notes for people, one line each.

    Raises:
        ModelDirectoryError: if the model cannot be read.
        DataError: if the suite cannot be read, or the model lacks its labels.
    """
    directory = ModelDirectory.open(model)
    read = suite_for([_main_script(directory)]) if suite == AUTO else load_suite(suite)
    known = LabelMap.of(read, directory.labels)
    texts = list(dict.fromkeys(text for case in read.cases for text in case.texts))
    answers = _by_text(texts, Classifier.load(model, threads=threads).probabilities(texts))
    baselines, reasons = _baselines(directory, texts, cache, notify) if with_baselines else ({}, {})
    outcomes = judge(read.cases, known, answers)
    by_baseline = {name: judge(read.cases, known, others) for name, others in baselines.items()}
    results = Results(read.cases, outcomes, by_baseline)
    return BehaviourReport(
        model=model,
        model_sha256=directory.fingerprint(),
        suite=read.name,
        suite_sha256=read.sha256,
        labels={label: known.labels[column] for label, column in known.columns.items()},
        missing_labels=known.missing,
        reasons=reasons,
        kinds={kind: results.of(kind=kind) for kind in read.kinds},
        tests={str(test): results.of(test=test) for test in Expectation},
        overall=results.of(),
        outcomes=tuple(outcomes),
    )


def _main_script(directory: ModelDirectory) -> str:
    """Return the script that most tokens of a model are written in: Hangul, or else Latin."""
    tokens = parse_json(directory.read(TOKENIZER_FILE))["model"]["vocab"]
    texts = tokens if isinstance(tokens, dict) else [token for token, _ in tokens]
    return "Hangul" if hangul_share(texts) >= _LEAST_HANGUL else "Latin"


def _baselines(
    directory: ModelDirectory, texts: Sequence[str], cache: Path | None, notify: Notify
) -> tuple[dict[str, Answers], dict[str, str]]:
    """Return what the baselines answer, and why one of them is not available."""
    origin = TrainingOrigin.read(directory)
    try:
        training = load_training_rows(origin, notify)
    except (DataError, MissingExtraError) as error:
        reason = f"the model's training rows are not available: {error}"
        return {}, dict.fromkeys((LINEAR, MAJORITY), reason)
    numbers = number_labels(training.rows, directory.labels)
    numbered = NumberedRows(training.rows.texts, numbers, len(directory.labels))
    answers = {MAJORITY: _by_text(texts, majority_probabilities(numbered, len(texts)))}
    if (fault := missing_extra()) is not None:
        return answers, {LINEAR: str(fault)}
    linear = KeptLinear(numbered, cache, notify).probabilities(texts)
    return {LINEAR: _by_text(texts, linear), **answers}, {}


def _by_text(texts: Sequence[str], probabilities: NDArray[np.float32]) -> Answers:
    return dict(zip(texts, probabilities, strict=True))
