"""Errors that the user can fix, each with its exit code.

A class with an exit code of its own has a `topic`; the help lists both. 1 is a bug (with its traceback), 2 wrong usage.
"""

from sentiment.distribution import DISTRIBUTION


class SentimentError(Exception):
    """An error that the user can fix.

    Its message is one line: what, where, what to do. It names settings as in `text_column`; the command line shows them
    as options, --text-column.

    Attributes:
        exit_code: of the command.
        topic: the meaning of the exit code, in a few words.
    """

    exit_code: int
    topic: str


class ConfigError(SentimentError):
    """An experiment is invalid: an unknown key, a bad value, unreadable YAML."""

    exit_code, topic = 3, "config"


class DataError(SentimentError):
    """A data set is missing, unreadable or unusable."""

    exit_code, topic = 4, "data"


class DownloadError(DataError):
    """A data set could not be downloaded, or is not the expected one."""


class ModelDirectoryError(SentimentError):
    """A model directory is missing, incomplete, altered, or of a newer format."""

    exit_code, topic = 5, "model directory"


class TrainingError(SentimentError):
    """A training cannot continue: the loss diverged, or a checkpoint does not fit."""

    exit_code, topic = 6, "training"


class OutputError(SentimentError):
    """A result cannot be written: no permission, no space, or the file exists."""

    exit_code, topic = 7, "output cannot be written"


class MissingExtraError(SentimentError):
    """A command needs an optional dependency that is not installed."""

    exit_code, topic = 8, "optional package missing"

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; this needs: pip install '{DISTRIBUTION}[{extra}]'")


class ServiceError(SentimentError):
    """A service cannot run, as its address is taken or its keys cannot be read, or it ended before all was answered."""

    exit_code, topic = 9, "service"


class DataFaultsError(SentimentError):
    """A check of data found faults of the level that was to count."""

    exit_code, topic = 10, "faults found in data"


class SparkError(SentimentError):
    """Spark does not start, or a job of it failed."""

    exit_code, topic = 11, "Spark"


class Interrupted(SentimentError):  # noqa: N818  (requested by the user, not an error)
    """The user stopped a training or a prediction; what is done is kept, and the message says how to resume."""

    exit_code, topic = 130, "interrupted"
