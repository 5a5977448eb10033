"""The languages that a pretrained encoder is shipped for, told from texts."""

import re
from collections.abc import Sequence

from sentiment.text.scripts import hangul_share, unread_script

MOSTLY = 0.5
"""Share of Hangul letters from which texts are Korean."""
NUM_SAMPLED_TEXTS = 2_000
MOST_UNREAD = 0.1
"""Share of texts in other scripts up to which texts are of one language: its encoder has no tokens for them."""
LEAST_FUNCTION_WORDS = 0.08
"""Share of function words from which texts are English: 17 % of the words in English film reviews are among these, and
less than 1 % of those in German and Spanish tweets."""

_WORD = re.compile(r"[^\W\d_]+")
_FUNCTION_WORDS = {
    "the",
    "and",
    "to",
    "it",
    "this",
    "that",
    "with",
    "you",
    "but",
    "have",
    "be",
    "they",
    "my",
    "from",
    "your",
    "what",
    "just",
    "he",
    "she",
    "we",
    "were",
    "would",
}


def language_of(texts: Sequence[str]) -> str | None:
    """Return Korean or English if most of the texts are written in it, None for other languages.

    Args:
        texts: any number; some are sampled.
    """
    sample = texts[:: 1 + len(texts) // NUM_SAMPLED_TEXTS]
    is_korean = hangul_share(sample) >= MOSTLY
    read = {"Hangul", "Latin"} if is_korean else {"Latin"}
    if sum(unread_script([text], read) is not None for text in sample) > MOST_UNREAD * len(sample):
        return None
    if is_korean:
        return "Korean"
    words = [word for text in sample for word in _WORD.findall(text.lower())]
    function_words = sum(word in _FUNCTION_WORDS for word in words)
    return "English" if words and function_words >= LEAST_FUNCTION_WORDS * len(words) else None
