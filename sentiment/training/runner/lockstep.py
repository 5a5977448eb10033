"""Several processes in one training: the first one leads, and the others take its steps with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sentiment.errors import Interrupted, TrainingError
from sentiment.launch import Launch
from sentiment.model_dir import resume_command
from sentiment.training.compute.choice import number_here
from sentiment.training.compute.device import Device
from sentiment.training.compute.processes import LostProcess, Processes, met_processes
from sentiment.training.compute.threads import torch_on
from sentiment.training.loop.trainer import Trainer
from sentiment.training.runner.job import Run
from sentiment.training.runner.signals import StopRequest, stop_requests


@dataclass(frozen=True)
class _Invitation:
    """What the first process sends to the others once it has prepared everything.

    Attributes:
        trainer: with rows, weights and progress, on the processor.
        threads: of each process.
        device: of the first process.
        resume: the command that resumes the training.
    """

    trainer: Trainer
    threads: int
    device: Device
    resume: str


@contextmanager
def leading(run: Run, device: Device, processes: Processes, stop: StopRequest) -> Iterator[None]:
    """Take steps within the block on a device, together with the other processes if there are any.

    Args:
        run: its trainer has been built, and is at any step.
        device: of this process.
        processes: all of the training.
        stop: whether this process was asked to stop.

    Raises:
        LostProcess: another process is gone.
    """
    invitation = _Invitation(run.trainer, run.record.threads, device, resuming(run))
    with device.in_use():
        processes.join()
        processes.from_first(lambda: invitation)
        run.trainer.join(processes, lambda: stop.received)
        run.trainer.move_to(device)
        yield


def follow() -> int:
    """Take part in a training that another process leads: get everything from it, and neither write nor print.

    Returns:
        The exit code: that of the first process if it stops, or gives up for a reason that it tells itself.

    Raises:
        TrainingError: another process is gone.
        ConfigError: this machine has no device for this process.
    """
    with met_processes() as processes:
        invitation = None
        try:
            processes.join()
            invitation = processes.from_first(_nothing)
            return _take_steps(invitation, processes)
        except LostProcess as error:
            advice = "it may tell why" if invitation is None else f"go on with: {invitation.resume}"
            raise lost_error(None if invitation is None else invitation.trainer, advice) from error
        except TrainingError as error:
            return error.exit_code


def _take_steps(invitation: _Invitation, processes: Processes) -> int:
    trainer, device = invitation.trainer, invitation.device
    device = replace(device, number=number_here(device.kind))
    with stop_requests() as stop, torch_on(invitation.threads), device.in_use():
        trainer.join(processes, lambda: stop.received)
        trainer.move_to(device)
        for _ in trainer.run():
            if processes.is_stopping:
                return Interrupted.exit_code
    return 0


def lost_error(trainer: Trainer | None, advice: str) -> TrainingError:
    """Return the error of a training that has lost a process.

    Args:
        trainer: None before the first process has sent it.
        advice: what to do.
    """
    launch = Launch.read()
    when = "before the first step" if trainer is None else f"after step {trainer.progress.step:,}"
    return TrainingError(
        f"rank {launch.rank} of {launch.world_size} lost the connection to another rank {when}; {advice}"
    )


def resuming(run: Run) -> str:
    """Return the command that resumes a training, in as many processes."""
    command = resume_command(run.record.verb, run.out)
    if run.record.processes == 1:
        return command
    on_each = Launch.read().local_world_size
    nodes = f"--nnodes={run.record.processes // on_each} " if run.record.processes > on_each else ""
    return f"torchrun {nodes}--nproc-per-node={on_each} -m {command}"


def _nothing() -> _Invitation:
    raise AssertionError("only the first process makes it")
