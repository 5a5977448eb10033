"""Which shipped experiment suits a number of rows: chosen where none is named, advised where another has too few."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from sentiment.callbacks import Notify
from sentiment.config import Override, ResolvedConfig, load_config
from sentiment.data import GIVEN, Splits, UndividedRows, load_undivided
from sentiment.model_dir import SHIPPED_ENCODER

EXPERIMENTS = (("few", 500), ("finetune_few", 20_000))
MANY = "finetune"


ENOUGH_TO_VALIDATE = 50
"""With fewer rows, the 95 % interval of an accuracy of 85 % is wider than 20 points, and chance chooses the epoch."""


@dataclass(frozen=True)
class Choice:
    """An experiment that was chosen by the number of rows.

    Attributes:
        resolved: the experiment.
        num_rows: labelled rows; a test split that the data set brings aside.
        rows: what was read.
    """

    resolved: ResolvedConfig
    num_rows: int
    rows: UndividedRows

    def summary(self) -> str:
        """Tell people what was chosen, and how to choose otherwise."""
        return (
            f"{self.num_rows:,} rows: the experiment is {self.resolved.name}; name another before the options "
            "(sentiment config list)"
        )


def choose_experiment(overrides: Sequence[Override], notify: Notify, rows: UndividedRows | None = None) -> Choice:
    """Choose the shipped experiment that suits the rows.

    Args:
        overrides: of the command line; they tell which rows.
        notify: hears of downloads, of columns found, of rows left out, and of the fallback.
        rows: None to read them.

    Raises:
        DataError: the rows cannot be had or are of one class.
        ConfigError: an override is wrong.
    """
    resolved = load_config(MANY, overrides)
    allow_fallback = resolved.origins["data.source"] == "default"
    rows = rows or load_undivided(resolved.config.data, allow_fallback=allow_fallback, notify=notify)
    num_rows = min(len(rows.whole.texts), resolved.config.data.max_training_rows or len(rows.whole.texts))
    name = next((name for name, most in EXPERIMENTS if num_rows <= most), MANY)
    return Choice(load_config(name, overrides), num_rows, rows)


def validation_advice(splits: Splits) -> str | None:
    """Say what suits rows of which too few are left to validate on; None where they are enough, or none were wanted.

    Args:
        splits: of an experiment that chooses its best epoch by validation rows.
    """
    data, number = splits.read_as, len(splits.validation.texts)
    if number >= ENOUGH_TO_VALIDATE or not (data.validation_fraction or data.validation_source):
        return None
    if data.validation_source is not None:
        remedy = "name more with `eval_data`"
    elif data.source == GIVEN:
        remedy = f"add rows, or learn from all of them with start_from={SHIPPED_ENCODER!r}"
    else:
        command = ["sentiment", "train", "--from", SHIPPED_ENCODER, "--data", data.source]
        for option, column in (("--text-column", data.text_column), ("--label-column", data.label_column)):
            command += [option, column] if column is not None else []
        remedy = f"add rows, or learn from all of them: {shlex.join(command)}"
    return (
        f"{data.validation_source or data.source}: too few rows to validate on, {number}, to choose an epoch by or to "
        f"tell how good the model is; {remedy}"
    )
