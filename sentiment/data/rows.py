"""Labelled texts: the output of every source and the input of every training and evaluation."""

import hashlib
import math
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import DataError


@dataclass(frozen=True)
class RowCounts:
    """Counts of the rows of a source; `read` is the sum of the others.

    Attributes:
        read: rows in the source, excluding its header.
        used: rows with a text and a label.
        empty: rows whose text is missing or white space.
        unlabelled: rows with a text but no label.
        malformed: rows that cannot be split into their columns.
    """

    read: int
    used: int
    empty: int = 0
    unlabelled: int = 0
    malformed: int = 0

    def left_out(self) -> str:
        """Describe which rows are not used and why; empty if all are used."""
        faults = (
            (self.empty, "without text"),
            (self.unlabelled, "without label"),
            (self.malformed, "malformed"),
        )
        summary = ", ".join(f"{number:,} {fault}" for number, fault in faults if number)
        return f"{self.read - self.used:,} of {self.read:,} rows are left out: {summary}" if summary else ""


@dataclass(frozen=True)
class LabelledTexts:
    """Texts with one label each.

    Attributes:
        name: where they come from, for people.
        texts: as in the source; none is empty, unless rows were read as found.
        labels: one per text.
        counts: of the rows read for them.
        text_column: the column with the texts.
        label_column: the column with the labels.
        cells: of other columns that were asked for, by name; one per text, "" for an empty one.
        places: of each text, its position in the source, for messages; empty unless rows were read as found.
        repeated_headers: positions of rows that repeat the header, which are not among those read.
    """

    name: str
    texts: list[str]
    labels: list[str]
    counts: RowCounts
    text_column: str
    label_column: str
    cells: Mapping[str, Sequence[str]] = field(default_factory=dict)
    places: Sequence[str] = ()
    repeated_headers: Sequence[str] = ()

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of texts and labels in order, in hex."""
        # The lengths distinguish different splits of the same characters; JSON may contain lone surrogates.
        rows = zip(self.labels, self.texts, strict=True)
        joined = "".join([f"{len(label)}:{label}{len(text)}:{text}" for label, text in rows])
        return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()

    def select(self, name: str, rows: NDArray[np.int64], *, with_unused: bool) -> "LabelledTexts":
        """Return some of the rows.

        Args:
            name: of the selection, for people.
            rows: (rows of the selection,), their positions.
            with_unused: whether rows left out count as read for this selection; set for one of several parts, it makes
                their counts add up.
        """
        counts, used = self.counts, len(rows)
        if with_unused:
            unused = counts.read - counts.used
            counts = RowCounts(used + unused, used, counts.empty, counts.unlabelled, counts.malformed)
        else:
            counts = RowCounts(used, used)
        texts = [self.texts[row] for row in rows]
        labels = [self.labels[row] for row in rows]
        places = [self.places[row] for row in rows] if self.places else ()
        columns = self.text_column, self.label_column
        return LabelledTexts(name, texts, labels, counts, *columns, self.cells_of(rows), places)

    def cells_of(self, rows: Iterable[int]) -> dict[str, list[str]]:
        """Return the cells of other columns of some rows."""
        places = list(rows)
        return {column: [cells[place] for place in places] for column, cells in self.cells.items()}


def label_names(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the distinct labels, sorted.

    Raises:
        DataError: there are fewer than two, or one is not valid Unicode.
    """
    distinct = set(labels)
    if len(distinct) < 2:
        found = f"all labels are {labels[0]!r}" if distinct else "there are no labels"
        raise DataError(f"{found}; a classifier needs two classes or more, so add rows or choose another label column")
    return sorted_labels(distinct)


def sorted_labels(labels: Collection[str]) -> tuple[str, ...]:
    """Return labels in order: by value if all are numbers, else by their characters.

    Raises:
        DataError: one contains a lone surrogate, as JSON can; it could not be written to a file.
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
    """Return the positions of the texts that are exactly equal to a known one."""
    known_texts = set(known)
    return np.array([row for row, text in enumerate(texts) if text in known_texts], dtype=np.int64)


def grouping_key(text: str) -> str:
    """Return the key shared by texts that a split must keep together: NFC, casefolded, white space collapsed."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _number(label: str) -> float | None:
    try:
        number = float(label)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
