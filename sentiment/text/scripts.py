"""The scripts that texts are written in. Addresses of pages and of e-mail are in none."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable

_RANGES = {
    "Hangul": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3",
    "Latin": "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff",
}
_HANGUL_LETTER, _LATIN_LETTER = (re.compile(f"[{_RANGES[script]}]") for script in ("Hangul", "Latin"))
_LETTER = re.compile(r"[^\W\d_]")
_ADDRESS = re.compile(
    r"(?:(?<!\w)\w++://|(?<!\w)www\.)[!-~]+|(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE | re.ASCII
)
"""Of a page or of e-mail. Each run of letters is tried from its start only: a long text takes no longer per letter."""

_WIDTHS = re.compile("^(FULLWIDTH|HALFWIDTH) ")
_SCRIPT = re.compile(r"([A-Z]+) .*\b(?:LETTER|SYLLABLE|CHARACTER|IDEOGRAPH)\b")
_OF_NO_SCRIPT = {"MODIFIER"}
_NAMES = {"CJK": "Chinese characters", "HIRAGANA": "Hiragana", "KATAKANA": "Katakana"}
"""Clearer names for scripts than those in Unicode character names."""


LEAST_HANGUL = 0.1
"""Share of Hangul among the letters of a text from which it is Korean."""


def hangul_share(texts: Iterable[str]) -> float:
    """Return the share of letters that are Hangul, 0 if there are no letters."""
    letters = hangul = 0
    for text in texts:
        words = _without_addresses(text)
        letters += len(_LETTER.findall(words))
        hangul += len(_HANGUL_LETTER.findall(words))
    return hangul / letters if letters else 0.0


def written_in(text: str, scripts: Collection[str]) -> str | None:
    """Return which of some scripts a text is written in, None if it has no letter of any.

    Korean texts often hold more Latin letters than Hangul, as in brands, titles and model numbers: a tenth of Hangul is
    enough.

    Args:
        text: any text.
        scripts: among which to choose, as named by `unread_script`; only Hangul and Latin can be told apart.
    """
    text = _without_addresses(text)
    hangul = len(_HANGUL_LETTER.findall(text))
    if hangul and "Hangul" in scripts:
        latin = len(_LATIN_LETTER.findall(text)) if "Latin" in scripts else 0
        return "Hangul" if hangul >= LEAST_HANGUL * (hangul + latin) else "Latin"
    return "Latin" if "Latin" in scripts and _LATIN_LETTER.search(text) else None


def unread_script(texts: Iterable[str], read: Collection[str]) -> str | None:
    """Return the most common script of some texts if most of their letters are in scripts that are not read.

    Digits, punctuation and emoji belong to no script.

    Args:
        texts: of any scripts.
        read: the scripts that are read, as named by this function.
    """
    letters = Counter(letter for text in texts for letter in _LETTER.findall(_without_addresses(text)))
    scripts: Counter[str] = Counter()
    for letter, times in letters.items():
        if script := _script_of(letter):
            scripts[script] += times
    unread = {script: times for script, times in scripts.items() if script not in read}
    if 2 * sum(unread.values()) <= scripts.total():
        return None
    return max(unread, key=unread.__getitem__)


def without_unread(texts: Iterable[str], read: Collection[str]) -> list[str]:
    """Return the texts, with an empty one in place of each whose script is not read.

    Args:
        texts: of any scripts.
        read: as for `unread_script`.
    """
    other_letter = re.compile(rf"[^\W\d_{''.join(_RANGES.get(script, '') for script in sorted(read))}]")
    # Most texts have none, and to count the letters of each takes longer than to predict it.
    return [text if other_letter.search(text) is None or unread_script([text], read) is None else "" for text in texts]


def _without_addresses(text: str) -> str:
    # Most texts have none, and to search for one takes longer than to count letters.
    return _ADDRESS.sub(" ", text) if "." in text and ("@" in text or "://" in text or "www" in text.lower()) else text


def _script_of(letter: str) -> str | None:
    """Return the script of a letter from its Unicode name, such as HIRAGANA LETTER KO; None if it has none."""
    found = _SCRIPT.match(_WIDTHS.sub("", unicodedata.name(letter, "")))
    if found is None or found[1] in _OF_NO_SCRIPT:
        return None
    return _NAMES.get(found[1], found[1].title())
