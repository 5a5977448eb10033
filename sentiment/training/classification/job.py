"""A whole training: rows in, a model directory out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from sentiment.config import Config, Override, ResolvedConfig, dump_config, parse_config
from sentiment.data import Splits, file_sha256, load_splits
from sentiment.errors import ConfigError, DataError, TrainingError
from sentiment.metrics import classification_metrics
from sentiment.model_dir import (
    CONFIG_FILE,
    CURVES_FILE,
    METRICS_FILE,
    ONNX_FILE,
    README_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    check_out,
    out_path,
    resume_command,
    staged_model_dir,
    unfinished_path,
)
from sentiment.nn import RecurrentClassifier
from sentiment.processor import available_cores
from sentiment.tables import listed
from sentiment.text import encode
from sentiment.training.classification.building import build_classifier
from sentiment.training.classification.choice import validation_advice
from sentiment.training.classification.distillation import Teacher
from sentiment.training.classification.preparation import Preparation, prepare
from sentiment.training.classification.record import metrics_json, model_card, training_metrics
from sentiment.training.classification.start import StartingPoint
from sentiment.training.classification.task import ClassificationTask
from sentiment.training.export.agreement import of_all_lengths
from sentiment.training.export.calibration import calibrate
from sentiment.training.export.curves import draw_curves
from sentiment.training.export.onnx import Export, check_accuracy, write_onnx
from sentiment.training.export.weights import write_weights
from sentiment.training.loop.precision import check_precision
from sentiment.training.loop.trainer import Trainer
from sentiment.training.probing.probe import Probe, fit_probe
from sentiment.training.runner.runner import Observer, train_to_the_end
from sentiment.training.runner.signals import stop_requests
from sentiment.training.runner.unread_keys import EPOCHS_ALONE, PRETRAINING_ALONE, refuse_unread
from sentiment.training.state.checkpoint import STATE_FILE, read_checkpoint, write_checkpoint
from sentiment.training.state.files import START_AGAIN
from sentiment.training.state.unfinished import (
    TrainingRecord,
    check_startable,
    hold,
    new_unfinished,
    read_record,
    read_tokenizer,
    record_changes,
    remove_unfinished,
    write_record,
    write_tokenizer,
)

EXPORT_CHECK_ROWS = 512


@dataclass(frozen=True)
class TrainingResult:
    """A finished training.

    Attributes:
        path: the model directory.
        metrics: what its metrics.json holds.
    """

    path: Path
    metrics: dict[str, Any]


@dataclass(frozen=True)
class _Run:
    out: Path
    unfinished: Path
    config: Config
    record: TrainingRecord
    splits: Splits
    preparation: Preparation
    model: RecurrentClassifier
    trainer: Trainer
    teacher: Teacher | None


def start_training(
    resolved: ResolvedConfig,
    out: Path,
    *,
    replace_existing: bool,
    command: list[str],
    observer: Observer,
    start_from: Path | None = None,
    teacher_path: Path | None = None,
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

    Raises:
        SentimentError: any of its kinds; `Interrupted` after SIGINT or SIGTERM, with a checkpoint written.
    """
    check_startable(out, replace=replace_existing)
    start = StartingPoint.read(start_from) if start_from is not None else None
    _refuse_unread(resolved, is_from_random=start is None, has_teacher=teacher_path is not None)
    config = start.adapt(resolved, observer.notify) if start is not None else resolved.config
    check_precision(config.training)
    allow_fallback = resolved.origins["data.source"] == "default"
    splits = load_splits(config.data, allow_fallback=allow_fallback, notify=observer.notify)
    if config.training.epochs and (advice := validation_advice(splits)):
        observer.notify(advice)
    teacher = Teacher.read(teacher_path, splits, observer.notify) if teacher_path is not None else None
    used = config.model_copy(update={"data": splits.read_as})
    record = TrainingRecord(
        config=dump_config(used),
        data_sha256=_fingerprints(splits, teacher),
        asked_source=config.data.source,
        threads=config.training.threads or available_cores(),
        replace=replace_existing,
        command=command,
        folder=str(Path.cwd()),
        started_from=start.to_record() if start is not None else None,
        teacher=teacher.to_record() if teacher is not None else None,
    )
    torch.set_num_threads(record.threads)
    preparation = prepare(used, splits, start.tokenizer if start is not None else None, observer.notify, teacher)
    observer.notify(f"{len(preparation.labels)} classes: {listed(preparation.labels)}")
    model, trainer = _build_trainer(used, preparation)
    if start is not None:
        probe = _go_on_from(start, used, model, trainer, preparation, observer)
        if probe is not None and probe.cross_validation is not None and not used.training.epochs:
            found = probe.cross_validation
            metrics = classification_metrics(found.labels, found.probabilities, preparation.labels)
            record = replace(record, cross_validation=metrics.to_dict())
    with new_unfinished(out, replace=replace_existing) as unfinished:
        run = _Run(out, unfinished, used, record, splits, preparation, model, trainer, teacher)
        _write_beginning(run)
        return _finish(run, observer)


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


def _write_beginning(run: _Run) -> None:
    """Write what a training goes on from, so that its starting point is not needed again."""
    record = write_tokenizer(run.unfinished, run.preparation.tokenizer, run.record)
    if record.started_from is not None:
        write_checkpoint(run.unfinished, run.trainer.checkpoint(), record.id)
    write_record(run.unfinished, record)


def resume_training(directory: Path, *, observer: Observer, settings: Sequence[Override] = ()) -> TrainingResult:
    """Go on with an unfinished training, to the same weights as if it had never stopped, unless with other threads.

    Args:
        directory: the model directory it was to write, or its `.unfinished` sibling.
        observer: hears of it.
        settings: keys to change: of the section `export`, on which the weights do not depend, or `training.threads`.

    Raises:
        TrainingError: nothing is unfinished there, or the data or the teacher's answers have changed meanwhile.
        SentimentError: as for `start_training`.
    """
    out = out_path(directory)
    unfinished = unfinished_path(out)
    with hold(unfinished):
        record = read_record(unfinished)
        check_out(out, replace=record.replace)
        config = parse_config(record.config, str(unfinished), settings)
        check_precision(config.training)
        record = record_changes(unfinished, record, config, settings, observer.notify)
        splits = load_splits(config.data, allow_fallback=False, notify=observer.notify)
        teacher = _same_teacher(record, splits, observer)
        if _fingerprints(splits, teacher) != record.data_sha256:
            raise TrainingError(f"{config.data.source}: changed since the training began; start it again with --force")
        torch.set_num_threads(record.threads)
        preparation = prepare(config, splits, read_tokenizer(unfinished, record), observer.notify, teacher)
        model, trainer = _build_trainer(config, preparation)
        checkpoint = read_checkpoint(unfinished, record.id)
        if checkpoint is not None:
            trainer.restore(checkpoint)
        elif record.started_from is not None:
            raise TrainingError(f"{unfinished / STATE_FILE}: missing; {START_AGAIN}")
        observer.notify(f"going on with {out} after step {trainer.progress.step:,}")
        return _finish(_Run(out, unfinished, config, record, splits, preparation, model, trainer, teacher), observer)


def _fingerprints(splits: Splits, teacher: Teacher | None) -> dict[str, str]:
    """Return the digests of all rows that the weights depend on: a teacher may not answer test texts."""
    read = {"train": splits.train, "validation": splits.validation}
    if teacher is not None and splits.test is not None:
        read["test"] = splits.test
    return {name: rows.sha256 for name, rows in read.items()}


def _same_teacher(record: TrainingRecord, splits: Splits, observer: Observer) -> Teacher | None:
    """Read the teacher's answers that a training began with.

    Raises:
        TrainingError: their file is gone or has changed.
    """
    if record.teacher is None:
        return None
    path = Path(record.teacher["path"])
    remedy = "bring back the file that the training began with, or start it again with --force"
    try:
        is_same = file_sha256(path) == record.teacher["sha256"]
    except DataError as error:
        raise TrainingError(f"{path}: the teacher's answers cannot be read again; {remedy}") from error
    if not is_same:
        raise TrainingError(f"{path}: the teacher's answers changed since the training began; {remedy}")
    return Teacher.read(path, splits, observer.notify)


def _build_trainer(config: Config, preparation: Preparation) -> tuple[RecurrentClassifier, Trainer]:
    torch.manual_seed(config.training.seed % 2**63)  # torch takes 64 bits
    model = build_classifier(config.model, preparation.tokenizer, len(preparation.labels))
    task = ClassificationTask(
        model,
        config.training,
        preparation.training,
        preparation.training_labels,
        preparation.validation,
        preparation.training_targets,
    )
    return model, Trainer(model, config.training, task)


def _go_on_from(
    start: StartingPoint,
    config: Config,
    model: RecurrentClassifier,
    trainer: Trainer,
    preparation: Preparation,
    observer: Observer,
) -> Probe | None:
    """Take over the weights, and fit an output layer where it has to be."""
    heads = start.give_weights(model, preparation.labels)
    observer.notify(f"starting from {start.name}: its tokens, embedding and encoder{', '.join(['', *heads])}")
    if start.has_ngrams and model.ngrams is None:
        observer.notify("its character n-grams are left out, as model.character_ngrams is 0")
    knows_the_classes = any(name.startswith("output.") for name in heads)
    if not (config.training.probe or config.training.epochs):
        raise ConfigError("training.probe: false learns nothing from the rows, with training.epochs 0; set one")
    # Where steps follow, they go on from what the model knows of its classes; where none do, the rows would be unread.
    probe = None
    if config.training.probe and not (knows_the_classes and config.training.epochs):
        known = start.polarity(tuple(config.model.pooling))
        labels, seed = preparation.training_labels, config.training.seed
        probe = fit_probe(model, preparation.plain_training, labels, known, seed)
        observer.notify(probe.summary())
    trainer.restart_average()
    return probe


def _finish(run: _Run, observer: Observer) -> TrainingResult:
    """Train to the end, write the model directory, and clear the unfinished one away."""
    with stop_requests() as stop:
        command = resume_command("train", run.out)
        train_to_the_end(run.trainer, run.unfinished, run.record.id, stop, observer, resume_command=command)
        result = _write_model(run, observer)
    remove_unfinished(run.unfinished)
    return result


def _write_model(run: _Run, observer: Observer) -> TrainingResult:
    model, preparation = run.model, run.preparation
    model.load_state_dict(run.trainer.best)
    model.eval()
    calibration = calibrate(model, preparation.validation, enabled=run.config.training.calibrate)
    observer.notify(calibration.summary())
    with staged_model_dir(run.out, labels=preparation.labels, replace=run.record.replace) as stage:
        remedy = f"write it as float32: {resume_command('train', run.out)} --set export.weights=float32"
        write_weights(stage / WEIGHTS_FILE, model.state_dict(), run.config.export.weights, remedy)
        export = _export(run, model, stage / ONNX_FILE)
        observer.notify(export.summary())
        metrics = training_metrics(
            config=run.config,
            record=run.record,
            splits=run.splits,
            preparation=preparation,
            model=model,
            progress=run.trainer.progress,
            export=export,
            calibration=calibration,
            teacher=run.teacher,
        )
        history, best_epoch = run.trainer.progress.history, run.trainer.progress.best_epoch
        (stage / TOKENIZER_FILE).write_text(preparation.tokenizer.to_str(), encoding="utf-8")
        (stage / CONFIG_FILE).write_text(dump_config(run.config), encoding="utf-8")
        if history:
            (stage / CURVES_FILE).write_bytes(draw_curves(history, best_epoch))
        (stage / METRICS_FILE).write_text(metrics_json(metrics), "utf-8", "backslashreplace")
        card = model_card(run.out.name, run.config, metrics, export, calibration)
        (stage / README_FILE).write_text(card, "utf-8", "backslashreplace")
    return TrainingResult(run.out, metrics)


def _export(run: _Run, model: RecurrentClassifier, path: Path) -> Export:
    preparation, max_tokens = run.preparation, run.config.tokenizer.max_tokens
    rows = encode(preparation.tokenizer, preparation.example_texts[:EXPORT_CHECK_ROWS], max_tokens)
    export = write_onnx(
        model, path, run.config.export.precision, of_all_lengths(rows, max_tokens), preparation.validation
    )
    check_accuracy(export, f"write it as float32: {resume_command('train', run.out)} --set export.precision=float32")
    return export
