"""A whole pretraining: texts in, an encoder directory out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from sentiment.config import OBJECTIVES, Config, Override, ResolvedConfig, dump_config, parse_config
from sentiment.data import ABSENT, PretrainingTexts, load_pretraining_texts
from sentiment.errors import ConfigError, TrainingError
from sentiment.model_dir import (
    CONFIG_FILE,
    ENCODER,
    METRICS_FILE,
    README_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    check_out,
    out_path,
    resume_command,
    staged_model_dir,
    unfinished_path,
)
from sentiment.nn import PretrainingNetwork
from sentiment.processor import available_cores
from sentiment.training.classification.job import TrainingResult
from sentiment.training.classification.record import metrics_json
from sentiment.training.export.weights import write_weights
from sentiment.training.loop.precision import check_precision
from sentiment.training.loop.reports import EpochReport, Report, shown_figures
from sentiment.training.loop.trainer import Trainer
from sentiment.training.pretraining.preparation import PretrainingPreparation, prepare_pretraining
from sentiment.training.pretraining.record import encoder_card, pretraining_metrics
from sentiment.training.pretraining.sampling import sample_texts
from sentiment.training.pretraining.task import PretrainingTask
from sentiment.training.probing.polarity import fit_polarity, polarity_tensors
from sentiment.training.runner.runner import Observer, train_to_the_end
from sentiment.training.runner.signals import stop_requests
from sentiment.training.runner.unread_keys import TRAINING_ALONE, refuse_unfit, refuse_unread
from sentiment.training.state.checkpoint import read_checkpoint
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

VERB = "pretrain"
NUM_SAMPLES = 3


@dataclass(frozen=True)
class _Run:
    out: Path
    unfinished: Path
    config: Config
    record: TrainingRecord
    texts: PretrainingTexts
    preparation: PretrainingPreparation
    model: PretrainingNetwork
    trainer: Trainer


def start_pretraining(
    resolved: ResolvedConfig, out: Path, *, replace_existing: bool, command: list[str], observer: Observer
) -> TrainingResult:
    """Pretrain from the beginning and write the encoder directory `out`.

    Raises:
        SentimentError: any of its kinds; `Interrupted` after SIGINT or SIGTERM, with a checkpoint written.
    """
    config = resolved.config
    refuse_unread(resolved, TRAINING_ALONE, "a pretraining")
    _check_config(config)
    check_precision(config.training)
    check_startable(out, replace=replace_existing)
    texts = load_pretraining_texts(config.pretraining.sources, config.data, observer.notify)
    _check_texts(config, texts)
    record = TrainingRecord(
        config=dump_config(config),
        data_sha256=texts.sha256,
        asked_source=", ".join(config.pretraining.sources),
        threads=config.training.threads or available_cores(),
        replace=replace_existing,
        command=command,
        folder=str(Path.cwd()),
        verb=VERB,
    )
    torch.set_num_threads(record.threads)
    preparation = prepare_pretraining(config, texts, None, observer.notify)
    with new_unfinished(out, replace=replace_existing) as unfinished:
        record = write_tokenizer(unfinished, preparation.tokenizer, record)
        write_record(unfinished, record)
        return _finish(_build(out, unfinished, config, record, texts, preparation), observer)


def resume_pretraining(directory: Path, *, observer: Observer, settings: Sequence[Override] = ()) -> TrainingResult:
    """Go on with an unfinished pretraining, to the same weights as if it had never stopped, unless with other threads.

    Args:
        directory: the encoder directory it was to write, or its `.unfinished` sibling.
        observer: hears of it.
        settings: keys to change: of the section `export`, on which the weights do not depend, or `training.threads`.

    Raises:
        TrainingError: nothing is unfinished there, or the data has changed meanwhile.
        SentimentError: as for `start_pretraining`.
    """
    out = out_path(directory)
    unfinished = unfinished_path(out)
    with hold(unfinished):
        record = read_record(unfinished, VERB)
        check_out(out, replace=record.replace)
        config = parse_config(record.config, str(unfinished), settings)
        _check_config(config)
        check_precision(config.training)
        record = record_changes(unfinished, record, config, settings, observer.notify)
        texts = load_pretraining_texts(config.pretraining.sources, config.data, observer.notify)
        if texts.sha256 != record.data_sha256:
            changed = next(name for name, digest in texts.sha256.items() if digest != record.data_sha256.get(name))
            raise TrainingError(f"{changed}: changed since the pretraining began; start it again with --force")
        torch.set_num_threads(record.threads)
        preparation = prepare_pretraining(config, texts, read_tokenizer(unfinished, record), observer.notify)
        run = _build(out, unfinished, config, record, texts, preparation)
        checkpoint = read_checkpoint(unfinished, record.id)
        if checkpoint is not None:
            run.trainer.restore(checkpoint)
        observer.notify(f"going on with {out} after step {run.trainer.progress.step:,}")
        return _finish(run, observer)


def _check_config(config: Config) -> None:
    if not config.training.epochs:
        raise ConfigError("training.epochs: a pretraining needs one at least")
    if not config.pretraining.objectives:
        raise ConfigError(
            f"pretraining: no objective has a weight; set one, as in --set pretraining.language_model=1 "
            f"({', '.join(OBJECTIVES)})"
        )
    refuse_unfit(config)


def _check_texts(config: Config, texts: PretrainingTexts) -> None:
    names = ", ".join(config.pretraining.sources)
    if config.pretraining.rating and len(texts.grade_values) < 2:
        raise ConfigError(f"pretraining.rating: no source has ratings ({names}); set it to 0, or name one that has")
    if config.pretraining.label and len(texts.class_names) < 2:
        raise ConfigError(f"pretraining.label: no source has labels ({names}); set it to 0, or name one that has")


def _build(
    out: Path,
    unfinished: Path,
    config: Config,
    record: TrainingRecord,
    texts: PretrainingTexts,
    preparation: PretrainingPreparation,
) -> _Run:
    torch.manual_seed(config.training.seed % 2**63)  # torch takes 64 bits
    model = PretrainingNetwork(
        config.model,
        config.pretraining,
        preparation.tokenizer.get_vocab_size(),
        len(texts.grade_values),
        len(texts.class_names),
    )
    if model.vocabulary is not None:
        model.vocabulary.start_from(torch.from_numpy(preparation.word_occurrences))
    if model.rating is not None:
        grades = torch.from_numpy(preparation.grades[preparation.grades != ABSENT])
        model.rating.start_from(torch.bincount(grades, minlength=len(texts.grade_values)))
    task = PretrainingTask(model, config, preparation, texts.grade_values, texts.class_names)
    trainer = Trainer(model, config.training, task)
    return _Run(out, unfinished, config, record, texts, preparation, model, trainer)


def _finish(run: _Run, observer: Observer) -> TrainingResult:
    """Pretrain to the end, write the encoder directory, and clear the unfinished one away."""
    told = Observer(_between_epochs(run, observer), observer.notify)
    with stop_requests() as stop:
        command = resume_command(VERB, run.out)
        train_to_the_end(run.trainer, run.unfinished, run.record.id, stop, told, resume_command=command)
        result = _write_encoder(run)
    remove_unfinished(run.unfinished)
    return result


def _between_epochs(run: _Run, observer: Observer) -> Callable[[Report], None]:
    """Return what hears of reports, passes them on, and tells figures and samples every now and then."""
    told = time.monotonic()

    def hear(report: Report) -> None:
        nonlocal told
        observer.report(report)
        ended = isinstance(report, EpochReport)
        if not ended and time.monotonic() - told < run.config.pretraining.report_interval_s:
            return
        with run.trainer.answering():
            if not ended:
                figures = shown_figures(run.trainer.task.validate())
                observer.notify(f"step {run.trainer.progress.step:,}: held-out texts: {figures}")
            for sample in _samples(run):
                observer.notify(f"  a sample: {sample}")
        told = time.monotonic()

    return hear


def _samples(run: _Run) -> list[str]:
    """Draw some texts from the language model; none where there is no such."""
    if run.model.language_model is None:
        return []
    seed = run.config.training.seed + run.trainer.progress.step
    return sample_texts(run.model, run.preparation.tokenizer, NUM_SAMPLES, seed=seed % 2**63)


def _polarity(run: _Run) -> dict[str, Tensor]:
    """Return the direction from bad to good of the texts that were trained on, where ratings were learned."""
    if run.model.rating is None:
        return {}
    direction = fit_polarity(
        run.model,
        run.preparation.tokenizer,
        [run.texts.texts[row] for row in run.preparation.rows],
        run.preparation.grades,
        num_grades=len(run.texts.grade_values),
        max_tokens=run.config.pretraining.max_tokens,
        seed=run.config.training.seed,
    )
    return polarity_tensors(direction)


def _write_encoder(run: _Run) -> TrainingResult:
    run.model.load_state_dict(run.trainer.best)
    run.model.eval()
    labels = run.texts.class_names if run.config.pretraining.label else ()
    with staged_model_dir(run.out, labels=labels, replace=run.record.replace, kind=ENCODER) as stage:
        remedy = f"write it as float32: {resume_command(VERB, run.out)} --set export.weights=float32"
        weights = run.model.state_dict() | _polarity(run)
        write_weights(stage / WEIGHTS_FILE, weights, run.config.export.weights, remedy)
        metrics = pretraining_metrics(
            config=run.config,
            record=run.record,
            texts=run.texts,
            preparation=run.preparation,
            model=run.model,
            progress=run.trainer.progress,
            samples=_samples(run),
        )
        (stage / TOKENIZER_FILE).write_text(run.preparation.tokenizer.to_str(), encoding="utf-8")
        (stage / CONFIG_FILE).write_text(dump_config(run.config), encoding="utf-8")
        (stage / METRICS_FILE).write_text(metrics_json(metrics), "utf-8", "backslashreplace")
        card = encoder_card(run.out, run.config, metrics)
        (stage / README_FILE).write_text(card, "utf-8", "backslashreplace")
    return TrainingResult(run.out, metrics)
