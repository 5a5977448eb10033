"""Classify the content of a column by its first cells: texts, classes, prose."""

import re
from collections.abc import Sequence

_CLEARLY_LONGER = 1.5
_ROWS_TO_SEE_CLASSES = 20
_DATE_AND_TIME = re.compile(r"\s*\d{4}-\d\d-\d\dT\d\d:\d\d")


def clearly_longest(lengths: dict[int, float]) -> int | None:
    """Return the position of the column whose texts are clearly the longest; None if none is."""
    ranked = sorted(lengths, key=lambda position: lengths[position], reverse=True)
    if not ranked or not lengths[ranked[0]]:
        return None
    if len(ranked) > 1 and lengths[ranked[0]] < _CLEARLY_LONGER * lengths[ranked[1]]:
        return None
    return ranked[0]


def _filled(cells: Sequence[object]) -> list[object]:
    return [cell for cell in cells if cell is not None and (not isinstance(cell, str) or cell.strip())]


def may_hold_texts(cells: Sequence[object]) -> bool:
    """Return whether at least half of the non-empty cells have letters; true if all are empty."""
    filled = _filled(cells)
    with_letters = [cell for cell in filled if isinstance(cell, str) and any(map(str.isalpha, cell))]
    texts = [cell for cell in with_letters if "://" not in cell and not _DATE_AND_TIME.match(cell)]
    return 2 * len(texts) >= len(filled)


def is_class(cells: Sequence[object]) -> bool:
    """Return whether the same few cells are repeated."""
    filled = _filled(cells)
    return len(filled) >= _ROWS_TO_SEE_CLASSES and 5 * len(set(map(str, filled))) <= len(filled)


def is_open(cells: Sequence[object]) -> bool:
    """Return whether most cells are different, unlike labels."""
    filled = _filled(cells)
    return len(filled) >= _ROWS_TO_SEE_CLASSES and 2 * len(set(map(str, filled))) > len(filled)


def mean_length(cells: Sequence[object]) -> float:
    """Return the mean length of non-empty cells, in characters."""
    filled = _filled(cells)
    return sum(len(str(cell)) for cell in filled) / max(1, len(filled))


def prose_length(cells: Sequence[object]) -> float:
    """Return the mean length of cells that look like prose; 0 if most do not."""
    texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    prose = [text for text in texts if _is_prose(text)]
    if not prose or 2 * len(prose) < len(texts) or 2 * len(set(texts)) < len(texts):
        return 0.0
    return sum(map(len, prose)) / len(prose)


def _is_prose(text: str) -> bool:
    letters = sum(character.isalpha() or character.isspace() for character in text)
    return 2 * letters > len(text) and len(text.split()) > 1 and "://" not in text
