"""The texts that an encoder is pretrained on: from several sources, labelled or not, and never one of a test."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import astuple, dataclass, replace
from operator import add

import numpy as np
from numpy.typing import NDArray

from sentiment.callbacks import Notify, silent
from sentiment.config import DataConfig
from sentiment.data.behaviour import suite_texts
from sentiment.data.downloading.download import Progress
from sentiment.data.labels import missing_labels
from sentiment.data.loading import load_rows, load_splits, options_of, with_options
from sentiment.data.opening import OpenedSource, is_file_name, open_source
from sentiment.data.rows import LabelledTexts, RowCounts, grouping_key, sorted_labels
from sentiment.data.sources import UNLABELLED, source_info, source_names
from sentiment.data.tables import collect
from sentiment.errors import DataError, DownloadError
from sentiment.tables import Columns, Table, TableOptions, find_columns, find_text_column
from sentiment.tables.columns.finding import is_rating
from sentiment.tables.columns.names import LABELS, word_key
from sentiment.text.scripts import unread_script

RESERVED_SOURCES = {"nsmc": "Hangul", "imdb": "Latin"}
"""The data sets whose test texts no pretraining may read, whatever it reads else, and the script of their texts."""

_NUM_SAMPLED_TEXTS = 1_000

ABSENT = -1
"""The grade or the class of a text that has none."""


@dataclass(frozen=True)
class PretrainingTexts:
    """Texts of all sources, one after the other.

    Attributes:
        texts: none is empty, and none is a test text.
        grades: (n,), int64, positions in `grade_values`; ABSENT where a text has no rating, or is a validation text.
        classes: (n,), int64, positions in `class_names`; ABSENT where a text has no label, or is a validation text.
        grade_values: the ratings there are, ascending.
        class_names: the labels there are, sorted.
        sha256: of each source's rows as they were read, in hex.
        num_read: of each source, rows with a text.
        num_reserved: of each source, rows left out as their text is a test text.
    """

    texts: list[str]
    grades: NDArray[np.int64]
    classes: NDArray[np.int64]
    grade_values: tuple[int, ...]
    class_names: tuple[str, ...]
    sha256: dict[str, str]
    num_read: dict[str, int]
    num_reserved: dict[str, int]


@dataclass(frozen=True)
class _Source:
    """Rows of one source; the label of a text without one is "".

    Attributes:
        rows: those to read.
        has_ratings: whether their labels are ratings.
        test_texts: that a training on the source would report on.
        validation_texts: that a training on the source would choose by.
    """

    rows: LabelledTexts
    has_ratings: bool
    test_texts: Sequence[str] = ()
    validation_texts: Sequence[str] = ()


@dataclass(frozen=True)
class _Kept:
    """Which rows of a source are learned from.

    Attributes:
        rows: positions, ascending.
        has_label: of each of them, whether its label is; not where its text equals a validation text.
    """

    rows: list[int]
    has_label: list[bool]


def texts_apart_from(texts: Sequence[str], reserved: Iterable[str]) -> NDArray[np.int64]:
    """Return the positions, (kept,), of the texts that equal no reserved one.

    Two texts are equal where they differ in case, white space and Unicode form only, which is how splits compare them.
    """
    reserved_keys = {grouping_key(text) for text in reserved}
    return np.array([row for row, text in enumerate(texts) if grouping_key(text) not in reserved_keys], dtype=np.int64)


def load_pretraining_texts(
    sources: Sequence[str], data: DataConfig, notify: Notify, progress: Progress | None = None
) -> PretrainingTexts:
    """Load the texts of some sources, but for every one that equals a test text.

    Test texts are those of `RESERVED_SOURCES`, those of the suites of behaviour, and of each source those that a
    training on it would report on. Of texts that equal one that a training would validate on, labels and ratings are
    left out, though not the texts. A named data set of ratings is there to be pretrained on, and reserves nothing for
    a training.

    Args:
        sources: named data sets, files, or `hub:NAME`; of a source with splits, the training rows are read, and those
            of a split `UNLABELLED`.
        data: the columns of files, and how a training would split them.
        notify: gets notes on what is left out, and why.
        progress: gets the bytes of a download so far.

    Raises:
        DataError: a source is not available, two are the same, or no text is left.
        MissingExtraError: reading needs a package that is not installed.
    """
    if len(set(sources)) < len(sources):
        raise DataError(f"{', '.join(sources)}: a source is listed twice; list each once")
    options = _options_by_source(sources, options_of(data))
    read = {source: _read_source(source, with_options(data, options[source]), notify, progress) for source in sources}
    reserved = [*suite_texts(), *(text for source in read.values() for text in source.test_texts)]
    reserved += _reserved_texts(read, notify, progress)
    kept = _keep(read, {*map(grouping_key, reserved)})
    for name, source in read.items():
        total = len(source.rows.texts)
        left_out = total - len(kept[name].rows)
        notify(f"{name}: {total:,} texts, of which {left_out:,} equal a test text and are left out")
    if not any(source.rows for source in kept.values()):
        raise DataError(f"{', '.join(sources)}: no texts are left to read; choose another source")
    return _join(read, kept)


def _options_by_source(sources: Sequence[str], options: TableOptions) -> dict[str, TableOptions]:
    """Return the options of each source: of a single file all, of several those that apply to each."""
    files = [source for source in sources if is_file_name(source)]
    if not files:
        options.refuse_all(", ".join(sources))
    by_file = {file: options if len(files) == 1 else options.for_another(file) for file in files}
    return {source: by_file.get(source, TableOptions()) for source in sources}


def _read_source(name: str, data: DataConfig, notify: Notify, progress: Progress | None) -> _Source:
    opened = open_source(name, options_of(data), notify, progress)
    rows, has_ratings, trained_column = _read_rows(opened, Columns(data.text_column, data.label_column), notify)
    if not any(rows.labels):
        return _Source(rows, has_ratings)
    if name in source_names() and source_info(name).has_ratings:
        return _Source(rows, has_ratings=True)
    columns = {"text_column": rows.text_column, "label_column": trained_column}
    try:
        splits = load_splits(
            data.model_copy(update={"source": name, "validation_source": None, "max_training_rows": None} | columns),
            allow_fallback=False,
            notify=silent,
            progress=progress,
        )
    except DownloadError:
        raise
    except DataError:  # no training can be made of its labels, so none needs rows of it
        return _Source(rows, has_ratings)
    test_texts = splits.test.texts if splits.test is not None else ()
    return _Source(rows, has_ratings, test_texts, splits.validation.texts)


def _read_rows(opened: OpenedSource, wanted: Columns, notify: Notify) -> tuple[LabelledTexts, bool, str | None]:
    """Return the rows that hold a text, whether their labels are ratings, and the column a training would learn."""
    table = opened.open_split("train" if opened.splits else None)
    named_label = opened.columns.label or wanted.label
    columns = Columns(opened.columns.text or wanted.text, opened.rating_column or named_label)
    text, label = find_columns(opened.name, table, columns, notify, needs_label=False)
    rows = collect(opened.name, table, text, label, opened.renamed_labels, needs_label=False)
    if UNLABELLED in opened.splits:
        rows = _with_unlabelled(rows, opened.open_split(UNLABELLED))
    if left_out := rows.counts.left_out():
        notify(f"{opened.name}: {left_out}")
    if label is None:
        return rows, False, None
    if missing := missing_labels(set(rows.labels) - {""}):
        rows = replace(rows, labels=["" if found in missing else found for found in rows.labels])
    has_ratings = is_rating(rows.label_column)
    trained = named_label or rows.label_column
    if has_ratings and columns.label is None:
        others = {column for place, column in enumerate(table.columns) if place != text}
        labels = [column for column in others if word_key(column) in LABELS.usual]
        trained = labels[0] if len(labels) == 1 else trained
    return rows, has_ratings, trained


def _with_unlabelled(rows: LabelledTexts, table: Table) -> LabelledTexts:
    """Return the rows, and behind them those of a table with the same column of texts and no labels."""
    text = find_text_column(table, rows.text_column, silent)
    more = collect(rows.name, table, text, None, {}, needs_label=False)
    counts = RowCounts(*map(add, astuple(rows.counts), astuple(more.counts)))
    return replace(rows, texts=rows.texts + more.texts, labels=rows.labels + more.labels, counts=counts)


def _reserved_texts(read: Mapping[str, _Source], notify: Notify, progress: Progress | None) -> list[str]:
    """Return the test texts of `RESERVED_SOURCES` that are not among those of the sources.

    A data set that is not at hand matters where texts are in its script. A named data set may come from the same place,
    so it is then fetched; own texts are read all the same.
    """
    texts: list[str] = []
    for reserved, script in RESERVED_SOURCES.items():
        if reserved in read and read[reserved].test_texts:
            continue
        alike = [name for name, source in read.items() if _is_written_in(script, source.rows.texts)]
        may_overlap = reserved in read or any(name in source_names() and name != "sample" for name in alike)
        if may_overlap or source_info(reserved).find("test") is not None:
            texts += load_rows(reserved, split="test", notify=silent, progress=progress).texts
        elif alike:
            notify(
                f"the texts are not compared with the test texts of {reserved}, which is not on this machine; "
                f"{source_info(reserved).way_to_get_it}"
            )
    return texts


def _is_written_in(script: str, texts: Sequence[str]) -> bool:
    return unread_script(texts[:_NUM_SAMPLED_TEXTS], {script}) is None


def _keep(read: dict[str, _Source], reserved: Set[str]) -> dict[str, _Kept]:
    """Choose the rows of each source; `reserved` are the keys of the test texts."""
    hidden = {grouping_key(text) for source in read.values() for text in source.validation_texts}
    kept: dict[str, _Kept] = {}
    for name, source in read.items():
        chosen = kept[name] = _Kept([], [])
        for row, key in enumerate(map(grouping_key, source.rows.texts)):
            if key not in reserved:
                chosen.rows.append(row)
                chosen.has_label.append(key not in hidden)
    return kept


def _join(read: dict[str, _Source], kept: dict[str, _Kept]) -> PretrainingTexts:
    rated = [source.rows for source in read.values() if source.has_ratings]
    grade_values = sorted({_grade(rows.name, label) for rows in rated for label in {*rows.labels} - {""}})
    class_names = sorted_labels(
        {label for source in read.values() if not source.has_ratings for label in source.rows.labels} - {""}
    )
    grade_of = {value: place for place, value in enumerate(grade_values)}
    class_of = {name: place for place, name in enumerate(class_names)}
    texts: list[str] = []
    grades: list[int] = []
    classes: list[int] = []
    for name, source in read.items():
        for row, has_label in zip(kept[name].rows, kept[name].has_label, strict=True):
            label = source.rows.labels[row] if has_label else ""
            texts.append(source.rows.texts[row])
            grades.append(grade_of[int(label)] if source.has_ratings and label else ABSENT)
            classes.append(ABSENT if source.has_ratings else class_of.get(label, ABSENT))
    return PretrainingTexts(
        texts,
        np.array(grades, dtype=np.int64),
        np.array(classes, dtype=np.int64),
        tuple(grade_values),
        class_names,
        {name: source.rows.sha256 for name, source in read.items()},
        {name: len(source.rows.texts) for name, source in read.items()},
        {name: len(source.rows.texts) - len(kept[name].rows) for name, source in read.items()},
    )


def _grade(name: str, label: str) -> int:
    try:
        return int(label)
    except ValueError:
        raise DataError(f"{name}: {label!r} is not a rating, which must be a whole number; fix the column") from None
