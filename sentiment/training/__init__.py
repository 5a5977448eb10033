"""Training: the loop, its checkpoints, and the model directory at its end."""

from importlib.util import find_spec

from sentiment.errors import MissingExtraError

# Now, and not after the first epoch, when the figures are wanted, or after the last, when the picture is.
for package in ("torch", "safetensors", "onnx", "sklearn", "matplotlib"):
    if find_spec(package) is None:
        raise MissingExtraError(package, "train")

from sentiment.training.reports import EpochReport, Report, StepReport  # noqa: E402
from sentiment.training.run import TrainingResult, resume_training, start_training  # noqa: E402
from sentiment.training.session import Observer  # noqa: E402

__all__ = ["EpochReport", "Observer", "Report", "StepReport", "TrainingResult", "resume_training", "start_training"]
