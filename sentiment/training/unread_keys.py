"""Config keys that a command ignores are refused: the mistake would go unnoticed."""

from collections.abc import Collection

from sentiment.config import Config, ResolvedConfig, flatten
from sentiment.errors import ConfigError

PRETRAINING_ALONE = ("pretraining.",)
"""What a training never reads."""

TRAINING_ALONE = (
    *("data.source", "data.validation_source", "data.max_training_rows", "tokenizer.max_tokens"),
    *("model.character_ngrams", "model.word_ngrams", "model.ngram_buckets"),
    *("training.teacher_weight", "training.probe", "training.select_by", "training.calibrate"),
)
"""What a pretraining never reads."""

EPOCHS_ALONE = tuple(
    f"training.{key}"
    for key in (
        *("batch_size", "optimizer", "learning_rate", "weight_decay", "momentum", "schedule", "warmup_fraction"),
        *("gradient_clip", "teacher_weight", "encoder_learning_rate_factor"),
        *("average_decay", "select_by", "patience", "checkpoint_interval_s"),
    )
)
"""What a training of no epochs never reads: its output layer is fitted, and no step is taken."""

UNFIT_FOR_PRETRAINING = {
    "training.patience": None,
    "training.encoder_learning_rate_factor": 1.0,
    "export.precision": "float32",
}
"""Keys that make no sense in a pretraining, wherever they are set, with the values that leave them out."""


def refuse_unfit(config: Config) -> None:
    """Refuse what makes no sense in a pretraining; some of it would act on the encoder.

    Raises:
        ConfigError: it is set.
    """
    values = flatten(config)
    for key, nothing in UNFIT_FOR_PRETRAINING.items():
        if values[key] != nothing:
            raise ConfigError(f"{key}: has no effect in pretraining; remove it")


def refuse_unread(resolved: ResolvedConfig, unread: Collection[str], what: str) -> None:
    """Refuse settings outside the file that would change nothing; a file may hold keys of both kinds.

    Args:
        resolved: the experiment, and where each value comes from.
        unread: keys, or beginnings of keys.
        what: the work that does not read them, for people.

    Raises:
        ConfigError: one is set.
    """
    for key in resolved.origins:
        if key.startswith(tuple(unread)) and (chosen := resolved.chosen(key)):
            raise ConfigError(f"{chosen}: has no effect in {what}; remove it")
