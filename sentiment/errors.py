"""Everything that can go wrong for a reason the user can mend, and the exit code each one ends with.

SentimentError
├── ConfigError          3  an experiment is described wrongly
├── DataError            4  a data set is missing, unreadable or unusable
│   └── DownloadError    4  a data set could not be fetched
├── ModelDirectoryError  5  a model is missing, incomplete, altered or of a newer format
├── TrainingError        6  a training cannot go on: it diverged, or its checkpoint does not fit
├── OutputError          7  a result cannot be written
├── MissingExtraError    8  a command needs an optional dependency that is not installed
└── Interrupted        130  the user stopped a training or a prediction; what is done is kept

1 is a bug (with its traceback), 2 a usage error.
"""

from sentiment.distribution import DISTRIBUTION


class SentimentError(Exception):
    """A fault that the user can mend.

    Its message is one line: what, where, what to do. What is to be set stands in it as `text_column`, and the command
    line shows the option, --text-column.
    """

    exit_code: int


class ConfigError(SentimentError):
    """An experiment is described wrongly: an unknown key, a bad value, unreadable YAML."""

    exit_code = 3


class DataError(SentimentError):
    """A data set is missing, unreadable or unusable."""

    exit_code = 4


class DownloadError(DataError):
    """A data set could not be fetched, or is not what it should be."""


class ModelDirectoryError(SentimentError):
    """A model directory is missing, incomplete, altered, or of a newer format."""

    exit_code = 5


class TrainingError(SentimentError):
    """A training cannot go on: the loss diverged, or a checkpoint does not fit."""

    exit_code = 6


class OutputError(SentimentError):
    """A result cannot be written: no permission, no space, or something stands there already."""

    exit_code = 7


class MissingExtraError(SentimentError):
    """A command needs an optional dependency that is not installed."""

    exit_code = 8

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; this needs: pip install '{DISTRIBUTION}[{extra}]'")


class Interrupted(SentimentError):  # noqa: N818  (it is the user's wish, not a fault)
    """The user stopped a training or a prediction; what is done is kept, and the message says how to go on."""

    exit_code = 130
