"""Emoji as the words and signs that a text of a language would have in their place, for vocabularies without emoji.

A model that has seen no emoji, as its training texts have none, can still read what most of them say: 👍 like a word of
praise, 😭 like ㅠㅠ, which may be grief or being moved, as the rest of the text tells.
"""

from collections.abc import Mapping
from typing import Final, Literal

EmojiLanguage = Literal["korean", "english"]

SKIN_TONES: Final = "[\U0001f3fb-\U0001f3ff]"

# By the groups of Unicode's emoji list: faces that smile or are affectionate, concerned or negative; hearts; hands.
_LOVE: Final = "❤💕💖💗💓💞💘💝💟❣💙💚💛💜🧡🤍🖤🤎🩷🩵🩶🥰😍🤩😘😻"
_LAUGH: Final = "😂🤣😆😹"
_SMILE: Final = "😀😃😄😁🙂😉😊😇☺😚😙😗😋😛😜😝🤗😎😺😸"
_TEARS: Final = "😢😭😥😿🥲🥺💔"
_PRAISE: Final = "👍👌👏🙌💯🏆"
_BLAME: Final = "👎😒🙄😕😟🙁☹😞😓😔😩😫💩"
_ANGER: Final = "😤😡😠🤬👿💢🖕"
_DISGUST: Final = "🤢🤮"

_SIGNS: Final[Mapping[EmojiLanguage, Mapping[str, str]]] = {
    "korean": {_LOVE: "♥", _LAUGH: "ㅋㅋㅋ", _SMILE: "^^", _TEARS: "ㅠㅠ"},
    "english": {_SMILE: " :) ", _TEARS: " :( "},
}
"""Written as often as the emoji."""
_WORDS: Final[Mapping[EmojiLanguage, Mapping[str, str]]] = {
    "korean": {_PRAISE: " 최고 ", _BLAME: " 별로 ", _ANGER: " 짜증 ", _DISGUST: " 우웩 "},
    "english": {
        _LOVE: " love ",
        _LAUGH: " lol ",
        _PRAISE: " great ",
        _BLAME: " bad ",
        _ANGER: " angry ",
        _DISGUST: " disgusting ",
    },
}
"""Written once for a run of emoji: a word is not repeated as 👍👍👍 is."""


def emoji_replacements(language: EmojiLanguage) -> tuple[tuple[str, str], ...]:
    """Return regular expressions, and what each is replaced by, in this order.

    U+FE0F asks for the coloured form of an emoji; it goes with all that is invisible, but only later.
    """
    signs = [(f"[{emoji}]", sign) for emoji, sign in _SIGNS[language].items()]
    words = [(f"(?:[{emoji}]\ufe0f?)+", word) for emoji, word in _WORDS[language].items()]
    return ((SKIN_TONES, ""), *signs, *words)


ALL_REPLACEMENTS: Final = frozenset(pair for language in _SIGNS for pair in emoji_replacements(language))
