"""Keys that a command does not read: to set one on its command line is a mistake that would go unnoticed."""

from collections.abc import Collection

from sentiment.config import ResolvedConfig
from sentiment.errors import ConfigError

PRETRAINING_ALONE = ("pretraining.",)
"""What a training never reads."""

TRAINING_ALONE = (
    *("data.source", "data.validation_source", "data.max_training_rows", "tokenizer.max_tokens"),
    *("model.character_ngrams", "model.ngram_buckets", "model.ngram_dropout"),
    *("training.teacher_weight", "training.probe", "training.select_by", "training.calibrate"),
)
"""What a pretraining never reads."""


def refuse_unread(resolved: ResolvedConfig, unread: Collection[str], what: str) -> None:
    """Refuse options of the command line that would change nothing; a file may hold keys of both kinds.

    Args:
        resolved: the experiment, and where each value comes from.
        unread: keys, or beginnings of keys.
        what: the work that does not read them, for people.

    Raises:
        ConfigError: one is set.
    """
    for key, origin in resolved.origins.items():
        if origin.startswith("--") and key.startswith(tuple(unread)):
            raise ConfigError(f"{origin} {key}: says nothing of {what}; leave it out")
