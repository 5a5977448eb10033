"""Training: the loop, its checkpoints, and the model directory at its end."""

from sentiment.training.reports import EpochReport, Report, StepReport
from sentiment.training.run import Observer, TrainingResult, resume_training, start_training

__all__ = ["EpochReport", "Observer", "Report", "StepReport", "TrainingResult", "resume_training", "start_training"]
