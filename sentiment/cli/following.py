"""The processes of a training that torchrun starts in addition to the first one."""

import signal

import typer

from sentiment.launch import Launch


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
