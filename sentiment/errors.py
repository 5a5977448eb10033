"""Everything that can go wrong for a reason the user can fix, and the exit code each one ends with.

A class with an exit code of its own has a `topic`; the help lists both. 1 is a bug (with its traceback), 2 wrong usage.
"""

from sentiment.distribution import DISTRIBUTION


class SentimentError(Exception):
    """A fault that the user can fix.

    Its message is one line: what, where, what to do. What is to be set stands in it as `text_column`, and the command
    line shows the option, --text-column.

    Attributes:
        exit_code: of the command.
        topic: what the exit code stands for, in a word or a few.
    """

    exit_code: int
    topic: str


class ConfigError(SentimentError):
    """An experiment is described wrongly: an unknown key, a bad value, unreadable YAML."""

    exit_code, topic = 3, "config"


class DataError(SentimentError):
    """A data set is missing, unreadable or unusable."""

    exit_code, topic = 4, "data"


class DownloadError(DataError):
    """A data set could not be fetched, or is not what it should be."""


class ModelDirectoryError(SentimentError):
    """A model directory is missing, incomplete, altered, or of a newer format."""

    exit_code, topic = 5, "model directory"


class TrainingError(SentimentError):
    """A training cannot continue: the loss diverged, or a checkpoint does not fit."""

    exit_code, topic = 6, "training"


class OutputError(SentimentError):
    """A result cannot be written: no permission, no space, or something stands there already."""

    exit_code, topic = 7, "output cannot be written"


class MissingExtraError(SentimentError):
    """A command needs an optional dependency that is not installed."""

    exit_code, topic = 8, "optional package missing"

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed; this needs: pip install '{DISTRIBUTION}[{extra}]'")


class Interrupted(SentimentError):  # noqa: N818  (it is the user's wish, not a fault)
    """The user stopped a training or a prediction; what is done is kept, and the message says how to resume."""

    exit_code, topic = 130, "interrupted"
