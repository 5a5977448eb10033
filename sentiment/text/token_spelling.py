"""The spelling of tokens: the characters of each one, as numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sentiment.text.tokenizer_training import SPACE, UNKNOWN

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, eq=False)
class TokenSpelling:
    """The characters of a vocabulary, as numbers from 1.

    Attributes:
        characters: (vocab_size, characters of the longest token); 0 after the end of a shorter one. Two bytes per
            character, unless there are more than 32,766 of them.
        in_word: (characters + 1,), int64, 1 for letters, digits and unknown characters, 0 for all others and for
            number 0 (no character).
    """

    characters: NDArray[np.int16] | NDArray[np.int32]
    in_word: NDArray[np.int64]


def word_beginnings(tokenizer: "Tokenizer") -> NDArray[np.bool_]:
    """Tell which tokens begin a word, (vocab_size,): those with the mark of a space; of kind `word`, all do.

    Args:
        tokenizer: of `train_tokenizer` or `load_tokenizer`, of any kind.
    """
    vocabulary = tokenizer.get_vocab()
    mark = SPACE if SPACE in vocabulary else ""
    begins_word = np.zeros(tokenizer.get_vocab_size(), dtype=np.bool_)
    begins_word[[input_id for token, input_id in vocabulary.items() if token.startswith(mark)]] = True
    return begins_word


def spell_tokens(tokenizer: "Tokenizer") -> TokenSpelling:
    """Spell every token of a vocabulary.

    Characters are numbered from 1 in the order of their code points, so the numbers depend only on the vocabulary. A
    word of kind `word` is spelled with a space mark before it, which tokens of the other kinds already have. `<unk>` is
    a single character of its own.

    Args:
        tokenizer: of `train_tokenizer` or `load_tokenizer`, of any kind.
    """
    vocabulary = tokenizer.get_vocab()
    before = "" if SPACE in vocabulary else SPACE
    tokens = {input_id: before + token for token, input_id in vocabulary.items() if token != UNKNOWN}
    alphabet = sorted(set().union(*tokens.values()))
    number_of = {character: number for number, character in enumerate(alphabet, start=1)}
    longest = max(map(len, tokens.values()), default=1)
    unknown = len(alphabet) + 1
    dtype = np.int16 if unknown <= np.iinfo(np.int16).max else np.int32
    characters = np.zeros((tokenizer.get_vocab_size(), longest), dtype=dtype)
    characters[vocabulary[UNKNOWN], 0] = unknown
    for input_id, token in tokens.items():
        characters[input_id, : len(token)] = [number_of[character] for character in token]
    in_word = [0, *(int(character.isalnum() or character == "_") for character in alphabet), 1]
    return TokenSpelling(characters, np.array(in_word))
