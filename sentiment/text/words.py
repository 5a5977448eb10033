"""The words of a text as its writer separated them, with their places."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

# White space and letters that look blank, as the normaliser defines them.
_WORD: Final = re.compile(
    "[^\t-\r \x85\xa0\u115f\u1160\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000\u3164\uffa0]+"
)
_INVISIBLE: Final = frozenset({"Cc", "Cf"})
_INVISIBLE_MARKS: Final = frozenset(map(chr, [0x34F, *range(0xFE00, 0xFE10)]))


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without white space, or several consecutive ones.

    Attributes:
        text: As written, with its punctuation.
        start: Place of its first character in the text, from 0.
        end: Place after its last character.
    """

    text: str
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """Return the words of a text in order, without those of invisible characters alone."""
    found = (Word(match[0], match.start(), match.end()) for match in _WORD.finditer(text))
    return [word for word in found if not all(map(_is_invisible, word.text))]


def phrases_of(text: str, words: list[Word], most: int) -> list[Word]:
    """Join consecutive words into at most `most` phrases of nearly the same number of words.

    Args:
        text: The text of the words.
        words: As `words_of` returns them.
        most: Number of phrases, at most, >= 1; with as many words or fewer, each stays alone.
    """
    if len(words) <= most:
        return words
    borders = [part * len(words) // most for part in range(most + 1)]
    spans = [(words[first].start, words[last - 1].end) for first, last in pairwise(borders)]
    return [Word(text[start:end], start, end) for start, end in spans]


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE or character in _INVISIBLE_MARKS
