"""Encode texts of any length without truncation."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sentiment.text.encoding import encode, replace_surrogates
from sentiment.text.sequences import TokenSequences

PIECE_CHARACTERS: Final = 8_192
"""Characters encoded at once, at most: an `Encoding` takes about 100 bytes for each."""

# White space as the normaliser defines it. Python's \s also matches U+001C to U+001F, invisible to the normaliser.
_WHITE_SPACE: Final = "[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_PIECE: Final = re.compile(f"(?s:.){{1,{PIECE_CHARACTERS}}}(?={_WHITE_SPACE}|\\Z)|(?s:.){{{PIECE_CHARACTERS}}}")
_BEGINS_BLANK: Final = re.compile(_WHITE_SPACE)


def encode_whole(tokenizer: Tokenizer, texts: Sequence[str]) -> TokenSequences:
    """Encode texts of any length without truncation, in memory proportional to the number of tokens.

    A text of more than `PIECE_CHARACTERS` characters is encoded in pieces that begin at white space, and their tokens
    are joined. The result equals encoding the whole text, except in two cases:

    - A run without white space is longer than a piece. It is then cut anywhere, the tokens around the cut are those
      of the end and of the beginning of a word, and repeats are shortened to `max_repeats` in each piece
      separately.
    - The word after the cut begins with a literal "▁", the mark of a space.

    Args:
        tokenizer: of `train_tokenizer` or `load_tokenizer`.
        texts: n texts.

    Returns:
        n sequences, none truncated.
    """
    if max(map(len, texts), default=0) <= PIECE_CHARACTERS:
        return encode(tokenizer, texts, None)
    pieces: list[str] = []
    first_pieces = [0]
    for text in texts:
        pieces.extend(_cut(text))
        first_pieces.append(len(pieces))
    encoded = encode(tokenizer, pieces, None)
    spaces = _tokens_of_a_space(tokenizer)
    bounds = np.array(first_pieces, dtype=np.int64)
    if not len(spaces):
        return TokenSequences(encoded.input_ids, encoded.offsets[bounds], np.zeros(len(texts), dtype=np.bool_))
    return _join_by(spaces, encoded, bounds, pieces)


def encode_with_places(tokenizer: Tokenizer, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Encode one text like `encode_whole`, and find where in it each token stands.

    Args:
        tokenizer: of `train_tokenizer` or `load_tokenizer`.
        text: of any length.

    Returns:
        The tokens, (n,), and for each the places in `text` of its first character and after its last, (n, 2).
    """
    spaces = _tokens_of_a_space(tokenizer).tolist() if len(text) > PIECE_CHARACTERS else []
    input_ids: list[int] = []
    places: list[tuple[int, int]] = []
    begin = 0
    for piece in _cut(replace_surrogates(text)):
        encoding = tokenizer.encode(piece, add_special_tokens=False)
        if spaces and input_ids and encoding.ids and _BEGINS_BLANK.match(piece):
            input_ids += spaces
            places += [(begin, begin + 1)] * len(spaces)
        input_ids += encoding.ids
        places += [(begin + start, begin + end) for start, end in encoding.offsets]
        begin += len(piece)
    in_text = np.array(places, np.int64).reshape(-1, 2)
    return np.array(input_ids, np.int64), _original_places(text)[in_text]


def _original_places(text: str) -> NDArray[np.int64]:
    """Return the place in `text` of each place in it without surrogates, (characters + 1,): a pair is one character."""
    places = [0]
    for character in replace_surrogates(text):
        is_pair = character > "\uffff" and text[places[-1]] != character
        places.append(places[-1] + (2 if is_pair else 1))
    return np.array(places, np.int64)


def _cut(text: str) -> list[str]:
    """Split a text into consecutive pieces, before white space where possible."""
    if len(text) <= PIECE_CHARACTERS:
        return [text]
    return _PIECE.findall(replace_surrogates(text))


def _tokens_of_a_space(tokenizer: Tokenizer) -> NDArray[np.int32]:
    """Return the tokens of a space between two words that are part of neither: one for the single-character kinds."""
    words = encode(tokenizer, ["x", "x x"], None)
    alone, both = words.lengths.tolist()
    return words.input_ids[2 * alone : both]


def _join_by(
    spaces: NDArray[np.int32], encoded: TokenSequences, bounds: NDArray[np.int64], pieces: Sequence[str]
) -> TokenSequences:
    """Join the pieces of each text, with `spaces` where white space separated two that have tokens.

    Args:
        spaces: (tokens,).
        encoded: the tokens of every piece.
        bounds: (n + 1,), pieces `bounds[i]` to `bounds[i + 1] - 1` are of text i.
        pieces: all of them, as text.
    """
    offsets = encoded.offsets
    joints = [
        int(offsets[piece])
        for first, end in pairwise(bounds.tolist())
        for piece in range(first + 1, end)
        if offsets[first] < offsets[piece] < offsets[piece + 1] and _BEGINS_BLANK.match(pieces[piece])
    ]
    places = np.array(joints, dtype=np.int64)
    input_ids = np.insert(encoded.input_ids, np.repeat(places, len(spaces)), np.tile(spaces, len(places)))
    # A joint comes before its piece, and so is within its text: only joints before the start of a text shift it.
    starts = offsets[bounds]
    starts += len(spaces) * np.searchsorted(places, starts)
    return TokenSequences(input_ids, starts, np.zeros(len(bounds) - 1, dtype=np.bool_))
