"""The rows that a model is measured on, and those that it was trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify, silent
from sentiment.config import DataConfig
from sentiment.data import (
    LabelledTexts,
    ReviewSheet,
    Splits,
    classes_too_small,
    count_texts,
    drawn_rows,
    is_file_name,
    is_on_this_machine,
    known_spelling,
    load_rows,
    options_of,
    renamed_note,
    source_info,
    source_names,
)
from sentiment.errors import DataError
from sentiment.evaluation.training_origin import TrainingOrigin
from sentiment.tables import TableOptions

CROSS_VALIDATION = "cross-validation"
"""In place of a split: training rows of the model, each predicted by a fit on the others during training."""

_LABELS_SHOWN = 10


@dataclass(frozen=True)
class WantedRows:
    """The requested rows; None where the choice is left open.

    Attributes:
        source: a named data set, a file or hub:NAME; None for the data set that the model was trained on.
        split: train, validation or test.
        text_column: the column with the texts.
        label_column: the column with the labels.
        options: for reading a file.
        others: further columns whose cells to keep.
    """

    source: str | None = None
    split: str | None = None
    text_column: str | None = None
    label_column: str | None = None
    options: TableOptions = field(default_factory=TableOptions)
    others: tuple[str, ...] = ()

    def read(self, source: str, split: str | None, notify: Notify) -> LabelledTexts:
        """Read a split of a source as requested, or all of it for None."""
        return load_rows(
            source,
            text_column=self.text_column,
            label_column=self.label_column,
            split=split,
            options=self.options,
            others=self.others,
            notify=notify,
        )

    def divided_like(self, trained: DataConfig, source: str) -> DataConfig:
        """Return how to divide the file at `source`, read as requested, as that of the training was divided."""
        columns = {"text_column": self.text_column, "label_column": self.label_column}
        return trained.model_copy(update={"source": source, **columns, **asdict(self.options)})

    def is_read_alike(self, rows: LabelledTexts, trained: DataConfig) -> bool:
        """Return whether rows were read from the requested columns and with the requested options, if any."""
        same_columns = self.text_column in (None, rows.text_column) and self.label_column in (None, rows.label_column)
        return same_columns and self.options in (TableOptions(), options_of(trained))


@dataclass(frozen=True)
class TrainingRows:
    """What a model was trained on.

    Attributes:
        rows: its training rows.
        known_texts: the texts of its training rows, and of the rows that chose its best epoch; not those an encoder
            or a teacher was trained on earlier.
    """

    rows: LabelledTexts
    known_texts: frozenset[str]


@dataclass(frozen=True)
class EvaluationRows:
    """The rows to measure a model on, and those that it was trained on.

    Attributes:
        rows: to predict.
        source: where they come from.
        split: which part of it; None for all.
        training: the training rows; None if they were not read.
    """

    rows: LabelledTexts
    source: str
    split: str | None
    training: TrainingRows | None

    @property
    def is_known_from_training(self) -> bool:
        """Whether they are the model's own training rows, so that it predicts them too well."""
        return self.training is not None and self.split in ("train", CROSS_VALIDATION)


def load_evaluation_rows(origin: TrainingOrigin, wanted: WantedRows, notify: Notify) -> EvaluationRows:
    """Load the rows to evaluate; of the model's own source this is the test split, unless another is requested.

    Args:
        origin: where the model's training rows came from.
        wanted: which rows to evaluate.
        notify: gets notes on downloads and on rows that cannot be used.

    Raises:
        DataError: if they are not available.
        MissingExtraError: if reading them needs a package that is not installed.
    """
    source = origin.config.source if wanted.source is None else wanted.source
    if is_same_source(source, origin.config.source):
        splits = origin.load(notify, wanted.others)
        if wanted.is_read_alike(splits.train, origin.config):
            return _of_training(origin, splits, wanted.split)
    split = wanted.split or _default_split(source)
    is_file = is_file_name(source)
    rows = wanted.read(source, None if is_file else split, notify)
    if is_file and origin.has_divided(rows):
        notify(
            f"{rows.name}: contains the rows of {origin.config.source}, which the model was trained on; of these, its "
            f"{split or 'test'} rows are used"
        )
        copied = replace(origin, config=wanted.divided_like(origin.config, source))
        return _of_training(copied, copied.load(silent, wanted.others), wanted.split)
    if is_file and split is not None:
        rows = wanted.read(source, split, notify)  # raises that a file has no splits
    if (note := renamed_note(rows.labels, origin.labels)) is not None:
        notify(f"{rows.name}: {note}")
    if rows.sha256 == origin.sha256[0]:
        notify(f"WARNING: {rows.name}: the model was trained on these rows, so its predictions are too good on them")
    return EvaluationRows(rows, source, split, None)


def _of_training(origin: TrainingOrigin, splits: Splits, split: str | None) -> EvaluationRows:
    """Return a part of the rows that a model was trained on: by default those that it has not seen."""
    if split is None and splits.test is None and origin.cross_validation is not None:
        rows = origin.cross_validated(splits.train)
        return EvaluationRows(rows, splits.source, CROSS_VALIDATION, _training_rows(splits, None))
    part = split or "test"
    return EvaluationRows(_choose(splits, part), splits.source, part, _training_rows(splits, part))


def drawn_at_random(chosen: EvaluationRows, notify: Notify) -> tuple[EvaluationRows, LabelledTexts | None]:
    """Divide the rows of a review sheet, as `predict --review` writes it, into random and chosen ones.

    Args:
        chosen: any rows; those without the column of such a sheet are returned as they are, and so are those of a
            cross-validation, whose scores are of all of them.
        notify: gets a warning if no random row has a label.

    Returns:
        The rows to measure on, and the others; None if there are none.
    """
    rows = chosen.rows
    sheet = ReviewSheet.of(rows)
    if not len(sheet.least_certain) or chosen.split == CROSS_VALIDATION:
        return chosen, None
    if not len(sheet.drawn):
        notify(
            f"WARNING: {rows.name}: no row that was drawn at random has a label; the others were chosen because the "
            "model is unsure of them, so their accuracy is too low for others"
        )
        return chosen, None
    others = rows.select(rows.name, sheet.least_certain, with_unused=False)
    return replace(chosen, rows=drawn_rows(rows)), others


def refuse_known_rows(chosen: EvaluationRows, first: TrainingOrigin, others: Mapping[str, TrainingOrigin]) -> None:
    """Refuse rows that another model was trained on.

    Args:
        chosen: as loaded for the first model, before any are drawn from a review sheet.
        first: where the training rows of that model came from.
        others: those of the others, by their names.

    Raises:
        DataError: rows are from the source of another model, which did not hold out the same ones.
    """
    has_fixed_test_rows = chosen.split == "test" == _default_split(chosen.source)
    for name, origin in others.items():
        is_known = (
            is_same_source(chosen.source, origin.config.source)
            or chosen.rows.sha256 == origin.sha256[0]
            or _is_from_same_rows(chosen, first, origin)
        )
        if is_known and origin.sha256 != first.sha256 and not has_fixed_test_rows:
            raise DataError(
                f"{name}: was trained on rows of {chosen.source}; choose rows that no model was trained on with `data`"
            )


def _is_from_same_rows(chosen: EvaluationRows, first: TrainingOrigin, other: TrainingOrigin) -> bool:
    """Return whether another training has divided the rows that the chosen ones are a part of, under any name."""
    if chosen.training is None:
        return other.has_divided(chosen.rows)
    return other.undivided_sha256 is not None and other.undivided_sha256 == first.undivided_sha256


def load_training_rows(origin: TrainingOrigin, notify: Notify) -> TrainingRows:
    """Load what a model was trained on, for baselines on other rows; nothing is downloaded for that.

    Raises:
        DataError: if the rows cannot be reached, have changed, or would have to be downloaded.
        MissingExtraError: if reading them needs a package that is not installed.
    """
    source = origin.config.source
    if not is_on_this_machine(source):
        raise DataError(f"{source}: not on this machine, and not downloaded for a baseline")
    return _training_rows(origin.load(notify), None)


def number_labels(rows: LabelledTexts, labels: Sequence[str]) -> NDArray[np.int64]:
    """Return the class of each row, (n,), as its position in `labels`.

    Raises:
        DataError: if a row has a label that is not among them.
    """
    spelling = known_spelling(set(rows.labels), labels)
    numbers = {label: labels.index(known) for label, known in spelling.items()}
    unknown = sorted(set(rows.labels) - numbers.keys())
    if unknown:
        raise DataError(
            f"{rows.name}: labels unknown to the model: {_listed(unknown)}; its labels are {_listed(labels)}; rename "
            "them, or choose the right column with `label_column`"
        )
    return np.array([numbers[label] for label in rows.labels], dtype=np.int64)


def is_same_source(source: str, trained: str) -> bool:
    """Return whether two names are of the same data set or file."""
    one, other = Path(source), Path(trained)
    return source == trained or (one.is_file() and other.is_file() and one.samefile(other))


def _default_split(source: str) -> str | None:
    """Return the split that a named data set is evaluated on; a file has none."""
    return "test" if source in source_names() and "test" in source_info(source).splits else None


def _choose(splits: Splits, split: str) -> LabelledTexts:
    by_name: dict[str, LabelledTexts | None] = {
        "train": splits.train,
        "validation": splits.validation,
        "test": splits.test,
    }
    if split not in by_name:
        raise DataError(f"{splits.source}: no split named {split!r}; there are {', '.join(by_name)}")
    rows = by_name[split]
    if rows is None or not rows.texts:
        kept = [name for name, part in by_name.items() if part is not None and part.texts and name != "train"]
        other = f", or --split {kept[0]}" if kept else ""
        raise DataError(
            f"{splits.source}: the training held out no {split} rows, {_why_none(splits, split)}; choose "
            f"a file of rows that it was not trained on with `data`{other}"
        )
    return rows


def _why_none(splits: Splits, split: str) -> str:
    data, train = splits.read_as, splits.train
    if not (data.test_fraction if split == "test" else data.validation_fraction):
        return f"because its experiment holds none out (data.{split}_fraction is 0)"
    if small := classes_too_small(count_texts(train.texts, train.labels)):
        return f"because {small}"
    return "because its texts repeat too often"


def _training_rows(splits: Splits, evaluated_split: str | None) -> TrainingRows:
    known = set(splits.train.texts)
    if evaluated_split not in ("train", "validation"):
        known.update(splits.validation.texts)
    return TrainingRows(splits.train, frozenset(known))


def _listed(labels: Sequence[str]) -> str:
    """List labels on one line, whatever their number and length."""
    shown = [repr(label if len(label) <= 40 else f"{label[:39]}…") for label in islice(labels, _LABELS_SHOWN)]
    more = len(labels) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
