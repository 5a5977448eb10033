"""Load the rows of a source by name, whole or split."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.config import DataConfig
from sentiment.data.downloading.download import Progress
from sentiment.data.known_labels import spelled_like
from sentiment.data.opening import OpenedSource, is_file_name, open_source
from sentiment.data.rows import LabelledTexts, label_names, rows_also_in
from sentiment.data.splitting import classes_too_small, split_rows
from sentiment.data.tables import read_table, require_rows
from sentiment.errors import DataError, DownloadError
from sentiment.tables import Columns, TableOptions

FALLBACK_SOURCE = "sample"
"""The data set that a training falls back to if its default one cannot be reached."""

# Keeps the draw of training rows independent of all others with the same seed.
_DRAW_STREAM = 0x726F_7773


@dataclass(frozen=True)
class Splits:
    """The rows of an experiment.

    Attributes:
        train: to train on.
        validation: for choosing the best epoch; may be empty.
        test: to report on; None if none are held out.
        read_as: what they were read from, and how; the sample if that was used instead.
    """

    train: LabelledTexts
    validation: LabelledTexts
    test: LabelledTexts | None
    read_as: DataConfig

    @property
    def source(self) -> str:
        """The name of their source."""
        return self.read_as.source


@dataclass(frozen=True)
class UndividedRows:
    """The rows of a source, before any are held out.

    Attributes:
        whole: to divide.
        validation: the source's own validation rows; None to hold out some of the others.
        test: the source's own test rows; None to hold out some of the others.
        is_fallback: whether the sample was used instead of the source.
    """

    whole: LabelledTexts
    validation: LabelledTexts | None = None
    test: LabelledTexts | None = None
    is_fallback: bool = False

    def divide(self, data: DataConfig, notify: Notify) -> Splits:
        """Hold out the missing parts from the rows.

        Args:
            data: how to divide them; its source is assumed to be what was read.
            notify: gets notes on classes of which none are held out, on rows drawn, and on texts in two parts.

        Raises:
            DataError: the rows drawn are of one class only.
            ConfigError: the fractions leave nothing to train on.
        """
        data = _fallback(data) if self.is_fallback else data
        whole, validation, test = self.whole, self.validation, self.test
        parts = split_rows(
            whole.texts,
            whole.labels,
            validation_fraction=data.validation_fraction if validation is None else 0.0,
            test_fraction=data.test_fraction if test is None else 0.0,
            seed=data.split_seed,
        )
        keeps_back = (data.validation_fraction and validation is None) or (data.test_fraction and test is None)
        if keeps_back and (small := classes_too_small(parts.texts_per_label)):
            notify(f"{data.source}: {small}; all rows of such a class are used for training")
        train = whole.select(f"{data.source} train", _drawn(parts.train, whole.labels, data), with_unused=True)
        if len(train.texts) < len(parts.train):
            notify(
                f"{train.name}: {len(train.texts):,} of {len(parts.train):,} rows are drawn (data.max_training_rows)"
            )
            require_classes(train)
        if validation is None:
            validation = whole.select(f"{data.source} validation", parts.validation, with_unused=False)
        elif repeated := len(rows_also_in(validation.texts, train.texts)):
            notify(f"{validation.name}: {repeated:,} of {len(validation.texts):,} texts are also training rows")
        if test is None and len(parts.test):
            test = whole.select(f"{data.source} test", parts.test, with_unused=False)
        return Splits(train, validation, test, data)


def load_rows(
    source: str,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    split: str | None = None,
    options: TableOptions | None = None,
    others: Sequence[str] = (),
    as_found: bool = False,
    needs_label: bool = True,
    notify: Notify,
    progress: Progress | None = None,
) -> LabelledTexts:
    """Load rows as they are in a source.

    Args:
        source: a named data set, a CSV, TSV, JSONL, XLSX or Parquet file, `hub:NAME` or `hub:NAME@CONFIG`.
        text_column: auto-detected if None.
        label_column: auto-detected if None.
        split: of a named or a hub data set; None for the test split if there is one, else all rows.
        options: for reading a file.
        others: further columns to keep.
        as_found: whether to keep the position of each row, and labelled rows without text, whose text is then "".
        needs_label: whether labels are required; without any, `label_column` and all labels are "".
        notify: gets notes on downloads, on columns found, and on rows left out.
        progress: gets the bytes of a download so far.

    Raises:
        DataError: the rows are not available, or none can be used.
        MissingExtraError: reading them needs a package that is not installed.
    """
    opened = open_source(source, options or TableOptions(), notify, progress)
    if split is None:
        split = opened.default_split()
    elif split not in opened.splits:
        there = f"there are {', '.join(opened.splits)}" if opened.splits else "a file has none"
        raise DataError(f"{source}: no split named {split!r}; {there}")
    wanted = Columns(text_column, label_column)
    return require_rows(_read(opened, split, wanted, notify, others, as_found=as_found, needs_label=needs_label))


def load_splits(
    data: DataConfig,
    *,
    allow_fallback: bool,
    others: Sequence[str] = (),
    notify: Notify,
    progress: Progress | None = None,
) -> Splits:
    """Load the rows of an experiment.

    The source's own test and validation splits are kept; missing ones are held out of the training rows. Rows left
    out are counted with the training rows.

    Args:
        data: which rows, and how to divide them.
        allow_fallback: whether to use the sample if the source cannot be reached.
        others: further columns to keep.
        notify: gets notes on downloads, on columns found, on rows left out, and on the fallback.
        progress: gets the bytes of a download so far.

    Raises:
        DataError: the rows are not available or are of one class only.
        MissingExtraError: reading them needs a package that is not installed.
        ConfigError: the fractions leave nothing to train on.
    """
    undivided = load_undivided(data, allow_fallback=allow_fallback, others=others, notify=notify, progress=progress)
    return undivided.divide(data, notify)


def load_undivided(
    data: DataConfig,
    *,
    allow_fallback: bool,
    others: Sequence[str] = (),
    notify: Notify,
    progress: Progress | None = None,
) -> UndividedRows:
    """Load the rows of an experiment, for division by it or by another that only divides differently.

    Args and errors are those of `load_splits`.
    """
    try:
        return _load_undivided(data, notify, progress, others)
    except DownloadError as error:
        if not allow_fallback:
            raise
        notify(
            f"WARNING: {error}. Training continues with {FALLBACK_SOURCE!r}, the few sentences that ship with "
            "sentiment: good enough to try things out, not for real use"
        )
    return replace(_load_undivided(_fallback(data), notify, progress), is_fallback=True)


def _fallback(data: DataConfig) -> DataConfig:
    """Return the experiment on the sample, without the options of the source it replaces."""
    columns = {"text_column": None, "label_column": None}
    return with_options(data.model_copy(update={"source": FALLBACK_SOURCE, **columns}), TableOptions())


def options_of(data: DataConfig) -> TableOptions:
    """Return the file options of an experiment."""
    return TableOptions(data.format, data.encoding, data.sheet, data.header_row, data.max_record_characters)


def with_options(data: DataConfig, options: TableOptions) -> DataConfig:
    """Return an experiment with these file options."""
    return data.model_copy(update=asdict(options))


def _load_undivided(
    data: DataConfig, notify: Notify, progress: Progress | None, others: Sequence[str] = ()
) -> UndividedRows:
    columns = Columns(data.text_column, data.label_column)
    options, validation_options = _options_of_both(data)
    opened = open_source(data.source, options, notify, progress)
    whole = require_rows(_read(opened, "train" if opened.splits else None, columns, notify, others))
    require_classes(whole)
    test = _read_own_split(opened, "test", columns, notify, others)
    if data.validation_source is None:
        validation = _read_own_split(opened, "validation", columns, notify, others)
    else:
        opened = open_source(data.validation_source, validation_options, notify, progress)
        validation = spelled_like(whole, _read_validation_source(opened, columns, notify), notify)
    return UndividedRows(whole, validation, test)


def _options_of_both(data: DataConfig) -> tuple[TableOptions, TableOptions]:
    """Return the options for the training and the validation rows: the same, as far as they apply."""
    options, validation = options_of(data), data.validation_source
    if validation is None or not is_file_name(validation):
        return options, TableOptions()
    if not is_file_name(data.source):
        return TableOptions(), options
    return options, options.for_another(validation)


def _drawn(rows: NDArray[np.int64], labels: Sequence[str], data: DataConfig) -> NDArray[np.int64]:
    """Return as many of the training rows as the experiment uses, in order.

    A label that was not drawn replaces a row whose label was drawn more than once, while there is one: validation and
    test rows may have any label.
    """
    if data.max_training_rows is None or len(rows) <= data.max_training_rows:
        return rows
    rng = np.random.default_rng([data.split_seed, _DRAW_STREAM])
    drawn = rng.choice(rows, data.max_training_rows, replace=False)
    times = Counter(labels[row] for row in drawn.tolist())
    missing = {labels[row]: row for row in reversed(rows.tolist()) if labels[row] not in times}
    for place in reversed(range(len(drawn))):
        if missing and times[label := labels[drawn[place]]] > 1:
            times[label] -= 1
            drawn[place] = missing.pop(min(missing))
    return np.sort(drawn)


def _read(
    opened: OpenedSource,
    split: str | None,
    columns: Columns,
    notify: Notify,
    others: Sequence[str] = (),
    *,
    as_found: bool = False,
    needs_label: bool = True,
) -> LabelledTexts:
    name = f"{opened.name} {split}" if split else opened.name
    wanted = Columns(columns.text or opened.columns.text, columns.label or opened.columns.label)
    table = opened.open_split(split)
    return read_table(
        name, table, wanted, notify, opened.renamed_labels, others, as_found=as_found, needs_label=needs_label
    )


def _read_own_split(
    opened: OpenedSource, split: str, columns: Columns, notify: Notify, others: Sequence[str] = ()
) -> LabelledTexts | None:
    """Return a split of the source, or None if it has none with labels, as in some competitions."""
    if split not in opened.splits:
        return None
    rows = _read(opened, split, columns, notify, others)
    if not rows.texts:
        notify(f"{rows.name}: contains no labelled rows; {split} rows are taken from the training rows instead")
        return None
    return rows


def _read_validation_source(opened: OpenedSource, columns: Columns, notify: Notify) -> LabelledTexts:
    split = "validation" if "validation" in opened.splits else opened.default_split()
    if split == "test":
        raise DataError(
            f"{opened.name}: cannot be used for validation, because its test split is for reporting only; "
            "choose a file, or remove data.validation_source to hold out some training rows"
        )
    return require_rows(_read(opened, split, columns, notify))


def require_classes(rows: LabelledTexts) -> None:
    """Raise a DataError that names the rows if they are of one class only."""
    try:
        label_names(rows.labels)
    except DataError as error:
        raise DataError(f"{rows.name}: {error}") from None
