"""Which shipped experiment suits a number of rows, where a training starts from an encoder and names none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sentiment.config import Override, ResolvedConfig, load_config
from sentiment.data import load_splits
from sentiment.errors import SentimentError

EXPERIMENTS = (("few", 500), ("finetune_few", 20_000))
MANY = "finetune"


@dataclass(frozen=True)
class Choice:
    """An experiment that was chosen by the number of rows.

    Attributes:
        resolved: the experiment.
        num_rows: labelled rows; a test split that the data set brings aside.
    """

    resolved: ResolvedConfig
    num_rows: int

    def summary(self) -> str:
        """Tell people what was chosen, and how to choose otherwise."""
        return (
            f"{self.num_rows:,} rows: the experiment is {self.resolved.name}; name another before the options "
            "(sentiment config list)"
        )


def choose_experiment(overrides: Sequence[Override], notify: Callable[[str], None]) -> Choice:
    """Choose the shipped experiment that suits the rows, which are read for it.

    Args:
        overrides: of the command line; they tell which rows.
        notify: hears what is to be known of the rows where they cannot be used; else the training tells it.

    Raises:
        DataError: the rows cannot be had or are of one class.
        ConfigError: an override is wrong.
    """
    resolved = load_config(MANY, overrides)
    undivided = resolved.config.data.model_copy(update={"validation_fraction": 0.0, "test_fraction": 0.0})
    allow_fallback = resolved.origins["data.source"] == "default"
    notes: list[str] = []
    try:
        splits = load_splits(undivided, allow_fallback=allow_fallback, notify=notes.append)
    except SentimentError:
        for note in notes:
            notify(note)
        raise
    num_rows = len(splits.train.texts)
    name = next((name for name, most in EXPERIMENTS if num_rows <= most), MANY)
    return Choice(load_config(name, overrides), num_rows)
