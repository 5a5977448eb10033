"""Cutting rows into training, validation and test, so that no text stands in two of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.data.rows import grouping_key
from sentiment.errors import ConfigError


@dataclass(frozen=True)
class RowSplit:
    """Positions of rows, each (rows of the part,), int64, ascending."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True)
class _Group:
    """The rows of one text, however it is spelled."""

    key: str
    rows: list[int]
    label: str


def split_rows(
    texts: Sequence[str], labels: Sequence[str], *, validation_fraction: float, test_fraction: float, seed: int
) -> RowSplit:
    """Cut rows by label and by text, at random.

    Rows whose texts are equal but for case, white space and Unicode form stay together. Each label gives the same share
    of its rows to each part, as near as its groups allow and never more: a group that does not fit goes to training. A
    share below one row counts as one, but a label with two texts or fewer keeps them all in training, and every label
    keeps a text there.

    The result is a function of the arguments, and which texts a part holds does not depend on the order of the rows.

    Args:
        texts: one a row.
        labels: one a row.
        validation_fraction: share of the rows; 0 for none.
        test_fraction: share of the rows; 0 for none.
        seed: of the shuffling.

    Raises:
        ConfigError: the two shares leave nothing for training.
    """
    if validation_fraction + test_fraction >= 1.0:
        raise ConfigError(
            f"data.validation_fraction {validation_fraction} and data.test_fraction {test_fraction} leave nothing to "
            "train on; their sum has to be below 1"
        )
    groups_by_label: defaultdict[str, list[_Group]] = defaultdict(list)
    for group in _groups(texts, labels):
        groups_by_label[group.label].append(group)
    rng = np.random.default_rng(seed)
    kept: list[_Group] = []
    held_out: list[list[_Group]] = [[], []]
    for label in sorted(groups_by_label):
        groups = groups_by_label[label]
        num_rows = sum(len(group.rows) for group in groups)
        left = [groups[position] for position in rng.permutation(len(groups))]
        if len(groups) > 2:
            test, left = _take(left, test_fraction * num_rows, spare=2)
            validation, left = _take(left, validation_fraction * num_rows, spare=1)
            held_out[0].extend(test)
            held_out[1].extend(validation)
        kept.extend(left)
    _give_back_missing_labels(kept, held_out, labels)
    return RowSplit(_positions(kept), _positions(held_out[1]), _positions(held_out[0]))


def _groups(texts: Sequence[str], labels: Sequence[str]) -> list[_Group]:
    """Return the rows by text, in an order that does not depend on theirs; a group's label is its commonest."""
    rows_by_key: defaultdict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(texts):
        rows_by_key[grouping_key(text)].append(row)
    return [_Group(key, rows, _commonest([labels[row] for row in rows])) for key, rows in sorted(rows_by_key.items())]


def _commonest(labels: list[str]) -> str:
    if len(labels) == 1:
        return labels[0]
    times = Counter(labels)
    return min(times, key=lambda label: (-times[label], label))


def _take(groups: list[_Group], share: float, *, spare: int) -> tuple[list[_Group], list[_Group]]:
    """Return the first groups that together have no more rows than the share, and the others, `spare` or more."""
    room = max(1, round(share)) if share else 0
    taken: list[_Group] = []
    left: list[_Group] = []
    for group in groups:
        if len(group.rows) <= room and len(taken) < len(groups) - spare:
            taken.append(group)
            room -= len(group.rows)
        else:
            left.append(group)
    return taken, left


def _give_back_missing_labels(kept: list[_Group], held_out: list[list[_Group]], labels: Sequence[str]) -> None:
    """Move groups to training until it holds every label: one may occur only in texts that mostly carry another."""
    present = {labels[row] for group in kept for row in group.rows}
    for part in held_out:
        for group in sorted(part, key=lambda group: group.key):
            missing = {labels[row] for row in group.rows} - present
            if missing:
                part.remove(group)
                kept.append(group)
                present |= missing


def _positions(groups: list[_Group]) -> NDArray[np.int64]:
    return np.array(sorted(row for group in groups for row in group.rows), dtype=np.int64)
