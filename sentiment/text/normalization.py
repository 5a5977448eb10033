"""The normalisation of texts before tokenization, as components stored in `tokenizer.json`."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from tokenizers import Regex, normalizers

from sentiment.text.emoji import ALL_REPLACEMENTS, emoji_replacements

if TYPE_CHECKING:
    from sentiment.config import TokenizerConfig


# The highest max_repeats that a config allows.
_MAX_REPEATS: Final = 100

# Control and format characters, U+034F and variation selectors: all invisible, and each would split a word in two.
INVISIBLE: Final = "[[\\p{Cc}\\p{Cf}\u034f\ufe00-\ufe0f]&&[^\\s]]"
# The Hangul fillers and the blank Braille pattern are letters in Unicode but look blank.
BLANK: Final = "[\\s\u115f\u1160\u2800\u3164\uffa0]+"
# NFKC turns ㅋ (U+314B) into the leading jamo U+110F and ㅠ into the vowel U+1172, and then composes ㅋㅠ, a laugh and
# tears, to the syllable 큐. U+034F, of combining class 0, keeps them apart and goes with all that is invisible.
AFTER_LETTER_JAMO: Final = "(?<=[\u3131-\u318e\uffa1-\uffdc])"
SEPARATOR: Final = "\u034f"

Component = Mapping[str, object]


def _replace_json(pattern: str, content: str) -> Component:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def _excess_repeats(max_repeats: int) -> str:
    # \K drops what precedes it from the match, so that only the rest of the run is removed.
    return rf"(.)\1{{{max_repeats - 1}}}\K\1+"


_FIXED_COMPONENTS: Final[tuple[Component, ...]] = (
    _replace_json(INVISIBLE, ""),
    _replace_json(AFTER_LETTER_JAMO, SEPARATOR),
    _replace_json(BLANK, " "),
    {"type": "NFC"},
    {"type": "NFD"},
    {"type": "NFKC"},
    {"type": "Lowercase"},
    {"type": "Strip", "strip_left": True, "strip_right": True},
    *(_replace_json(pattern, content) for pattern, content in sorted(ALL_REPLACEMENTS)),
)


def build_normalizer(config: "TokenizerConfig") -> normalizers.Normalizer:
    """Build the normaliser that `config` describes.

    In this order: emoji written out, Unicode form, invisible characters removed, lower case, white space collapsed and
    stripped, runs cut to `max_repeats`, and for kind `jamo` syllables decomposed (NFD). A text without visible
    characters becomes empty.
    """
    steps: list[normalizers.Normalizer] = []
    if config.emoji is not None:
        steps += [normalizers.Replace(Regex(pattern), sign) for pattern, sign in emoji_replacements(config.emoji)]
    if config.unicode_form == "NFC":
        steps.append(normalizers.NFC())
    elif config.unicode_form == "NFKC":
        steps.append(normalizers.Replace(Regex(AFTER_LETTER_JAMO), SEPARATOR))
        steps.append(normalizers.NFKC())
    steps.append(normalizers.Replace(Regex(INVISIBLE), ""))
    if config.lowercase:
        steps.append(normalizers.Lowercase())
    steps += [normalizers.Replace(Regex(BLANK), " "), normalizers.Strip()]
    if config.max_repeats is not None:
        steps.append(normalizers.Replace(Regex(_excess_repeats(config.max_repeats)), ""))
    if config.kind == "jamo":
        steps.append(normalizers.NFD())
    return normalizers.Sequence(steps)


def is_known_component(component: object) -> bool:
    """Return whether `component`, part of a normaliser as JSON, is one that `build_normalizer` can emit."""
    if component in _FIXED_COMPONENTS:
        return True
    if not isinstance(component, dict) or not isinstance(pattern := component.get("pattern"), dict):
        return False
    max_repeats = excess_repeats_of(str(pattern.get("Regex")))
    return max_repeats is not None and component == _replace_json(_excess_repeats(max_repeats), "")


def excess_repeats_of(pattern: str) -> int | None:
    """Return the `max_repeats` that has this pattern, or None if none has."""
    run = re.fullmatch(r"\(\.\)\\1\{([0-9]{1,3})\}\\K\\1\+", pattern)
    if run is None or int(run[1]) >= _MAX_REPEATS:
        return None
    return int(run[1]) + 1
