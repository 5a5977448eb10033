"""Texts that are nearly equal, found with MinHash."""

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from sentiment.errors import MissingExtraError
from sentiment.evaluation.data_check.findings import Example, Finding
from sentiment.evaluation.data_check.parts import MAX_EXAMPLES, Part, shown

SIMILAR = 0.8
"""Least Jaccard similarity of the sets of three letters of two texts."""
_BANDS, _BAND_SIZE = 10, 5
"""Texts of exactly that similarity are found with a probability of 1 - (1 - 0.8⁵)¹⁰ = 98 %."""
_FEWEST_SHINGLES = 8
"""A text of ten different letters has so many; shorter ones are alike too easily."""
_MAX_CANDIDATES = 50
_NOT_A_LETTER = re.compile(r"[\W_]+")


def missing_near_duplicates() -> MissingExtraError | None:
    """Return the error if datasketch is not installed, without the time to import it."""
    return None if find_spec("datasketch") else MissingExtraError("datasketch", "check")


def near_duplicates(train: Part, test: Part | None) -> Iterator[Finding]:
    """Yield how many texts are nearly equal to an earlier one, and how many test texts to a training text.

    Texts are compared by their letters and digits alone, in sets of three (Broder 1997, with locality-sensitive hashing
    as by Indyk and Motwani 1998). Exact copies are not counted.
    """
    texts = list(train.rows_of_text)
    num_train = len(texts)
    if test is not None:
        texts += [text for text in test.rows_of_text if text not in train.rows_of_text]
    pairs = list(similar_pairs(texts, num_train))
    within = [(text, first) for text, first in pairs if text < num_train]
    yield Finding(
        "near_duplicates",
        train.name,
        "warning",
        len(within),
        num_train,
        unit="texts",
        advice="keep one of each, or all in one part",
        examples=tuple(_example(train, texts[text], train, texts[first]) for text, first in within[:MAX_EXAMPLES]),
        details={"groups": len({first for _, first in within})},
    )
    if test is not None:
        across = [(text, first) for text, first in pairs if text >= num_train]
        yield Finding(
            "near_train_in_test",
            test.name,
            "warning",
            len(across),
            len(test.rows_of_text),
            unit="texts",
            advice="remove them from one of the two: they make a test easier than new texts are",
            examples=tuple(_example(test, texts[text], train, texts[first]) for text, first in across[:MAX_EXAMPLES]),
        )


def similar_pairs(texts: Sequence[str], num_leaders: int) -> Iterator[tuple[int, int]]:
    """Yield each text that is similar to an earlier one, with that one, as positions.

    The earlier one is the first of its kind: a text joins it, or becomes the first of another kind. So time and memory
    stay in proportion to the number of texts even if all are alike.

    Args:
        texts: all different.
        num_leaders: texts that may be the first of a kind; later ones are only compared with them.

    Raises:
        MissingExtraError: datasketch is not installed.
    """
    try:
        from datasketch import MinHash, MinHashLSH
    except ModuleNotFoundError as error:
        raise MissingExtraError("datasketch", "check") from error

    index = MinHashLSH(num_perm=_BANDS * _BAND_SIZE, params=(_BANDS, _BAND_SIZE))
    empty = MinHash(num_perm=_BANDS * _BAND_SIZE, hashfunc=zlib.crc32)
    for position, text in enumerate(texts):
        own = _shingles(text)
        if len(own) < _FEWEST_SHINGLES:
            continue
        minhash = empty.copy()
        minhash.update_batch(own)
        candidates = sorted(index.query(minhash))[:_MAX_CANDIDATES]
        first = next((other for other in candidates if _similarity(own, _shingles(texts[other])) >= SIMILAR), None)
        if first is not None:
            yield position, first
        elif position < num_leaders:
            index.insert(position, minhash, check_duplication=False)


def _shingles(text: str) -> set[bytes]:
    """Return every three neighbouring letters and digits of a text, without spaces, punctuation and case."""
    letters = _NOT_A_LETTER.sub("", unicodedata.normalize("NFKC", text).casefold())
    return {letters[start : start + 3].encode("utf-8", "surrogatepass") for start in range(len(letters) - 2)}


def _similarity(one: set[bytes], other: set[bytes]) -> float:
    return len(one & other) / len(one | other)


def _example(part: Part, text: str, other_part: Part, other: str) -> Example:
    row, other_row = part.rows_of_text[text][0], other_part.rows_of_text[other][0]
    where = f"{other_part.place(other_row)}{'' if part is other_part else ' of training'}"
    return part.example([row], f"like {where}: {shown(other)}")
