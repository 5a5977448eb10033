"""A complete evaluation: a model directory and rows in, a report out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sentiment.callbacks import Notify
from sentiment.data import SAMPLED_COLUMN, LabelledTexts
from sentiment.errors import DataError
from sentiment.evaluation.answers import Answers, answers_to
from sentiment.evaluation.baselines import beside_baselines, without_baselines
from sentiment.evaluation.report import ChosenRowsAccuracy, EvaluatedData, EvaluationReport, Score, TrainedOn
from sentiment.evaluation.rows import (
    CROSS_VALIDATION,
    EvaluationRows,
    WantedRows,
    drawn_at_random,
    load_evaluation_rows,
    refuse_known_rows,
)
from sentiment.evaluation.slices import slices_of
from sentiment.evaluation.systems import compare_models
from sentiment.evaluation.training_origin import TrainingOrigin
from sentiment.model_dir import ModelDirectory, called
from sentiment.tables import TableOptions


def evaluate(
    model: Path,
    *,
    data: str | None = None,
    split: str | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
    options: TableOptions | None = None,
    by: Sequence[str] = (),
    threads: int | None = None,
    cache: Path | None = None,
    with_baselines: bool = True,
    against: Sequence[Path] = (),
    scored: Callable[[EvaluationReport], None] | None = None,
    notify: Notify,
) -> EvaluationReport:
    """Measure a model on rows, and compare it with two baselines trained on the model's own training rows.

    `majority class` predicts the shares of the classes in training for every row; `character n-gram linear` is that of
    `linear_probabilities`. Where they are not available, the report gives the reason instead. A model
    that was trained on all of its rows is scored by its cross-validation, unless other rows are given.

    Args:
        model: the model directory.
        data: a named data set, a file or hub:NAME; None for the data set that the model was trained on.
        split: train, validation or test; None for test if there is one, else for all rows.
        text_column: the column of `data` with the texts; auto-detected if None.
        label_column: the column of `data` with the labels; auto-detected if None.
        options: for reading `data`, if it is a file.
        by: columns of the rows, for the accuracy by each of their values.
        threads: batches that run at the same time; one per core if None.
        cache: the cache folder for predictions and the linear model; None for the user's cache folder.
        with_baselines: whether to compute the baselines, which requires reading the model's training rows.
        against: other models to compare it with on the same rows.
        scored: gets the report without baselines, before any time is spent on them.
        notify: gets notes for people, one line each.

    Raises:
        ModelDirectoryError: if the model cannot be read.
        DataError: if the rows cannot be read, have a label that is not among the model's, or none has a prediction.
        MissingExtraError: if reading the rows needs a package that is not installed.
    """
    directory = ModelDirectory.open(model)
    origin = TrainingOrigin.read(directory)
    _warn_of_fallback(origin, model, notify)
    wanted = WantedRows(data, split, text_column, label_column, options or TableOptions(), tuple(by))
    loaded = load_evaluation_rows(origin, wanted, notify)
    chosen, unsure_rows = drawn_at_random(loaded, notify)
    report, answers = _measure(directory, origin, chosen, unsure_rows, threads, cache, notify)
    _check_comparable(loaded, origin, against, has_answers=answers is not None)
    if scored is not None:
        scored(report)
    if against:
        compared = compare_models([model, *against], chosen.rows, threads=threads, cache=cache, notify=notify)
        report = replace(report, against=compared)
    if answers is None:
        return without_baselines(report, "the model was trained on all of these rows; choose others to compare on")
    if not with_baselines:
        return without_baselines(report, "not requested")
    return beside_baselines(report, answers, chosen.training, origin, cache, notify)


def _measure(
    directory: ModelDirectory,
    origin: TrainingOrigin,
    chosen: EvaluationRows,
    unsure_rows: LabelledTexts | None,
    threads: int | None,
    cache: Path | None,
    notify: Notify,
) -> tuple[EvaluationReport, Answers | None]:
    """Return the report without baselines, and the answers to the chosen rows; None where they are cross-validated."""
    answers, readable, slices = None, None, {}
    if chosen.split == CROSS_VALIDATION and origin.cross_validation is not None:
        score = Score(origin.cross_validation, None)
    else:
        answers = answers_to(chosen.rows, directory, threads=threads, cache=cache, notify=notify)
        readable = answers.readable(chosen.rows.name)
        cells = chosen.rows.cells_of(np.flatnonzero(answers.is_answered).tolist())
        slices = slices_of(readable, {column: cells[column] for column in cells if column != SAMPLED_COLUMN})
        score = Score.of(readable, chosen.training.known_texts if chosen.training else None)
    least_certain = None
    if unsure_rows is not None:
        unsure = answers_to(unsure_rows, directory, threads=threads, cache=cache, notify=notify)
        least_certain = ChosenRowsAccuracy.of(unsure.readable(unsure_rows.name))
    report = EvaluationReport(
        model=directory.path,
        model_sha256=directory.fingerprint(),
        labels=directory.labels,
        data=_describe(chosen),
        trained_on=TrainedOn(origin.config.source, origin.is_fallback, origin.asked_source, None),
        score=score,
        without_tokens=0 if answers is None else len(chosen.rows.texts) - score.metrics.n,
        least_certain=least_certain,
        slices=slices,
        answers=readable,
    )
    return report, answers


def _warn_of_fallback(origin: TrainingOrigin, model: Path, notify: Notify) -> None:
    if origin.is_fallback:
        notify(
            f"WARNING: {origin.asked_source} could not be reached when {model} was trained; "
            f"it was trained only on the small data set {origin.config.source}"
        )


def _check_comparable(
    loaded: EvaluationRows, origin: TrainingOrigin, against: Sequence[Path], *, has_answers: bool
) -> None:
    """Refuse to compare models on rows that one of them was trained on."""
    if against and not has_answers:
        raise DataError(f"{loaded.source}: the model was trained on all of these rows; choose others with `data`")
    others = {called(path): TrainingOrigin.read(ModelDirectory.open(path)) for path in against}
    refuse_known_rows(loaded, origin, others)


def _describe(chosen: EvaluationRows) -> EvaluatedData:
    rows = chosen.rows
    return EvaluatedData(
        source=chosen.source,
        name=rows.name,
        split=chosen.split,
        sha256=rows.sha256,
        text_column=rows.text_column,
        label_column=rows.label_column,
        counts=rows.counts,
    )
