"""Refuse config keys that a command ignores: otherwise the mistake would go unnoticed."""

from collections.abc import Collection

from sentiment.config import Config, ResolvedConfig, flatten
from sentiment.errors import ConfigError

PRETRAINING_ALONE = ("pretraining.",)
"""Keys that a training ignores."""

TRAINING_ALONE = (
    *("data.source", "data.validation_source", "data.max_training_rows", "tokenizer.max_tokens"),
    *("model.character_ngrams", "model.word_ngrams", "model.ngram_buckets"),
    *("training.teacher_weight", "training.probe", "training.select_by", "training.calibrate"),
)
"""Keys that a pretraining ignores."""

EPOCHS_ALONE = tuple(
    f"training.{key}"
    for key in (
        *("batch_size", "optimizer", "learning_rate", "weight_decay", "momentum", "schedule", "warmup_fraction"),
        *("gradient_clip", "teacher_weight", "consistency", "encoder_learning_rate_factor"),
        *("average_decay", "select_by", "patience", "checkpoint_interval_s"),
    )
)
"""Keys that a training with 0 epochs ignores: it only fits the output layer and takes no step."""

UNFIT_FOR_PRETRAINING = {
    "training.consistency": 0.0,
    "training.patience": None,
    "training.encoder_learning_rate_factor": 1.0,
    "export.precision": "auto",
}
"""Keys that have no effect in pretraining wherever they are set, with the values that disable them."""


def refuse_unfit(config: Config) -> None:
    """Refuse keys that make no sense in pretraining; some of them would affect the encoder.

    Raises:
        ConfigError: one is set.
    """
    values = flatten(config)
    for key, nothing in UNFIT_FOR_PRETRAINING.items():
        if values[key] != nothing:
            raise ConfigError(f"{key}: has no effect in pretraining; remove it")


def refuse_unread(resolved: ResolvedConfig, unread: Collection[str], what: str) -> None:
    """Refuse settings outside the file that would have no effect; a file may hold keys of both kinds.

    Args:
        resolved: the experiment, and where each value comes from.
        unread: keys, or prefixes of keys.
        what: the kind of training that ignores them, for people.

    Raises:
        ConfigError: one is set.
    """
    for key in resolved.origins:
        if key.startswith(tuple(unread)) and (chosen := resolved.chosen(key)):
            raise ConfigError(f"{chosen}: has no effect in {what}; remove it")
