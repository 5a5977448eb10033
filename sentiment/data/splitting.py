"""Split rows into training, validation and test, so that no text is in two of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from sentiment.data.rows import grouping_key
from sentiment.errors import ConfigError

_TRAIN, _VALIDATION, _TEST = range(3)
_MIN_TEXTS = 3
"""A label with fewer texts holds none out: each part needs at least one."""

_LABELS_SHOWN = 5


@dataclass(frozen=True)
class RowSplit:
    """The positions of the rows of each part, (rows of the part,), int64, ascending.

    Attributes:
        texts_per_label: number of different texts of each label, in all parts together.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    texts_per_label: Mapping[str, int]


def split_rows(
    texts: Sequence[str], labels: Sequence[str], *, validation_fraction: float, test_fraction: float, seed: int
) -> RowSplit:
    """Split rows at random, by label and by text.

    Rows whose texts are equal up to case, white space and Unicode form stay together. Each label gives the same share
    of its rows to each part, as near as its groups allow and never more: a group that does not fit goes to training. A
    share below one row counts as one, but a label with two texts or fewer keeps them all in training, and every label
    keeps at least one text there.

    The result depends only on the arguments, and the texts of a part do not depend on the order of the rows.

    Args:
        texts: one per row.
        labels: one per row.
        validation_fraction: share of the rows; 0 for none.
        test_fraction: share of the rows; 0 for none.
        seed: of the shuffling.

    Raises:
        ConfigError: the two shares leave nothing for training.
    """
    if validation_fraction + test_fraction >= 1.0:
        raise ConfigError(
            f"data.validation_fraction {validation_fraction} and data.test_fraction {test_fraction} leave nothing to "
            "train on; their sum must be below 1"
        )
    names, label_of_row = np.unique(np.array(labels, dtype=object), return_inverse=True)
    group_of_row = _number_groups(texts)
    sizes = np.bincount(group_of_row)
    label_of_group = _commonest_labels(group_of_row, label_of_row)
    part_of_group = np.full(len(sizes), _TRAIN)
    rng = np.random.default_rng(seed)
    for label in range(len(names)):
        groups = rng.permutation(np.flatnonzero(label_of_group == label))
        if len(groups) < _MIN_TEXTS:
            continue
        num_rows = int(sizes[groups].sum())
        part_of_group[_take(groups, sizes, test_fraction * num_rows, spare=2)] = _TEST
        groups = groups[part_of_group[groups] == _TRAIN]
        part_of_group[_take(groups, sizes, validation_fraction * num_rows, spare=1)] = _VALIDATION
    for label in range(len(names)):  # one may occur only in texts that mostly have another, which may be held out
        groups = group_of_row[label_of_row == label]
        if _TRAIN not in part_of_group[groups]:
            part_of_group[groups.min()] = _TRAIN
    part_of_row = part_of_group[group_of_row]
    train, validation, test = (np.flatnonzero(part_of_row == part) for part in (_TRAIN, _VALIDATION, _TEST))
    return RowSplit(train, validation, test, _count(names, label_of_group))


def count_texts(texts: Sequence[str], labels: Sequence[str]) -> dict[str, int]:
    """Return the number of different texts of each label, as counted by `split_rows`.

    Args:
        texts: one a row.
        labels: one a row.
    """
    names, label_of_row = np.unique(np.array(labels, dtype=object), return_inverse=True)
    return _count(names, _commonest_labels(_number_groups(texts), label_of_row))


def _count(names: NDArray[np.object_], label_of_group: NDArray[np.int64]) -> dict[str, int]:
    return dict(zip(names, np.bincount(label_of_group, minlength=len(names)).tolist(), strict=True))


def classes_too_small(texts_per_label: Mapping[str, int]) -> str | None:
    """Describe which labels have too few different texts for `split_rows` to hold some out; None if none has.

    Args:
        texts_per_label: the number of texts of each label.
    """
    small = {name: number for name, number in texts_per_label.items() if number < _MIN_TEXTS}
    if not small:
        return None
    shown = ", ".join(f"{name!r} has {number}" for name, number in islice(small.items(), _LABELS_SHOWN))
    more = f" and {len(small) - _LABELS_SHOWN:,} others fewer than {_MIN_TEXTS}" if len(small) > _LABELS_SHOWN else ""
    return f"a class needs {_MIN_TEXTS} different texts to hold one out ({shown}{more})"


def _number_groups(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the group of each row, (rows,): equal texts share one; groups are numbered in the order of the texts."""
    keys = [grouping_key(text) for text in texts]
    number_of = {key: number for number, key in enumerate(sorted(set(keys)))}
    return np.array([number_of[key] for key in keys], dtype=np.int64)


def _commonest_labels(group_of_row: NDArray[np.int64], label_of_row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the most common label of each group, (groups,); the lowest in case of a tie."""
    num_labels = int(label_of_row.max(initial=0)) + 1
    pairs, times = np.unique(group_of_row * num_labels + label_of_row, return_counts=True)
    groups, labels = np.divmod(pairs, num_labels)
    commonest_first = np.lexsort((labels, -times, groups))
    first = np.unique(groups[commonest_first], return_index=True)[1]
    commonest: NDArray[np.int64] = labels[commonest_first[first]]
    return commonest


def _take(groups: NDArray[np.int64], sizes: NDArray[np.int64], share: float, *, spare: int) -> list[int]:
    """Return the first groups that together have at most the share of rows; at least `spare` are left."""
    room = max(1, round(share)) if share else 0
    taken: list[int] = []
    for group in groups.tolist():
        if not room or len(taken) + spare == len(groups):
            break
        if sizes[group] <= room:
            taken.append(group)
            room -= int(sizes[group])
    return taken
