"""Training: the loop, its checkpoints, and the model directory at its end."""

from importlib.util import find_spec

from sentiment.errors import MissingExtraError
from sentiment.processor import set_up_torch

# Check at import: otherwise a missing package would only fail after the first epoch (metrics) or the last (curves).
for package in ("torch", "safetensors", "onnx", "sklearn", "matplotlib"):
    if find_spec(package) is None:
        raise MissingExtraError(package, "train")
set_up_torch()

from sentiment.own_cells import OwnCell  # noqa: E402
from sentiment.training.classification.choice import choose_experiment  # noqa: E402
from sentiment.training.jobs import RECORDED_JOBS, classification_job, pretraining_job  # noqa: E402
from sentiment.training.loop.reports import EpochReport, Report, StepReport, shown_figures  # noqa: E402
from sentiment.training.own_cells import train_with  # noqa: E402
from sentiment.training.runner.job import Observer, TrainingResult  # noqa: E402
from sentiment.training.runner.lockstep import follow  # noqa: E402
from sentiment.training.runner.runner import resume, run_through, start  # noqa: E402
from sentiment.training.state.record import folder_of  # noqa: E402
from sentiment.training.unread_keys import refuse_unread  # noqa: E402

__all__ = [
    "RECORDED_JOBS",
    "EpochReport",
    "Observer",
    "OwnCell",
    "Report",
    "StepReport",
    "TrainingResult",
    "choose_experiment",
    "classification_job",
    "folder_of",
    "follow",
    "pretraining_job",
    "refuse_unread",
    "resume",
    "run_through",
    "shown_figures",
    "start",
    "train_with",
]
