"""From predictions to the cells of a table."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sentiment.probabilities import most_probable
from sentiment.tables import Cell
from sentiment.wording import EMPTY, UNSURE

if TYPE_CHECKING:
    from sentiment.inference.inside.deletion import Probabilities

DECIMALS = 6
"""Digits of a written probability: more would be noise, since the last bits depend on the machine."""


def answer_cells(
    texts: Sequence[str],
    probabilities: NDArray[np.float32],
    labels: tuple[str, ...],
    *,
    all_probabilities: bool,
    explain_with: "Probabilities | None",
    unsure_below: float | None = None,
) -> list[tuple[Cell, ...]]:
    """Return label and probability of each row, and optionally the probability of every class and the reasons.

    With a threshold, a row below it has no label, and why a row has none comes after the probability.

    Args:
        texts: n texts.
        probabilities: Of them, (n, classes); NaN where a text is empty, for which all cells are None.
        labels: Names of the classes.
        all_probabilities: Whether to add every class.
        explain_with: Predicts parts of the texts, to add the words that mattered most; None without them.
        unsure_below: The lowest probability of a label; None for no threshold.
    """
    if not len(probabilities):
        return []
    written = np.round(probabilities.astype(np.float64), DECIMALS)
    is_empty = np.isnan(written[:, 0])
    best = most_probable(probabilities)
    highest = np.take_along_axis(written, best[:, np.newaxis], axis=1)[:, 0]
    columns: list[Iterable[Cell]] = [map(labels.__getitem__, best.tolist()), highest.tolist()]
    if unsure_below is not None:
        is_unsure = (probabilities.max(axis=1).astype(np.float64) < unsure_below).tolist()
        columns[0] = [None if unsure else label for unsure, label in zip(is_unsure, columns[0], strict=True)]
        columns.append([UNSURE if unsure else None for unsure in is_unsure])
    if all_probabilities:
        columns += written.T.tolist()
    if explain_with is not None:
        from sentiment.bulk.reasons import reasons_of

        columns.append(reasons_of(texts, probabilities, explain_with))
    cells: list[tuple[Cell, ...]] = list(zip(*columns, strict=True))
    for row in np.flatnonzero(is_empty).tolist():
        cells[row] = (None,) * len(cells[row])
        if unsure_below is not None:
            cells[row] = (None, None, EMPTY, *cells[row][3:])
    return cells
