"""Labelled texts: what every source gives and every training and evaluation takes."""

import hashlib
import math
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import DataError


@dataclass(frozen=True)
class RowCounts:
    """What became of the rows of a source; `read` is the sum of the others.

    Attributes:
        read: rows in the source, its header aside.
        used: rows with a text and a label.
        empty: rows whose text is missing or white space.
        unlabelled: rows with a text and no label.
        malformed: rows that cannot be told apart into their columns.
    """

    read: int
    used: int
    empty: int = 0
    unlabelled: int = 0
    malformed: int = 0

    def left_out(self) -> str:
        """Say which rows are not used and why, or return nothing where all are."""
        faults = (
            (self.empty, "without text"),
            (self.unlabelled, "without label"),
            (self.malformed, "malformed"),
        )
        told = ", ".join(f"{number:,} {fault}" for number, fault in faults if number)
        return f"{self.read - self.used:,} of {self.read:,} rows are left out: {told}" if told else ""


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with one label each.

    Attributes:
        name: where they come from, for people.
        texts: as they stand in the source; none is empty.
        labels: one a text.
        counts: of the rows that were read for them.
        text_column: the column with the texts.
        label_column: the column with the labels.
    """

    name: str
    texts: list[str]
    labels: list[str]
    counts: RowCounts
    text_column: str
    label_column: str

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of texts and labels in their order, in hex."""
        # The lengths keep two divisions of the same characters apart; JSON may bring halves of surrogate pairs.
        rows = zip(self.labels, self.texts, strict=True)
        joined = "".join([f"{len(label)}:{label}{len(text)}:{text}" for label, text in rows])
        return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()

    def select(self, name: str, rows: NDArray[np.int64], *, with_unused: bool) -> "LabelledTexts":
        """Return some of the rows.

        Args:
            name: of the selection, for people.
            rows: (rows of the selection,), their positions.
            with_unused: whether the rows left out count as read for this selection; said of one part of several, it
                makes their counts add up.
        """
        counts, used = self.counts, len(rows)
        if with_unused:
            unused = counts.read - counts.used
            counts = RowCounts(used + unused, used, counts.empty, counts.unlabelled, counts.malformed)
        else:
            counts = RowCounts(used, used)
        texts = [self.texts[row] for row in rows]
        labels = [self.labels[row] for row in rows]
        return LabelledTexts(name, texts, labels, counts, self.text_column, self.label_column)


def label_names(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the distinct labels, sorted.

    Raises:
        DataError: there are fewer than two, or one is no text.
    """
    distinct = set(labels)
    if len(distinct) < 2:
        found = f"all labels are {labels[0]!r}" if distinct else "there are no labels"
        raise DataError(f"{found}; a classifier needs two classes or more, so add rows or choose another label column")
    return sorted_labels(distinct)


def sorted_labels(labels: Collection[str]) -> tuple[str, ...]:
    """Return labels in order: by their value where all are numbers, else by their characters.

    Raises:
        DataError: one holds half a surrogate pair, as JSON can; no file could name it.
    """
    for label in labels:
        if any("\ud800" <= character <= "\udfff" for character in label):
            raise DataError(
                f"the label {label[:80]!a} contains half a surrogate pair, which is not a character; fix the rows"
            )
    number_of = {label: _number(label) for label in labels}
    if None in number_of.values():
        return tuple(sorted(number_of))
    return tuple(sorted(number_of, key=lambda label: (number_of[label], label)))


def rows_also_in(texts: Sequence[str], known: Iterable[str]) -> NDArray[np.int64]:
    """Return the positions of the texts that occur among the known ones, character by character."""
    known_texts = set(known)
    return np.array([row for row, text in enumerate(texts) if text in known_texts], dtype=np.int64)


def grouping_key(text: str) -> str:
    """Return what two texts share that must not be told apart by a split: NFC, caseless, white space collapsed."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _number(label: str) -> float | None:
    try:
        number = float(label)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
