"""The languages that a pretrained encoder is shipped for, told from texts."""

import re
from collections.abc import Sequence

from sentiment.text.scripts import hangul_share

MOSTLY = 0.5
"""Share of Hangul letters from which texts are Korean."""
NUM_SAMPLED_TEXTS = 2_000
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
    if hangul_share(sample) >= MOSTLY:
        return "Korean"
    words = [word for text in sample for word in _WORD.findall(text.lower())]
    function_words = sum(word in _FUNCTION_WORDS for word in words)
    return "English" if words and function_words >= LEAST_FUNCTION_WORDS * len(words) else None
