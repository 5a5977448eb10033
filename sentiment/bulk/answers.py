"""From scores to the cells of a table."""

import numpy as np
from numpy.typing import NDArray

from sentiment.tables import Cell


def answer_cells(
    probabilities: NDArray[np.float32], labels: tuple[str, ...], *, all_probabilities: bool
) -> list[tuple[Cell, ...]]:
    """Return label and probability of each row, and on request the probability of every class.

    Args:
        probabilities: (n, classes); NaN where a text is empty, whose cells are all None.
        labels: Names of the classes.
        all_probabilities: Whether to add every class.
    """
    if not len(probabilities):
        return []
    is_empty = np.isnan(probabilities[:, 0])
    best = np.where(is_empty, 0, np.argmax(np.nan_to_num(probabilities), axis=1))
    highest = np.take_along_axis(probabilities, best[:, np.newaxis], axis=1)[:, 0]
    cells: list[tuple[Cell, ...]] = [
        (labels[label], rounded(probability))
        for label, probability in zip(best.tolist(), highest.tolist(), strict=True)
    ]
    if all_probabilities:
        cells = [cell + tuple(map(rounded, row)) for cell, row in zip(cells, probabilities.tolist(), strict=True)]
    width = 2 + len(labels) * all_probabilities
    for row in np.flatnonzero(is_empty).tolist():
        cells[row] = (None,) * width
    return cells


def rounded(probability: float) -> float:
    """Keep six decimals: more would be noise, since the last bits depend on the machine."""
    return round(probability, 6)
