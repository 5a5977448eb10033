"""The spelling of labels: the same in every format, with notes on labels that look alike."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator

from sentiment.data.polarity import same_polarity
from sentiment.tables import INVISIBLE, listed

_DELETED = dict.fromkeys(map(ord, INVISIBLE))
_JOINERS = "\u200c\u200d"  # meaningful within a word or an emoji
_BLANKS = re.compile(r"[^\S\t\n\r\v\f]+")  # no-break and ideographic spaces look like others
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]*")
_FLOAT_DIGITS = 17
_LEADING_ZEROS = re.compile(r"^([-+]?)0+(?=[0-9])")
_BOOLEANS = {"true": "True", "false": "False"}
_MISSING = frozenset({"nan", "n/a", "#n/a", "na", "<na>", "none", "null"})
_SEPARATORS = re.compile(r"\s*[|;,/]\s*")


def normal_label(label: str) -> str:
    """Return a label in the spelling used for all formats.

    It is in NFC, without invisible characters, with single spaces. A number with decimals is written as in Python, a
    whole number without decimals; true and false become True and False, whatever their case.
    """
    text = unicodedata.normalize("NFC", label).translate(_DELETED).strip(_JOINERS)
    text = _BLANKS.sub(" ", text).strip().strip(_JOINERS)
    if _DECIMAL.fullmatch(text) and len(text) <= _FLOAT_DIGITS + 3:
        number = float(text)
        return str(int(number)) if number.is_integer() else repr(number)
    return _BOOLEANS.get(text.lower(), text)


def missing_labels(labels: Collection[str]) -> set[str]:
    """Return labels that mean a missing value: NaN and the like, if all others are numbers or booleans."""
    words = {label for label in labels if label.casefold() in _MISSING}
    others = set(labels) - words
    return words if others and all(map(_is_number, others)) else set()


def label_notes(rows_of_label: Counter[str]) -> Iterator[str]:
    """Yield warnings on labels: those that look alike, like missing values, or like several in one."""
    alike: dict[str, list[str]] = {}
    for label in sorted(rows_of_label):
        alike.setdefault(look(label), []).append(label)
    for group in alike.values():
        if len(group) > 1:
            yield f"labels {listed(group)} differ only in case, width or zeros; a training keeps them apart"
    for group in same_polarity(rows_of_label):
        yield f"labels {listed(group)} mean the same; a training keeps them apart"
    if words := sorted(label for label in rows_of_label if label.casefold() in _MISSING):
        number = sum(rows_of_label[word] for word in words)
        yield (
            f"{listed(words)} is treated as a label, in {number:,} rows; leave the cell empty if there is none"
            if len(words) == 1
            else f"{listed(words)} are treated as labels, in {number:,} rows; leave cells empty if there is none"
        )
    if several := _composite(rows_of_label):
        yield f"labels such as {listed(several[:3])} look like several labels in one cell; each is treated as one class"


def look(label: str) -> str:
    """Return what labels have in common that differ only in case, width or leading zeros."""
    return _LEADING_ZEROS.sub(r"\1", unicodedata.normalize("NFKC", label).casefold())


def _composite(labels: Collection[str]) -> list[str]:
    """Return the labels whose parts are also labels, or parts of another label."""
    parts_of = {label: parts for label in labels if len(parts := _SEPARATORS.split(label)) > 1 and all(parts)}
    times = Counter(part for parts in parts_of.values() for part in set(parts))
    return [label for label, parts in parts_of.items() if any(part in labels or times[part] > 1 for part in parts)]


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return label in _BOOLEANS.values()
    return True
