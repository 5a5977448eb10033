"""Trainings that have begun: one to resume, and one that another process leads, to take part in."""

import signal
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from sentiment.cli.training_options import overrides, refuse_other_choices
from sentiment.launch import Launch

if TYPE_CHECKING:
    from sentiment.training import TrainingResult

PLACE_KEYS = ("training.threads=", "training.device=", "training.precision=")
"""Prefixes of the settings of what a training runs on."""


def resume(
    context: typer.Context,
    verb: Literal["train", "pretrain"],
    path_or_name: str,
    settings: list[str],
    free: tuple[str, ...],
) -> "TrainingResult":
    """Resume an unfinished training of a command.

    Args:
        context: Of the command.
        verb: The command.
        path_or_name: The value of `--resume`.
        settings: The values of `--set`.
        free: Prefixes of settings that may be changed.

    Raises:
        typer.BadParameter: An option contradicts how the training was started.
    """
    from sentiment.cli.training_display import training_display
    from sentiment.model_dir import locate_unfinished

    refuse_other_choices(context, [setting for setting in settings if not setting.startswith(free)])
    directory = locate_unfinished(path_or_name)
    changes = overrides(settings, {}, seed=None, threads=context.params["threads"])
    with training_display() as observer:
        from sentiment.training import RECORDED_JOBS, folder_of
        from sentiment.training import resume as resume_training

        folder = folder_of(directory, verb, observer.notify)
        if folder != Path.cwd():
            directory = directory.resolve()
        with chdir(folder):  # relative paths of the training's files start there
            return resume_training(directory, verb, RECORDED_JOBS[verb], observer=observer, settings=changes)


def follow_if_started_so() -> None:
    """Take part in the training that the first process leads, unless this is the first process; then exit.

    What is wrong with the command line or the data, the first process tells.

    Raises:
        TrainingError: Another process is gone.
        typer.Exit: At the end, with the exit code of the first process.
    """
    if Launch.read().is_first:
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the steps begin, there is nothing to keep
    from sentiment.training import follow

    raise typer.Exit(follow())
