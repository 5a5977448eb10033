"""From predictions to the cells of a table."""

import numpy as np
from numpy.typing import NDArray

from sentiment.probabilities import most_probable
from sentiment.tables import Cell

DECIMALS = 6
"""Digits of a written probability: more would be noise, since the last bits depend on the machine."""


def answer_cells(
    probabilities: NDArray[np.float32], labels: tuple[str, ...], *, all_probabilities: bool
) -> list[tuple[Cell, ...]]:
    """Return label and probability of each row, and optionally the probability of every class.

    Args:
        probabilities: (n, classes); NaN where a text is empty, for which all cells are None.
        labels: Names of the classes.
        all_probabilities: Whether to add every class.
    """
    if not len(probabilities):
        return []
    written = np.round(probabilities.astype(np.float64), DECIMALS)
    is_empty = np.isnan(written[:, 0])
    best = most_probable(probabilities)
    highest = np.take_along_axis(written, best[:, np.newaxis], axis=1)[:, 0]
    columns = [map(labels.__getitem__, best.tolist()), highest.tolist()]
    if all_probabilities:
        columns += written.T.tolist()
    cells: list[tuple[Cell, ...]] = list(zip(*columns, strict=True))
    for row in np.flatnonzero(is_empty).tolist():
        cells[row] = (None,) * len(cells[row])
    return cells
