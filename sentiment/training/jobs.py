"""The jobs as the commands begin them, and go on with them."""

from collections.abc import Sequence
from pathlib import Path

from sentiment.config import Override, ResolvedConfig
from sentiment.data import Splits, UndividedRows, load_undivided
from sentiment.errors import ConfigError
from sentiment.model_dir import check_out
from sentiment.training.classification.choice import validation_advice
from sentiment.training.classification.job import ClassificationJob
from sentiment.training.classification.start import StartingPoint
from sentiment.training.pretraining.job import PretrainingJob
from sentiment.training.runner.job import Notify, Observer, TrainingResult
from sentiment.training.runner.runner import resume, start
from sentiment.training.unread_keys import EPOCHS_ALONE, PRETRAINING_ALONE, TRAINING_ALONE, refuse_unread

JOBS: dict[str, type[ClassificationJob] | type[PretrainingJob]] = {
    job.verb: job for job in (ClassificationJob, PretrainingJob)
}


def start_training(
    resolved: ResolvedConfig,
    out: Path,
    *,
    replace_existing: bool,
    command: list[str],
    observer: Observer,
    start_from: Path | None = None,
    teacher_path: Path | None = None,
    rows: UndividedRows | None = None,
) -> TrainingResult:
    """Train from the beginning and write the model directory `out`.

    A shipped config trains on its default data set, or, where that cannot be reached, on the sample; a data set that
    was asked for by name is used or it is an error.

    Args:
        resolved: the experiment.
        out: where the model is to stand.
        replace_existing: whether a model that stands there may be replaced.
        command: the command line, for the record.
        observer: hears of it.
        start_from: an encoder directory or a model directory, whose tokens, sizes and weights are taken over.
        teacher_path: a file of texts with a probability for each label, which are learned beside the labels.
        rows: what was read of the experiment's source already.

    Raises:
        SentimentError: any of its kinds; `Interrupted` after SIGINT or SIGTERM, with a checkpoint written.
    """
    check_out(out, replace=replace_existing)  # before weights are read that would have no place to go
    job = classification_job(resolved, observer.notify, start_from, teacher_path, rows)
    return start(job, out, replace=replace_existing, command=command, observer=observer)


def classification_job(
    resolved: ResolvedConfig,
    notify: Notify,
    start_from: Path | None = None,
    teacher_path: Path | None = None,
    rows: UndividedRows | None = None,
) -> ClassificationJob:
    """Make the job of a training that begins; the arguments are those of `start_training`.

    Raises:
        ConfigError: something was asked for that would change nothing.
        ModelDirectoryError: there is no starting from `start_from`.
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
    """Refuse what was asked for and would change nothing."""
    refuse_unread(resolved, PRETRAINING_ALONE, "a training")
    if resolved.config.training.epochs:
        return
    if is_from_random:
        raise ConfigError("training.epochs: 0 leaves random weights; start from an encoder, with --from")
    refuse_unread(resolved, EPOCHS_ALONE, "a training of no epochs")
    if has_teacher:
        raise ConfigError(
            f"training.epochs: 0 in {resolved.name} learns nothing from --teacher; name an experiment with epochs, "
            "such as finetune_few"
        )


def start_pretraining(
    resolved: ResolvedConfig, out: Path, *, replace_existing: bool, command: list[str], observer: Observer
) -> TrainingResult:
    """Pretrain from the beginning and write the encoder directory `out`.

    Raises:
        SentimentError: any of its kinds; `Interrupted` after SIGINT or SIGTERM, with a checkpoint written.
    """
    refuse_unread(resolved, TRAINING_ALONE, "a pretraining")
    job = PretrainingJob(resolved.config)
    return start(job, out, replace=replace_existing, command=command, observer=observer)


def go_on(verb: str, directory: Path, *, observer: Observer, settings: Sequence[Override] = ()) -> TrainingResult:
    """Go on with an unfinished training, to the same weights as if it had never stopped, unless with other threads.

    Args:
        verb: the command that began it.
        directory: the directory it was to write, or its `.unfinished` sibling.
        observer: hears of it.
        settings: keys to change: of the section `export`, on which the weights do not depend, or `training.threads`.

    Raises:
        TrainingError: nothing is unfinished there, or the data or the teacher's answers have changed meanwhile.
        SentimentError: as for `start_training`.
    """
    return resume(directory, verb, JOBS[verb].recorded, observer=observer, settings=settings)
