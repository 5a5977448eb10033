"""Texts that were decoded wrongly."""

import re

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HANGUL = re.compile("[가-힣]")
_LETTER = re.compile(r"[^\W\d_]")
_REPLACED_TWICE = "占쏙옙"
"""What U+FFFD in UTF-8 becomes if its bytes are read as CP949."""


def damage_of(text: str) -> str | None:
    """Describe how a text was damaged by a wrong encoding; None if it was not."""
    if text.isascii():
        return "a control character" if _CONTROL.search(text) else None
    if "\ufffd" in text or _REPLACED_TWICE in text:
        return "a replacement character in place of others"
    if _SURROGATE.search(text):
        return "half a surrogate pair"
    for wrong in ("latin-1", "cp1252", "cp949"):
        right = _decodes(text, wrong, "utf-8")
        # The bytes of 짱 in CP949 are one letter in UTF-8 by chance; Hangul has three each.
        if right is not None and (wrong != "cp949" or _HANGUL.search(right)):
            return f"UTF-8, read as {wrong.upper()}"
    if _is_cp949_as_latin(text):
        return "CP949, read as LATIN-1"
    return "a control character" if _CONTROL.search(text) else None


def _decodes(text: str, wrong: str, right: str) -> str | None:
    """Return what a text was before it was decoded wrongly; None if its bytes make no text."""
    try:
        return text.encode(wrong).decode(right)
    except UnicodeError:
        return None


def _is_cp949_as_latin(text: str) -> bool:
    """Return whether most letters are accented ones that in pairs make Hangul: in no language do words look like it."""
    before = _decodes(text, "latin-1", "cp949")
    if before is None or len(_HANGUL.findall(before)) < 2:
        return False
    others = [letter for letter in before if not letter.isascii() and not _HANGUL.match(letter)]
    letters = _LETTER.findall(text)
    return not others and 2 * sum(not letter.isascii() for letter in letters) > len(letters)
