"""The training of a classifier: labelled rows in, a model directory out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from tokenizers import Tokenizer

from sentiment.callbacks import Notify
from sentiment.config import Config
from sentiment.data import MIN_DRAWN, RANDOM, ReviewSheet, Splits, file_sha256, load_splits
from sentiment.errors import DataError, TrainingError
from sentiment.inference.inside.deletion_curve import DELETION_CURVE
from sentiment.metrics import classification_metrics
from sentiment.model_dir import CURVES_FILE, ONNX_FILE, WEIGHTS_FILE, staged_model_dir
from sentiment.nn import NgramScores, RecurrentClassifier
from sentiment.probabilities import softmax
from sentiment.tables import listed
from sentiment.text.token_spelling import spell_tokens
from sentiment.training.classification.distillation import Teacher
from sentiment.training.classification.preparation import Preparation, prepare
from sentiment.training.classification.record import model_card, training_metrics
from sentiment.training.classification.start import StartingPoint
from sentiment.training.classification.task import ClassificationTask
from sentiment.training.export.agreement import of_all_lengths
from sentiment.training.export.calibration import Calibration, calibrate, calibrate_logits
from sentiment.training.export.curves import draw_curves
from sentiment.training.export.explanations import measure_explanations
from sentiment.training.export.onnx import compare_onnx, write_onnx
from sentiment.training.export.weights import write_weights
from sentiment.training.loop.answers import predict_logits
from sentiment.training.loop.trainer import Trainer
from sentiment.training.probing.ngram_fit import fit_ngrams
from sentiment.training.probing.probe import Probe, fit_probe
from sentiment.training.probing.readout import CrossValidation, Direction
from sentiment.training.probing.trust import scale_scores, weigh_parts
from sentiment.training.runner.job import Job, Run
from sentiment.training.state.record import TrainingRecord

ENOUGH_TO_LEARN_ALONE = 50_000
"""Rows from which a network learns more beside n-grams than from what they miss."""


class ClassificationJob(Job):
    """Train a classifier on labelled rows, from random weights or a starting point, optionally with a teacher."""

    verb = "train"

    splits: Splits
    preparation: Preparation
    model: RecurrentClassifier

    def __init__(
        self,
        config: Config,
        read_splits: Callable[[Notify], Splits],
        start: StartingPoint | None = None,
        teacher_path: Path | None = None,
        *,
        record: TrainingRecord | None = None,
    ) -> None:
        """Store what to train.

        Args:
            config: the experiment, with the tokens and the network of the starting point.
            read_splits: returns the rows, which need not come from the config's source.
            start: provides tokenizer and weights; None for random weights, and for those of a checkpoint.
            teacher_path: a file of texts with a probability for each label, learned in addition to the labels.
            record: of the training that is resumed; None for a new one.
        """
        self.config = config
        self.teacher: Teacher | None = None
        self._asked_source = config.data.source
        self._read_splits = read_splits
        self._start = start
        self._record = record
        self._is_pretrained = start is not None or (record is not None and record.started_from is not None)
        self._teacher_path = teacher_path
        self._probe: Probe | None = None

    @classmethod
    def recorded(cls, config: Config, record: TrainingRecord) -> "ClassificationJob":
        """Return the job of a resumed training.

        Raises:
            TrainingError: the file of the teacher's answers is gone or has changed.
        """

        def read_splits(notify: Notify) -> Splits:
            return load_splits(config.data, allow_fallback=False, notify=notify)

        return cls(config, read_splits, None, _same_teacher(record), record=record)

    def load(self, notify: Notify) -> dict[str, str]:
        """Load the rows and the teacher's answers."""
        self.splits = splits = self._read_splits(notify)
        self.config = self.config.model_copy(update={"data": splits.read_as})
        read = {"train": splits.train, "validation": splits.validation}
        if self._teacher_path is not None:
            self.teacher = Teacher.read(self._teacher_path, splits, notify)
            if splits.test is not None:  # its texts are left out of the teacher's file
                read["test"] = splits.test
        return {name: rows.sha256 for name, rows in read.items()}

    def prepare(self, tokenizer: Tokenizer | None, notify: Notify) -> Tokenizer:
        """Number the labels and tokenize the rows."""
        if tokenizer is None and self._start is not None:
            tokenizer = self._start.tokenizer
        self.preparation = prepare(self.config, self.splits, tokenizer, notify, self.teacher)
        notify(f"{len(self.preparation.labels)} classes: {listed(self.preparation.labels)}")
        return self.preparation.tokenizer

    def build(self, notify: Notify) -> Trainer:
        """Build the classifier with the weights of the starting point, if there is one."""
        config, preparation = self.config, self.preparation
        tokenizer = preparation.tokenizer
        spelling = spell_tokens(tokenizer) if config.model.has_ngrams else None
        self.model = model = RecurrentClassifier(
            config.model, tokenizer.get_vocab_size(), len(preparation.labels), spelling
        )
        beside = self._fit_ngrams(model.ngrams, notify) if model.ngrams is not None else None
        task = ClassificationTask(
            model,
            config.training,
            preparation.training,
            preparation.training_labels,
            preparation.validation,
            preparation.training_targets,
            beside,
        )
        if self._start is not None:
            self._probe = self._start_from(self._start, beside, notify)
        elif self._record is None and not config.training.epochs:
            self._probe = self._fit_output(None, beside, notify)
        elif self._record is not None and model.ngrams is not None:
            scale_scores(model.ngrams, self._record.ngrams_factor)
        return Trainer(model, config.training, task)

    def _fit_ngrams(self, part: NgramScores, notify: Notify) -> NDArray[np.float32] | None:
        """Fit the n-grams, and return the scores that the network learns to correct; None where it learns by itself."""
        rows, labels = self.preparation.plain_training, self.preparation.most_probable_labels
        # What n-grams leave over of so many rows is mostly noise, and a network learns just that.
        is_alone = self.config.training.epochs > 0 and len(labels) >= ENOUGH_TO_LEARN_ALONE
        fitted = fit_ngrams(part, rows, labels, self.config.training.seed, cross_fit=not is_alone)
        notify(fitted.summary())
        return fitted.scores

    def _start_from(self, start: StartingPoint, beside: NDArray[np.float32] | None, notify: Notify) -> Probe | None:
        """Copy the weights, and fit an output layer where one is needed."""
        config, model, preparation = self.config, self.model, self.preparation
        heads = start.give_weights(model, preparation.labels)
        notify(f"starting from {start.name}: its tokens, embedding and encoder{', '.join(['', *heads])}")
        has_output = any(name.startswith("output.") for name in heads)
        # Steps that follow continue from the model's output layer; without steps, the rows would have no effect.
        if not config.training.probe or (has_output and config.training.epochs):
            return None
        return self._fit_output(start.polarity(tuple(config.model.pooling)), beside, notify)

    def _fit_output(self, known: Direction | None, beside: NDArray[np.float32] | None, notify: Notify) -> Probe:
        """Fit the output layer to the rows, from a direction of the encoder's, if it has one."""
        training, preparation = self.config.training, self.preparation
        probe = fit_probe(
            self.model,
            preparation.plain_training,
            preparation.training_labels,
            known,
            training.seed,
            beside,
            is_final=not training.epochs,
            is_pretrained=self._is_pretrained,
        )
        notify(probe.summary())
        return probe

    def describe(self) -> dict[str, Any]:
        """Return the source, the starting point, the teacher, and the metrics of a fitted output layer alone."""
        (found, rows), labels = self._told_cross_validation(), self.preparation.labels
        calibration = self._calibrate(self._trained_logits()) if self._cross_validation() is not None else None
        return {
            "asked_source": self._asked_source,
            "started_from": self._start.to_record() if self._start is not None else None,
            "teacher": self.teacher.to_record() if self.teacher is not None else None,
            "cross_validated_rows": rows,
            "cross_validation": None
            if found is None or calibration is None
            else classification_metrics(found.labels, softmax(found.logits, calibration.temperature), labels).to_dict(),
            "cross_validated_calibration": calibration.to_dict()
            if calibration is not None and calibration.by_cross_validation
            else None,
            "ngrams_factor": self._probe.ngrams_factor if self._probe is not None else 1.0,
        }

    def _told_cross_validation(self) -> tuple[CrossValidation | None, str | None]:
        """Return the cross-validated answers to tell, and `RANDOM` if only those to random rows of a review sheet.

        Its other rows were chosen because a model was unsure of them, so they are harder than what it will meet.
        """
        found, sheet = self._cross_validation(), ReviewSheet.of(self.splits.train)
        if found is None or self._probe is None or not len(sheet.least_certain):
            return found, None
        places = self.preparation.training_places[self._probe.cross_validated]
        drawn = np.flatnonzero(np.isin(places, sheet.drawn))
        return (found.select(drawn), RANDOM) if len(drawn) >= MIN_DRAWN else (found, None)

    def _cross_validation(self) -> CrossValidation | None:
        """Return the cross-validated logits of a fitted output layer that no epoch follows; None without one."""
        if self._probe is None or self.config.training.epochs:
            return None
        return self._probe.cross_validation

    def _trained_logits(self) -> NDArray[np.float32] | None:
        validation = self.preparation.validation
        return None if validation is None else predict_logits(self.model, validation.sequences)

    def _calibrate(self, logits: NDArray[np.float32] | None) -> Calibration:
        """Fit the temperature on the logits of validation rows or, without such rows, on the cross-validated ones."""
        enabled, validation = self.config.training.calibrate, self.preparation.validation
        if self._record is not None and (known := self._record.cross_validated_calibration) is not None:
            return TypeAdapter(Calibration).validate_python(known)
        found = self._cross_validation()
        if enabled and validation is None and found is not None:
            return calibrate_logits(found.logits, found.labels, by_cross_validation=True)
        return calibrate(logits, validation, enabled=enabled)

    def source_of(self, part: str) -> str:  # noqa: ARG002
        """Return the source of all rows."""
        return self.config.data.source

    def write(self, run: Run) -> dict[str, Any]:
        """Write the model directory: calibrated, exported, and compared with torch."""
        model, preparation, notify = self.model, self.preparation, run.observer.notify
        if model.ngrams is not None and preparation.validation is not None and self.config.training.epochs:
            notify(weigh_parts(model, preparation.validation, is_pretrained=self._is_pretrained))
        with staged_model_dir(
            run.out,
            labels=preparation.labels,
            replace=run.record.replace,
            temperature=lambda: calibration.temperature,
        ) as stage:
            weights = self.config.export.weights
            write_weights(stage / WEIGHTS_FILE, model.state_dict(), weights, run.as_float32("export.weights"))
            rows = of_all_lengths(preparation.examples, self.config.tokenizer.max_tokens)
            written = write_onnx(
                *(model, stage / ONNX_FILE, self.config.export.precision, rows, preparation.validation),
                *(run.as_float32("export.precision"), notify),
            )
            calibration = self._calibrate(written.logits)
            notify(calibration.summary())
            export = compare_onnx(model, stage / ONNX_FILE, written, rows, calibration.temperature)
            notify(export.summary())
            metrics = training_metrics(
                run, self.config, self.splits, preparation, export, written.logits, calibration, self.teacher
            )
            metrics[DELETION_CURVE] = measure_explanations(
                written.network,
                preparation.tokenizer,
                self.config.tokenizer.max_tokens,
                self.splits.validation.texts,
                calibration.temperature,
            )
            if history := run.trainer.progress.history:
                (stage / CURVES_FILE).write_bytes(draw_curves(history, run.trainer.progress.best_epoch))
            card = model_card(run.out.name, self.config, metrics, export, calibration)
            self.write_texts(stage, preparation.tokenizer, metrics, card)
        return metrics


def _same_teacher(record: TrainingRecord) -> Path | None:
    """Return the file of teacher's answers that a training began with.

    Raises:
        TrainingError: it is gone or has changed.
    """
    if record.teacher is None:
        return None
    path = Path(record.teacher["path"])
    remedy = "restore the file that the training began with, or restart it with `force`"
    try:
        is_same = file_sha256(path) == record.teacher["sha256"]
    except DataError as error:
        raise TrainingError(f"{path}: the teacher's answers cannot be read again; {remedy}") from error
    if not is_same:
        raise TrainingError(f"{path}: the teacher's answers changed since the training began; {remedy}")
    return path
