"""The Python interface: `sentiment.train` and `sentiment.evaluate`."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentiment.config import Override, ResolvedConfig
    from sentiment.data import LabelledTexts, UndividedRows
    from sentiment.inference import Classifier
    from sentiment.metrics import ClassificationMetrics
    from sentiment.training import OwnCell, Report

_log = logging.getLogger("sentiment")

_DIVISION = ("validation_fraction", "max_training_rows", "split_seed")
"""Keys of the section `data` that apply to rows passed by a program; the others locate rows."""


def train(
    texts: Iterable[str],
    labels: Iterable[object],
    *,
    config: str | Path | None = None,
    start_from: "Classifier | str | Path | None" = None,
    validation: tuple[Iterable[str], Iterable[object]] | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: "Callable[[Report], None] | None" = None,
    out: str | Path | None = None,
    force: bool = False,
    cell: "type[OwnCell] | None" = None,
    **settings: object,
) -> "Classifier":
    """Train a classifier on texts and labels, as `sentiment train` does.

    It may run in any thread: it handles no signals, and restores torch's threads and random state at the end. Trainings
    of one process wait for each other. An interrupted one leaves no files and cannot be resumed. The output of
    `sentiment train` goes to the logger `sentiment`, at level INFO.

    Args:
        texts: To train on; empty ones are left out.
        labels: One for each text: strings, numbers or booleans; rows whose label is None are left out.
        config: A shipped experiment (`sentiment config list`) or the path of a YAML file; chosen by the rows if None.
        start_from: An encoder or a model to start from: its directory, the name of a run, or `korean-reviews` or
            `english-reviews`, which come with the package, or a classifier whose directory still exists; "none" for
            random weights. If None, random weights, or without `config` what suits the texts.
        validation: Texts and labels to validate on. If None, some rows are held out, as set in the config.
        seed: Of weights, order and noise.
        threads: Processor threads; all cores if None.
        progress: Gets a `StepReport` after every step and an `EpochReport` after every epoch. An exception stops
            the training.
        out: The model directory to write; none is kept if None.
        force: Whether an existing model at `out` may be replaced.
        cell: A recurrent cell of one's own, in place of `model__cell`.
        settings: Keys of the config (`sentiment config keys`), with `__` for the dot, as in `training__epochs=3`, or a
            mapping for a section, as in `training={"epochs": 3}`.

    Returns:
        The classifier, as from `Classifier.load`.

    Raises:
        MissingExtraError: The extra `train` is not installed.
        ConfigError: A setting is unknown or invalid, or has no effect here.
        DataError: The rows are of one class only, or none can be used.
        ModelDirectoryError: `start_from` cannot be used.
        OutputError: A model exists at `out`, or it cannot be written.
        TrainingError: The loss diverges.
        TypeError: A text is not a string, or a label has an unsupported type.
        ValueError: The numbers of texts and labels differ.
    """
    from sentiment.data import UndividedRows
    from sentiment.inference import Classifier
    from sentiment.training import Observer, classification_job, run_through, train_with

    if isinstance(start_from, Classifier):
        start_from = str(_directory_of(start_from))
    if cell is not None:
        train_with(cell)
        settings |= {"model__cell": cell.name}
    chosen = {"config": config, "start_from": start_from, "seed": seed, "threads": threads} | settings
    rows = UndividedRows(_rows(texts, labels), None if validation is None else _validation_rows(validation))
    overrides = [*_overrides({"training": {"seed": seed, "threads": threads}}), *_overrides(settings)]
    resolved, start = _experiment(config, overrides, rows, start_from)
    shown = "".join(f", {name}={value!r}" for name, value in chosen.items() if value is not None)
    with TemporaryDirectory(prefix="sentiment-") as folder:
        result = run_through(
            lambda: classification_job(resolved, _log.info, start, rows=rows),
            Path(folder, "model") if out is None else Path(out),
            replace=force,
            command=[f"sentiment.train(texts, labels{shown})"],
            observer=Observer(progress or _ignore, _log.info),
        )
        return Classifier.load(result.path, threads=threads, in_memory=out is None)


def evaluate(
    model: "Classifier | str | Path", texts: Iterable[str], labels: Iterable[object], *, threads: int | None = None
) -> "ClassificationMetrics":
    """Measure a model on texts and labels, with the figures of `sentiment eval`. Nothing is written.

    Args:
        model: A classifier, a model directory, or a name as in `Classifier.load`.
        texts: To predict; those without a token for the model are left out.
        labels: The true one of each text, as in `train`.
        threads: Batches that run at the same time, if the model is loaded; one per core if None.

    Returns:
        Accuracy with its 95 % interval, macro F1, log loss, Brier score, calibration error, the confusion matrix, and
        precision, recall and F1 of each class; `to_dict` gives them as plain values.

    Raises:
        DataError: A label is not among the model's, or there is nothing to score.
        ModelDirectoryError: The model cannot be read.
        TypeError: A text is not a string, or a label has an unsupported type.
        ValueError: The numbers of texts and labels differ.
    """
    from sentiment.evaluation import Answers, Score
    from sentiment.inference import Classifier

    classifier = model if isinstance(model, Classifier) else Classifier.load(model, threads=threads)
    rows = _rows(texts, labels)
    answers = Answers.of(classifier.score(rows.texts), rows, classifier.labels)
    return Score.of(answers.readable(rows.name), None).metrics


def _directory_of(start: "Classifier") -> Path:
    """Return the directory of a classifier.

    Raises:
        ConfigError: It no longer contains that model.
    """
    from sentiment.errors import ConfigError, ModelDirectoryError
    from sentiment.model_dir import ModelDirectory

    with suppress(ModelDirectoryError):
        if ModelDirectory.open(start.path).fingerprint() == start.fingerprint:
            return Path(start.path)
    raise ConfigError(
        "start_from: the classifier's model directory does not exist or contains another model; train it with "
        "`out`, or pass another directory"
    )


def _experiment(
    config: str | Path | None, overrides: "list[Override]", rows: "UndividedRows", start_from: str | Path | None
) -> "tuple[ResolvedConfig, Path | None]":
    """Load the experiment, or choose it by the rows, which replace those it names.

    Returns:
        The experiment, and its starting point.
    """
    from sentiment.config import DataConfig, load_config
    from sentiment.data import GIVEN
    from sentiment.model_dir import NO_START, locate_model
    from sentiment.training import choose_experiment, refuse_unread

    if config is None:
        choice = choose_experiment(overrides, _log.info, rows, start_from=start_from)
        _log.info(choice.summary())
        resolved, start = choice.resolved, choice.start
    else:
        resolved = load_config(str(config), overrides)
        start = None if start_from in {None, NO_START} else locate_model(start_from)
    unread = [f"data.{key}" for key in DataConfig.model_fields if key not in _DIVISION]
    refuse_unread(resolved, unread, "a training on texts that are given")
    division = {key: getattr(resolved.config.data, key) for key in _DIVISION}
    data = DataConfig(source=GIVEN, test_fraction=0.0, **division)
    return replace(resolved, config=resolved.config.model_copy(update={"data": data})), start


def _overrides(settings: Mapping[str, object]) -> "Iterator[Override]":
    """Yield the settings of keyword arguments; None means null, except for threads, where it leaves the config's."""
    import numpy as np

    from sentiment.config import ARGUMENT, Override

    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _overrides({f"{name}__{key}": inner for key, inner in value.items()})
        elif (name, value) != ("training__threads", None):
            yield Override(name.replace("__", "."), value.item() if isinstance(value, np.generic) else value, ARGUMENT)


def _rows(texts: Iterable[str], labels: Iterable[object], part: str = "") -> "LabelledTexts":
    """Check texts and labels, and convert them to rows."""
    import numpy as np

    from sentiment.data import given_rows
    from sentiment.inference.texts import checked_texts

    if isinstance(labels, str):
        raise TypeError("labels must be a list, not a single string; wrap it in a list")
    several = [str(text) for text in checked_texts(texts)]
    plain = [label.item() if isinstance(label, np.generic) else label for label in labels]
    for position, label in enumerate(plain):
        if not isinstance(label, str | bool | int | float | Decimal | None):
            kind = type(label).__name__
            raise TypeError(f"labels must be strings, numbers or booleans, and number {position + 1} is of type {kind}")
    if len(several) != len(plain):
        raise ValueError(f"there are {len(several):,} texts and {len(plain):,} labels; give one label for each text")
    return given_rows(several, plain, _log.info, part=part)


def _validation_rows(validation: tuple[Iterable[str], Iterable[object]]) -> "LabelledTexts":
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise TypeError("validation must be a pair, as in validation=(texts, labels)")
    texts, labels = validation
    return _rows(texts, labels, part="validation")


def _ignore(_report: "Report") -> None:
    """Do nothing."""
