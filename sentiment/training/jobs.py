"""Make the job of an experiment."""

from pathlib import Path

from sentiment.callbacks import Notify
from sentiment.config import ResolvedConfig
from sentiment.data import Splits, UndividedRows, load_undivided
from sentiment.errors import ConfigError
from sentiment.training.classification.choice import validation_advice
from sentiment.training.classification.job import ClassificationJob
from sentiment.training.classification.start import StartingPoint
from sentiment.training.pretraining.job import PretrainingJob
from sentiment.training.unread_keys import EPOCHS_ALONE, PRETRAINING_ALONE, TRAINING_ALONE, refuse_unread

RECORDED_JOBS = {job.verb: job.recorded for job in (ClassificationJob, PretrainingJob)}
"""Factories of the job of a resumed training, by the command that started it."""


def classification_job(
    resolved: ResolvedConfig,
    notify: Notify,
    start_from: Path | None = None,
    teacher_path: Path | None = None,
    rows: UndividedRows | None = None,
) -> ClassificationJob:
    """Make the job of a new training.

    A shipped config trains on its default data set or, if that is unavailable, on the sample; a data set that was
    requested by name and is unavailable is an error.

    Args:
        resolved: the experiment.
        notify: gets notes on settings that the starting point overrides.
        start_from: an encoder directory or a model directory, which provides tokenizer, sizes and weights.
        teacher_path: a file of texts with a probability for each label, learned in addition to the labels.
        rows: of the experiment's source, if already read.

    Raises:
        ConfigError: a setting would have no effect.
        ModelDirectoryError: `start_from` cannot be used.
    """
    start_point = StartingPoint.read(start_from) if start_from is not None else None
    _refuse_unread(resolved, is_from_random=start_point is None, has_teacher=teacher_path is not None)
    config = start_point.adapt(resolved, notify) if start_point is not None else resolved.config

    def read_splits(notify: Notify) -> Splits:
        allow_fallback = resolved.origins["data.source"] == "default"
        read = rows or load_undivided(config.data, allow_fallback=allow_fallback, notify=notify)
        splits = read.divide(config.data, notify)
        if config.training.epochs and (advice := validation_advice(splits)):
            notify(advice)
        return splits

    return ClassificationJob(config, read_splits, start_point, teacher_path)


def _refuse_unread(resolved: ResolvedConfig, *, is_from_random: bool, has_teacher: bool) -> None:
    """Refuse settings that would have no effect."""
    refuse_unread(resolved, PRETRAINING_ALONE, "training")
    if resolved.config.training.epochs:
        return
    if not resolved.config.training.probe:
        raise ConfigError("training.probe: false with training.epochs 0 learns nothing from the rows; change one")
    if is_from_random and not resolved.config.model.has_ngrams:
        raise ConfigError(
            "training.epochs: 0 leaves random weights; start from an encoder, with --from, or enable n-grams"
        )
    refuse_unread(resolved, EPOCHS_ALONE, "a training without epochs")
    if has_teacher:
        raise ConfigError(
            f"training.epochs: 0 in {resolved.name} learns nothing from --teacher; choose an experiment with epochs, "
            f"such as {'small' if is_from_random else 'finetune_few'}"
        )


def pretraining_job(resolved: ResolvedConfig) -> PretrainingJob:
    """Make the job of a new pretraining.

    Raises:
        ConfigError: a setting would have no effect, or there is nothing to learn.
    """
    refuse_unread(resolved, TRAINING_ALONE, "pretraining")
    return PretrainingJob(resolved.config)
