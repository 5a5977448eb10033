"""Choose the start and the shipped experiment of a training from its rows, if none is named."""

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentiment.callbacks import Notify
from sentiment.config import Override, ResolvedConfig, load_config
from sentiment.data import GIVEN, Splits, UndividedRows, load_undivided
from sentiment.model_dir import NO_START, called, locate_model, shipped_encoder
from sentiment.text.languages import language_of
from sentiment.training.classification.start import FREE_KEYS
from sentiment.training.unread_keys import EPOCHS_ALONE

FROM_ENCODER = (("few", 2_000), ("finetune_few", 20_000), ("finetune", None))
FROM_SCRATCH = (("few", 5_000), ("small", 20_000), ("bilstm", None))
"""Experiments with the most rows that they suit, None for any number; the first of each takes no step."""

UNEVEN = 0.5
"""Classes are uneven where one has less than this share of the rows that it would have if all had the same number."""

READINGS = {"small": (80_000, 6, 20), "finetune_few": (40_000, 3, 8)}
"""Of experiments for few rows or many, rows read in all epochs together, and the fewest and the most epochs."""

BY_ROWS = "the rows"
"""The origin of a setting that is chosen by the rows."""

ENOUGH_TO_VALIDATE = 50
"""With fewer rows, the 95 % interval of an accuracy of 85 % is wider than 20 points, and chance chooses the epoch."""


@dataclass(frozen=True)
class Choice:
    """An experiment that was chosen by the rows.

    Attributes:
        resolved: the experiment.
        start: what it starts from; None for random weights.
        num_rows: labelled rows; a test split that the data set brings aside.
        rows: what was read.
    """

    resolved: ResolvedConfig
    start: Path | None
    num_rows: int
    rows: UndividedRows

    def summary(self) -> str:
        """Tell people what was chosen, and how to choose otherwise."""
        start = "random weights" if self.start is None else called(self.start)
        uneven = ", classes are uneven" if self.resolved.origins["training.select_by"] == BY_ROWS else ""
        return (
            f"{self.num_rows:,} rows{uneven}: training {self.resolved.name} from {start}; to choose otherwise, "
            f"name an experiment, or what to start from ({NO_START}: random weights)"
        )


def choose_experiment(
    overrides: Sequence[Override],
    notify: Notify,
    rows: UndividedRows | None = None,
    *,
    start_from: str | Path | None = None,
    has_teacher: bool = False,
) -> Choice:
    """Choose the shipped experiment that suits the rows, and unless it is named, what it starts from.

    Korean and English texts start from the encoder for their language that comes with the package, others at random.
    Where classes are uneven, macro F1 selects the best epoch.

    Args:
        overrides: of the command line; they tell which rows. What sets the network's sizes or tokens leaves no choice
            of a start: it is random weights.
        notify: gets notes on downloads, on columns found, on rows left out, and on the fallback.
        rows: None to read them.
        start_from: an encoder or a model; `NO_START` for random weights; None to choose.
        has_teacher: whether a teacher's answers are learned, which takes epochs.

    Raises:
        DataError: the rows cannot be had or are of one class.
        ConfigError: an override is wrong.
        ModelDirectoryError: there is no such start.
    """
    resolved = load_config("finetune", overrides)
    allow_fallback = resolved.origins["data.source"] == "default"
    rows = rows or load_undivided(resolved.config.data, allow_fallback=allow_fallback, notify=notify)
    num_rows = min(len(rows.whole.texts), resolved.config.data.max_training_rows or len(rows.whole.texts))
    keys = {override.key for override in overrides}
    if start_from is None:
        start = None if _sets_network(keys) else shipped_encoder(language_of(rows.whole.texts))
    else:
        start = None if start_from == NO_START else locate_model(start_from)
    has_start = start is not None
    needs_epochs = has_teacher or _asks_for_epochs(overrides) or not (has_start or resolved.config.model.has_ngrams)
    name = _experiment_for(num_rows, has_start=has_start, needs_epochs=needs_epochs)
    suited = _settings_for(name, num_rows, rows.whole.labels)
    return Choice(load_config(name, [*suited, *overrides]), start, num_rows, rows)


def _experiment_for(num_rows: int, *, has_start: bool, needs_epochs: bool) -> str:
    suited = (FROM_ENCODER if has_start else FROM_SCRATCH)[needs_epochs:]
    return next(name for name, most in suited if most is None or num_rows <= most)


def _settings_for(name: str, num_rows: int, labels: Sequence[str]) -> list[Override]:
    """Return what the rows set of an experiment; settings that are asked for come later, and count."""
    settings = []
    if name in READINGS:
        readings, fewest, most = READINGS[name]
        settings.append(Override("training.epochs", min(max(round(readings / num_rows), fewest), most), BY_ROWS))
    if name != "few" and _are_uneven(labels):
        settings.append(Override("training.select_by", "macro_f1", BY_ROWS))
    return settings


def _sets_network(keys: Iterable[str]) -> bool:
    return any(key.startswith(("tokenizer.", "model.")) and key not in FREE_KEYS for key in keys)


def _asks_for_epochs(overrides: Sequence[Override]) -> bool:
    """Return whether settings have an effect on epochs alone; a network of one's own is there to be trained, too."""
    keys = {override.key for override in overrides}
    sets_some = any(override.key == "training.epochs" and str(override.value) != "0" for override in overrides)
    return sets_some or _sets_network(keys) or not keys.isdisjoint(EPOCHS_ALONE)


def _are_uneven(labels: Sequence[str]) -> bool:
    counts = Counter(labels)
    return min(counts.values()) < UNEVEN * len(labels) / len(counts)


def validation_advice(splits: Splits) -> str | None:
    """Say what suits rows of which too few are left to validate on; None where they are enough, or none were wanted.

    Args:
        splits: of an experiment that chooses its best epoch by validation rows.
    """
    data, number = splits.read_as, len(splits.validation.texts)
    if number >= ENOUGH_TO_VALIDATE or not (data.validation_fraction or data.validation_source):
        return None
    start = shipped_encoder(language_of(splits.train.texts))
    if data.validation_source is not None:
        remedy = "add more with `eval_data`"
    elif data.source == GIVEN:
        choice = "config='few'" if start is None else f"start_from={start.name!r}"
        remedy = f"add rows, or learn from all of them with {choice}"
    else:
        way = ["few"] if start is None else ["--from", start.name]
        command = ["sentiment", "train", *way, "--data", data.source]
        for option, column in (("--text-column", data.text_column), ("--label-column", data.label_column)):
            command += [option, column] if column is not None else []
        remedy = f"add rows, or learn from all of them: {shlex.join(command)}"
    return (
        f"{data.validation_source or data.source}: too few rows to validate on, {number}, to choose an epoch or "
        f"to measure the model; {remedy}"
    )
