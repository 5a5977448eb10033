"""Wording of messages: names and values on one line, and suggestions for misspelt names."""

import re
from collections.abc import Iterable

UNSURE, EMPTY, UNREAD = "unsure", "empty", "unread script"
"""Why a text has no label: its probability is below the threshold, it has no token, or no model reads its script."""

MAX_NAME = 60
"""Longest name for which a suggestion is searched."""

# What moves the cursor, breaks the line, turns the direction of writing or is not seen: control codes, separators,
# bidirectional controls, what fonts leave out, tags, halves of surrogate pairs. Joiners and variation selectors stay:
# emoji are made of them.
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff]"
)


def on_one_line(text: str, max_characters: int | None = None) -> str:
    r"""Escape what would break a line, move the cursor, mislead or fail to be encoded: a tab becomes `\t`.

    Args:
        text: To escape.
        max_characters: Longer texts are cut to this; None for no limit.
    """
    escaped = UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
    if max_characters is None or len(escaped) <= max_characters:
        return escaped
    return escaped[:max_characters] + "…"


def shown_p_value(p_value: float) -> str:
    """Return a p-value with three digits, or that it is below them."""
    return f"p = {p_value:.3f}" if p_value >= 0.001 else "p < 0.001"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt one was probably meant to be."""
    from difflib import get_close_matches  # takes milliseconds, and only a mistake needs it

    by_lower = {other.lower(): other for other in known}
    # Time grows with the square of the length, and no misspelled name is that long.
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.65) if len(name) <= MAX_NAME else []
    return by_lower[close[0]] if close else None
