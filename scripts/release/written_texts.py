"""Texts written to be learned from, with labels.

Many praise or blame without a word of praise or blame, as people do: by what happened, in irony, by a contrast, by a
negated word. Parts put together by a grammar cannot tell that. They are in `korean_opinions.csv` and
`english_opinions.csv`; no text was taken from anywhere.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.data import load_rows, texts_apart_from
from targets import notify


def written_texts(
    file: Path, classes: Mapping[str, int], apart_from: Sequence[str]
) -> tuple[list[str], NDArray[np.int64]]:
    """Return the texts of a file, and their classes.

    Args:
        file: with the columns text and label.
        classes: the number of each label.
        apart_from: texts that none of them may equal, but for case, white space and Unicode form.
    """
    rows = load_rows(str(file), notify=notify)
    kept = texts_apart_from(rows.texts, apart_from)
    return [rows.texts[row] for row in kept], np.array([classes[rows.labels[row]] for row in kept], dtype=np.int64)
