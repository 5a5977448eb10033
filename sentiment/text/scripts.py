"""The script that texts are written in."""

import re
from collections.abc import Iterable

_HANGUL_LETTER = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_LETTER = re.compile(r"[^\W\d_]")


def hangul_share(texts: Iterable[str]) -> float:
    """Return the share of letters that are Hangul, 0 where there are no letters."""
    letters = hangul = 0
    for text in texts:
        letters += len(_LETTER.findall(text))
        hangul += len(_HANGUL_LETTER.findall(text))
    return hangul / letters if letters else 0.0
