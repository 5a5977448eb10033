"""The tokens of one text, with the words that they are parts of."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sentiment.text.long_texts import encode_with_places
from sentiment.text.sequences import TokenSequences, offsets_of
from sentiment.text.windows import cut_into_windows
from sentiment.text.words import Word, words_of


@dataclass(frozen=True, eq=False)
class PlacedTokens:
    """The tokens of a text.

    Attributes:
        input_ids: (n,).
        places: (n, 2), where in the text each begins and ends; one of white space alone lies between words.
        words: Of the text; those without a token are left out.
        word_of: (n,), number of the word that a token is part of or precedes.
        windows: In which a model reads them.
    """

    input_ids: NDArray[np.int64]
    places: NDArray[np.int64]
    words: list[Word]
    word_of: NDArray[np.int64]
    windows: TokenSequences

    @classmethod
    def of(cls, text: str, tokenizer: Tokenizer, max_tokens: int) -> "PlacedTokens":
        """Encode a text, and cut it into windows of at most `max_tokens`."""
        input_ids, places = encode_with_places(tokenizer, text)
        words = words_of(text)
        ends = np.array([word.end for word in words], np.int64)
        word_of = np.minimum(np.searchsorted(ends, places[:, 1]), len(words) - 1)
        present, word_of = np.unique(word_of, return_inverse=True)
        whole = TokenSequences(
            input_ids.astype(np.int32), offsets_of(np.array([len(input_ids)])), np.zeros(1, dtype=np.bool_)
        )
        windows, _ = cut_into_windows(whole, max_tokens)
        return cls(input_ids, places, [words[number] for number in present.tolist()], word_of, windows)

    @property
    def spans(self) -> Iterator[slice]:
        """The tokens of each window."""
        return (slice(begin, end) for begin, end in pairwise(self.windows.offsets.tolist()))
