"""Calibrate a finished model on other rows: its probabilities, and what it may promise about its errors."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.data import LabelledTexts
from sentiment.errors import DataError
from sentiment.evaluation.answers import Answers
from sentiment.inference import Classifier
from sentiment.inference.abstention import keeping
from sentiment.inference.inside.deletion_curve import DELETION_CURVE, deletion_curve
from sentiment.metrics import expected_calibration_error, log_loss
from sentiment.model_dir import (
    CALIBRATION_FILE,
    HIGHEST_TEMPERATURE,
    LOWEST_TEMPERATURE,
    METRICS_FILE,
    MOST_CALIBRATION_ROWS,
    README_FILE,
    CalibrationRows,
    ModelDirectory,
    called,
    staged_like,
)
from sentiment.model_dir.figures import metrics_json
from sentiment.probabilities import most_probable
from sentiment.stats.scaling import LEAST_ROWS_OF_A_CLASS, Scaling, choose_scaling
from sentiment.tables import listed

LEAST_ROWS, LEAST_ROWS_TO_SCALE = 20, 100
"""With fewer than the latter, the noise of a temperature exceeds the error that it corrects."""
USUAL_ERRORS = (0.01, 0.02, 0.05, 0.1)


@dataclass(frozen=True)
class Fit:
    """How well probabilities fit rows: log loss in nats, and the expected calibration error, 0 to 1."""

    log_loss: float
    ece: float

    @classmethod
    def of(cls, answers: Answers) -> "Fit":
        """Measure rows that all have a prediction."""
        return cls(
            log_loss(answers.truth, answers.probabilities),
            expected_calibration_error(answers.truth, answers.probabilities),
        )


@dataclass(frozen=True)
class Kept:
    """The threshold that keeps an error, and the share of the rows at or above it; both None if there is none."""

    max_error: float
    threshold: float | None
    answered: float | None


@dataclass(frozen=True)
class CalibrationReport:
    """A model calibrated again.

    Attributes:
        model: the new directory.
        data: the rows, for people.
        scaled_on: rows that the probabilities were fitted to; 0 if they are as before.
        reason: why they are as before, in words; None if they were fitted.
        temperature: divides the logits; with scales of each class, the best one without them.
        scales: of each class; None for the temperature alone.
        biases: of each class; None for the temperature alone.
        rows: that thresholds rest on; with two classes, all, as a temperature does not change their order.
        before: on `rows`, with the old probabilities.
        after: on `rows`, with the new ones.
        kept: for each error, the threshold that keeps it.
    """

    model: Path
    data: str
    scaled_on: int
    reason: str | None
    temperature: float
    scales: tuple[float, ...] | None
    biases: tuple[float, ...] | None
    rows: int
    before: Fit
    after: Fit
    kept: tuple[Kept, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {**asdict(self), "model": str(self.model)}


def calibrate_model(
    model: Path,
    rows: LabelledTexts,
    out: Path,
    *,
    max_errors: tuple[float, ...] = USUAL_ERRORS,
    is_replacing: bool = False,
    threads: int | None = None,
    seed: int = 0,
    notify: Notify,
) -> CalibrationReport:
    """Fit a model's probabilities to rows that it was not trained on, and write it to a new directory.

    With two classes, a temperature is fitted on all rows. With more, half of the rows, drawn at random, fit a
    temperature or, if that predicts left-out rows better, a scale and a bias of each class, which may change labels;
    the other half is kept to find thresholds with. The new directory holds what is known of each of these rows, without
    its text.

    Args:
        model: the directory of the model; it stays as it is.
        rows: with labels of the model.
        out: the directory to write.
        max_errors: for which to report a threshold; `predict` can find one for any other.
        is_replacing: whether an existing directory may be replaced.
        threads: batches that run at the same time; one per core if None.
        seed: of the division, and of the choice among more than 20,000 rows.
        notify: gets notes for people, also on classes of few rows.

    Raises:
        DataError: a row has a label that is not among the model's, or there are too few.
        ModelDirectoryError: the model cannot be read.
        OutputError: the new directory cannot be written.
    """
    directory = ModelDirectory.open(model)
    directory.verify()
    classifier = Classifier.load(model, threads=threads)
    before = Answers.of(classifier.score(rows.texts), rows, directory.labels).readable(rows.name)
    if len(before) < LEAST_ROWS:
        raise DataError(f"{rows.name}: {len(before):,} rows are too few to calibrate on; give {LEAST_ROWS} or more")
    if rare := _rare_classes(before):
        notify(
            f"WARNING: {rows.name}: few or no rows are {listed(rare)} (under {LEAST_ROWS_OF_A_CLASS} each), so what is "
            "measured and promised holds for texts of the other classes only"
        )
    fitted_on, kept_back = _divided(len(before), len(directory.labels), seed)
    scaling = _fit(classifier.recalibrated(1.0), before.select(fitted_on))
    manifest = directory.manifest
    if isinstance(scaling, str):
        notify(f"probabilities stay as they are: {scaling}")
        new = classifier
    else:
        temperature, scales, biases = scaling
        new = classifier.recalibrated(temperature, scales, biases)
        manifest = replace(manifest, temperature=temperature, scales=scales, biases=biases)
    old = before.select(kept_back)
    after = replace(old, **vars(new.score(old.texts)))
    calibration_rows = _rows_of(after, rows.name, new.unknown_tokens(after.texts))
    report = CalibrationReport(
        model=out,
        data=rows.name,
        scaled_on=0 if isinstance(scaling, str) else int(fitted_on.sum()),
        reason=scaling if isinstance(scaling, str) else None,
        temperature=manifest.temperature,
        scales=manifest.scales,
        biases=manifest.biases,
        rows=len(old),
        before=Fit.of(old),
        after=Fit.of(after),
        kept=tuple(_kept(calibration_rows, max_error) for max_error in max_errors),
    )
    measured = {} if new is classifier else _measured_again(new, before.texts, report)
    _write(replace(directory, manifest=manifest), out, calibration_rows, measured, is_replacing=is_replacing)
    return report


def _rare_classes(answers: Answers) -> list[str]:
    numbers = np.bincount(answers.truth, minlength=len(answers.labels)).tolist()
    return [label for label, n in zip(answers.labels, numbers, strict=True) if n < LEAST_ROWS_OF_A_CLASS]


def _divided(num_rows: int, num_classes: int, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows fit the probabilities and which are kept back for thresholds, each (num_rows,)."""
    order = np.random.default_rng(seed).permutation(num_rows)
    if num_classes == 2 or num_rows // 2 < LEAST_ROWS_TO_SCALE:
        fitted, kept = order, order
        if num_classes > 2:
            fitted = order[:0]
    else:
        fitted, kept = order[: num_rows // 2], order[num_rows // 2 :]
    rows = np.arange(num_rows)
    return np.isin(rows, fitted), np.isin(rows, kept[:MOST_CALIBRATION_ROWS])


def _fit(raw: Classifier, answers: Answers) -> tuple[float, tuple[float, ...] | None, tuple[float, ...] | None] | str:
    """Return temperature, scales and biases, or why nothing is fitted; `raw` has a temperature of 1."""
    if len(answers) < LEAST_ROWS_TO_SCALE:
        least = LEAST_ROWS_TO_SCALE * (1 if len(answers.labels) == 2 else 2)
        return f"with {len(answers.labels)} classes, {least} rows are needed to fit them"
    probabilities = raw.score(list(answers.texts)).probabilities.astype(np.float64)
    logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))
    scaling = choose_scaling(logits, answers.truth)
    if isinstance(scaling, str):
        return scaling
    if (temperature := scaling.temperature) is not None:
        return temperature, None, None
    return _nearest_temperature(scaling), scaling.scales, scaling.biases


def _nearest_temperature(scaling: Scaling) -> float:
    """Return a temperature for readers that do not know scales: that of the mean scale."""
    return float(np.clip(1.0 / max(float(np.mean(scaling.scales)), 1e-9), LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE))


def _rows_of(answers: Answers, name: str, unknown_tokens: NDArray[np.int64]) -> CalibrationRows:
    return CalibrationRows(
        data=name,
        truth=tuple(answers.truth.tolist()),
        predicted=tuple(most_probable(answers.probabilities).tolist()),
        confidence=tuple(answers.probabilities.max(axis=1).astype(np.float64).tolist()),
        num_tokens=tuple(answers.num_tokens.tolist()),
        unknown_tokens=tuple(unknown_tokens.tolist()),
    )


def _kept(rows: CalibrationRows, max_error: float) -> Kept:
    found = keeping(rows, max_error)
    if found is None:
        return Kept(max_error, None, None)
    return Kept(max_error, found.threshold, found.answered / len(rows))


def _measured_again(classifier: Classifier, texts: Sequence[str], report: CalibrationReport) -> dict[str, Any]:
    """Return what metrics.json says of a model's probabilities, of new ones."""
    curve = deletion_curve(texts, classifier.probabilities)
    calibration = {
        "data": report.data,
        "n": report.scaled_on,
        "temperature": report.temperature,
        "before": asdict(report.before),
        "after": asdict(report.after),
    }
    return {"calibration": calibration, DELETION_CURVE: None if curve is None else curve.to_dict()}


def _write(
    directory: ModelDirectory, out: Path, rows: CalibrationRows, measured: Mapping[str, Any], *, is_replacing: bool
) -> None:
    """Write a model with the calibration of its manifest and these rows to a new directory.

    Args:
        directory: to copy, with the manifest of the new one.
        out: the directory to write.
        rows: that it was calibrated on.
        measured: what replaces figures of its metrics.json.
        is_replacing: whether an existing directory may be replaced.
    """
    card = f"\n- Calibrated on {len(rows):,} rows of {rows.data}, from {called(directory.path)}\n"
    manifest = directory.manifest
    with staged_like(out, manifest, replace=is_replacing) as stage:
        for name in manifest.files:
            (stage / name).write_bytes(directory.read(name))
        if measured and METRICS_FILE in manifest.files:
            metrics = {**directory.metrics(), **measured}
            (stage / METRICS_FILE).write_text(metrics_json(metrics), "utf-8", "backslashreplace")
        (stage / CALIBRATION_FILE).write_text(rows.to_json(), encoding="utf-8")
        with (stage / README_FILE).open("a", encoding="utf-8") as file:
            file.write(card)
