"""From tokens back to readable text."""

import unicodedata
from collections.abc import Sequence
from typing import Final

from tokenizers import Tokenizer

from sentiment.text.tokenizer_training import SPACE


def detokenize(tokenizer: Tokenizer, input_ids: Sequence[int]) -> str:
    """Return the text of tokens, normalised; jamo are joined to syllables, and those left over become letters.

    Args:
        tokenizer: of `train_tokenizer` or `load_tokenizer`, of any kind.
        input_ids: of its vocabulary.
    """
    tokens = [tokenizer.id_to_token(input_id) or "" for input_id in input_ids]
    return spell(tokens, marks_spaces=tokenizer.token_to_id(SPACE) is not None).strip()


def spell(tokens: Sequence[str], *, marks_spaces: bool) -> str:
    """Return the text of tokens in a row.

    Args:
        tokens: as in the vocabulary.
        marks_spaces: whether "▁" in them marks a space; otherwise tokens are joined with spaces.
    """
    text = "".join(tokens).replace(SPACE, " ") if marks_spaces else " ".join(tokens)
    return unicodedata.normalize("NFC", text).translate(_LETTERS)


def _letters() -> dict[int, str]:
    """Map each conjoining jamo to its compatibility letter: NFKC makes ㅋㅋㅋ three conjoining jamo."""
    letters = {}
    for code in range(0x1100, 0x1200):
        _, part, letter = unicodedata.name(chr(code)).split(" ", 2)
        if part in {"CHOSEONG", "JUNGSEONG", "JONGSEONG"} and letter in _MODERN:
            letters[code] = unicodedata.lookup(f"HANGUL LETTER {letter}")
    return letters


_MODERN: Final = frozenset(unicodedata.name(chr(code)).removeprefix("HANGUL LETTER ") for code in range(0x3131, 0x3164))
_LETTERS: Final = _letters()
