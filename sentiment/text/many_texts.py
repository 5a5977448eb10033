"""Encode many texts faster: normalise all at once, with the same result as the tokenizer's normaliser."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Final

from tokenizers import Tokenizer

from sentiment.text.emoji import ALL_REPLACEMENTS
from sentiment.text.encoding import encode, replace_surrogates
from sentiment.text.long_texts import PIECE_CHARACTERS, encode_whole
from sentiment.text.normalization import AFTER_LETTER_JAMO, BLANK, INVISIBLE, SEPARATOR, excess_repeats_of
from sentiment.text.sequences import TokenSequences, concatenate

# Most reviews contain only these, which every Unicode version treats alike: printable ASCII, Hangul syllables and
# letters, and a few symbols. The line feed is not among them, since it separates the joined texts.
_COMMON: Final = re.compile("[ -~가-힣ㄱ-ㅎㅏ-ㅣ·“”‘’…★☆♡♥]*")
_BETWEEN: Final = "\n"
# No other thread can run Python during a step, so keep each step near a millisecond.
_GROUP_TEXTS: Final = 1_024

Step = Callable[[str], str]


class ManyTextsEncoder:
    """Encodes like `encode_whole`, in three quarters of the time for many texts.

    Normalising one text after another is dominated by the overhead per call. So texts of common characters are joined
    and normalised together, by steps rewritten for these characters. Other texts and normalisers with other steps
    take the usual path. It is thread-safe.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._steps = _steps_of(tokenizer)

    def encode(self, texts: Sequence[str]) -> TokenSequences:
        """Encode texts of any length without truncation.

        Args:
            texts: n texts.

        Returns:
            n sequences, none truncated.
        """
        if self._steps is None or max(map(len, texts), default=0) > PIECE_CHARACTERS:
            return encode_whole(self._tokenizer, texts)
        groups = (texts[begin : begin + _GROUP_TEXTS] for begin in range(0, len(texts), _GROUP_TEXTS))
        return concatenate([encode(self._without_normalizer, self._normalized(group), None) for group in groups])

    def _normalized(self, texts: Sequence[str]) -> list[str]:
        common = [text if _COMMON.fullmatch(text) else "" for text in texts]
        together = _BETWEEN.join(common)
        for step in self._steps or ():
            together = step(together)
        normalized = together.split(_BETWEEN)
        for row, text in enumerate(texts):
            if text and not common[row]:
                normalized[row] = self._tokenizer.normalizer.normalize_str(replace_surrogates(text))
        return normalized

    @cached_property
    def _without_normalizer(self) -> Tokenizer:
        copy = Tokenizer.from_str(self._tokenizer.to_str())
        copy.normalizer = None
        return copy


def _steps_of(tokenizer: Tokenizer) -> list[Step] | None:
    """Return each normaliser step rewritten for common characters, or None if a step is unknown."""
    if tokenizer.normalizer is None:
        return None
    components = json.loads(tokenizer.normalizer.__getstate__()).get("normalizers", [])
    steps = [_step(component) for component in components]
    known = [step for step in steps if step is not None]
    return known if len(known) == len(steps) else None


def _step(component: Mapping[str, object]) -> Step | None:
    match component:
        case {"type": "NFC" | "NFD" | "NFKC" as form}:
            return lambda text: unicodedata.normalize(form, text)
        case {"type": "Lowercase"}:
            return str.lower
        case {"type": "Strip", "strip_left": True, "strip_right": True}:
            return lambda text: _AROUND_BETWEEN.sub(_BETWEEN, text).strip(" ")
        case {"type": "Replace", "pattern": {"Regex": str(pattern)}, "content": str(content)}:
            return _replacement(pattern, content)
    return None


_AROUND_BETWEEN: Final = re.compile(f" *{_BETWEEN} *")
_LETTER_JAMO: Final = re.compile("([ㄱ-ㅎㅏ-ㅣ])")
_SPACES: Final = re.compile(" +")


def _replacement(pattern: str, content: str) -> Step | None:
    if (pattern, content) == (AFTER_LETTER_JAMO, SEPARATOR):
        return lambda text: _LETTER_JAMO.sub(rf"\1{SEPARATOR}", text)
    if (pattern, content) == (INVISIBLE, ""):
        return lambda text: text.replace(SEPARATOR, "")
    if (pattern, content) == (BLANK, " "):
        return lambda text: _SPACES.sub(" ", text)
    if (pattern, content) in ALL_REPLACEMENTS:
        return lambda text: text
    max_repeats = excess_repeats_of(pattern)
    if max_repeats is None or content:
        return None
    runs, kept = re.compile(rf"(.)\1{{{max_repeats},}}"), r"\1" * max_repeats
    return lambda text: runs.sub(kept, text)
