"""How tokens are spelled: the characters that each one stands for, as numbers."""

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
        characters: (vocab_size, characters of the longest token); 0 behind the end of a shorter one. Two bytes a
            character, unless there are more than 32,766 of them.
        in_word: (characters + 1,), int64, 1 for letters, digits and what is unknown, 0 for all else, and for no
            character, 0.
    """

    characters: NDArray[np.int16] | NDArray[np.int32]
    in_word: NDArray[np.int64]


def spell_tokens(tokenizer: "Tokenizer") -> TokenSpelling:
    """Spell every token of a vocabulary.

    Characters are numbered from 1 by their code points, so that one vocabulary always gives the same numbers. A word of
    kind `word` is spelled with the mark of a space before it, as the other kinds have one in their tokens. `<unk>` is
    one character that no token else has.

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
