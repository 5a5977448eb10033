"""Draw sentences made of parts, each once."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sentiment.data import texts_apart_from


def drawn_sentences(
    draw: Callable[[int], str], kinds: Sequence[int], number: int, apart_from: Sequence[str]
) -> tuple[list[str], NDArray[np.int64]]:
    """Return different sentences, as many of each class, and their classes.

    Args:
        draw: returns a random sentence of a class.
        kinds: the classes.
        number: of sentences.
        apart_from: texts that none of them may equal, but for case, white space and Unicode form.
    """
    found: dict[str, int] = {}
    for kind in kinds:
        enough = len(found) + number // len(kinds)
        while len(found) < enough:
            found.setdefault(draw(kind), kind)
    texts = list(found)
    kept = texts_apart_from(texts, apart_from)
    return [texts[row] for row in kept], np.array(list(found.values()), dtype=np.int64)[kept]
