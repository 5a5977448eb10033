"""The runner of every training: it owns the directory, the record, the checkpoints, stopping and resuming."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from sentiment.callbacks import Notify
from sentiment.config import Config, Override, dump_config, parse_config
from sentiment.errors import Interrupted, TrainingError
from sentiment.model_dir import check_out, out_path, unfinished_path
from sentiment.training.compute.choice import choose_device
from sentiment.training.compute.device import Device
from sentiment.training.compute.memory import enough_memory
from sentiment.training.compute.processes import LostProcess, Processes, met_processes
from sentiment.training.compute.threads import choose_threads, torch_on
from sentiment.training.loop.trainer import Trainer
from sentiment.training.runner.job import Job, Observer, Run, TrainingResult
from sentiment.training.runner.lockstep import leading, lost_error, resuming
from sentiment.training.runner.signals import stop_requests
from sentiment.training.state.checkpoint import STATE_FILE, read_checkpoint, write_checkpoint
from sentiment.training.state.files import START_AGAIN
from sentiment.training.state.record import (
    TrainingRecord,
    read_record,
    read_tokenizer,
    record_changes,
    write_record,
    write_tokenizer,
)
from sentiment.training.state.unfinished import check_startable, hold, new_unfinished, remove_unfinished


@enough_memory()
def start(
    make_job: Callable[[], Job], out: Path, *, replace: bool, command: list[str], observer: Observer
) -> TrainingResult:
    """Start a training that can be stopped or killed and resumed; write the directory `out`.

    Args:
        make_job: makes the job; called once `out` is known to be usable.
        out: the model directory to write.
        replace: whether an existing model may be replaced.
        command: the command line, for the record.
        observer: gets its reports and notes.

    Raises:
        SentimentError: any of its kinds; `Interrupted` after SIGINT or SIGTERM, with a checkpoint written.
    """
    with met_processes() as processes:
        check_startable(out, replace=replace)
        job = make_job()
        device = choose_device(job.config.training)
        with (
            _begin(job, device, processes.size, replace, command, observer.notify) as (asked, tokenizer, trainer),
            new_unfinished(out, replace=replace) as unfinished,
        ):
            # Write all that a resumed run needs, so that the starting point is not needed again.
            record = write_tokenizer(unfinished, tokenizer, asked)
            if _begins_elsewhere(record, job.config):
                write_checkpoint(unfinished, trainer.checkpoint(), record.id)
            write_record(unfinished, record)
            return _finish(job, Run(out, record, trainer, observer, unfinished), device, processes)


@enough_memory()
def run_through(
    make_job: Callable[[], Job], out: Path, *, replace: bool, command: list[str], observer: Observer
) -> TrainingResult:
    """Train like `start`, but in this process alone and without a state to resume from.

    Only `out` is written, and no signal is handled.

    Raises:
        SentimentError: any of its kinds.
    """
    check_out(out, replace=replace)
    job = make_job()
    device = choose_device(job.config.training)
    with _begin(job, device, 1, replace, command, observer.notify) as (record, _, trainer):
        run = Run(out, record, trainer, observer)
        with device.in_use():
            trainer.move_to(device)
            for report in trainer.run():
                job.on_report(report, run)
        return _write(job, run)


@enough_memory()
def resume(
    directory: Path,
    verb: str,
    make_job: Callable[[Config, TrainingRecord], Job],
    *,
    observer: Observer,
    settings: Sequence[Override] = (),
) -> TrainingResult:
    """Resume an unfinished training, to the same weights as if uninterrupted unless it runs on something else.

    Args:
        directory: the directory it was to write, or its `.unfinished` sibling.
        verb: the command that resumes it.
        make_job: makes the job from the experiment and the record.
        observer: gets its reports and notes.
        settings: keys to change: of the section `export`, on which the weights do not depend, or of `training` what it
            runs on, `threads`, `device` and `precision`.

    Raises:
        TrainingError: nothing is unfinished there, or the data has changed meanwhile.
        SentimentError: as for `start`.
    """
    out = out_path(directory)
    unfinished = unfinished_path(out)
    with met_processes() as processes, hold(unfinished):
        record = read_record(unfinished, verb)
        check_out(out, replace=record.replace)
        config = parse_config(record.config, str(unfinished), settings)
        device = choose_device(config.training, Device(record.device, record.precision))
        place = _place(_threads_again(config, record, settings, processes), processes.size, device)
        record = record_changes(unfinished, record, config, settings, place, observer.notify)
        job = make_job(config, record)
        _check_unchanged(job, job.load(observer.notify), record)
        with torch_on(record.threads):
            job.prepare(read_tokenizer(unfinished, record), observer.notify)
            run = Run(out, record, _build(job, observer.notify), observer, unfinished)
            checkpoint = read_checkpoint(unfinished, record.id)
            if checkpoint is not None:
                run.trainer.restore(checkpoint)
            elif _begins_elsewhere(record, config):
                raise TrainingError(f"{unfinished / STATE_FILE}: missing; {START_AGAIN}")
            observer.notify(f"resuming {out} after step {run.trainer.progress.step:,}")
            return _finish(job, run, device, processes)


@contextmanager
def _begin(
    job: Job, device: Device, processes: int, replace: bool, command: list[str], notify: Notify
) -> Iterator[tuple[TrainingRecord, Tokenizer, Trainer]]:
    """Load, prepare and build; yield the record, not yet written, with tokenizer and trainer."""
    threads = choose_threads(job.config.training)
    with torch_on(threads):
        digests = job.load(notify)
        tokenizer = job.prepare(None, notify)
        trainer = _build(job, notify)
        record = TrainingRecord(
            config=dump_config(job.config),
            data_sha256=digests,
            replace=replace,
            command=command,
            folder=str(Path.cwd()),
            verb=job.verb,
            **_place(threads, processes, device),
            **job.describe(),
        )
        yield record, tokenizer, trainer


def _place(threads: int, processes: int, device: Device) -> dict[str, Any]:
    """Return the values of `PLACE`."""
    return {"threads": threads, "processes": processes, "device": device.kind, "precision": device.precision}


def _threads_again(config: Config, record: TrainingRecord, settings: Sequence[Override], processes: Processes) -> int:
    """Return the threads of a resumed training: as before, unless others are asked for or more processes share them."""
    is_set = any(setting.key == "training.threads" for setting in settings)
    if is_set or record.processes != processes.size:
        return choose_threads(config.training)
    return record.threads


def _begins_elsewhere(record: TrainingRecord, config: Config) -> bool:
    """Return whether the weights before the first step are others than the seed gives."""
    return record.started_from is not None or not config.training.epochs


def _build(job: Job, notify: Notify) -> Trainer:
    torch.manual_seed(job.config.training.seed % 2**63)  # torch takes 64 bits
    return job.build(notify)


def _check_unchanged(job: Job, digests: dict[str, str], record: TrainingRecord) -> None:
    for part, digest in digests.items():
        if digest != record.data_sha256.get(part):
            raise TrainingError(f"{job.source_of(part)}: changed since the training began; restart it with `force`")


def _finish(job: Job, run: Run, device: Device, processes: Processes) -> TrainingResult:
    """Train to the end, write the directory, and remove the unfinished one."""
    unfinished = unfinished_path(run.out)
    with stop_requests() as stop:
        try:
            with leading(run, device, processes, stop):
                train_to_the_end(job, run, unfinished)
        except LostProcess as error:
            write_checkpoint(unfinished, run.trainer.checkpoint(), run.record.id)
            raise lost_error(run.trainer, f"go on with: {resuming(run)}") from error
        result = _write(job, run)
    remove_unfinished(unfinished)
    return result


def train_to_the_end(job: Job, run: Run, unfinished: Path) -> None:
    """Take all remaining steps, with a checkpoint every `training.checkpoint_interval_s`, and one at the end.

    Args:
        job: gets the report of each step.
        run: its trainer may be at any step.
        unfinished: the directory for its checkpoints.

    Raises:
        Interrupted: a stop was requested; a checkpoint is written.
        LostProcess: another process is gone.
        TrainingError: the loss is not a number, or diverges.
    """
    trainer, written = run.trainer, time.monotonic()
    for report in trainer.run():
        job.on_report(report, run)
        is_stopping = trainer.processes.is_stopping
        if is_stopping or time.monotonic() - written >= trainer.config.checkpoint_interval_s:
            write_checkpoint(unfinished, trainer.checkpoint(), run.record.id)
            written = time.monotonic()
        if is_stopping:
            raise Interrupted(f"stopped after step {trainer.progress.step:,}; resume with: {resuming(run)}")
    write_checkpoint(unfinished, trainer.checkpoint(), run.record.id)


def _write(job: Job, run: Run) -> TrainingResult:
    run.trainer.take_best()
    return TrainingResult(run.out, job.write(run))
