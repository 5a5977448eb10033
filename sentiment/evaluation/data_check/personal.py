"""Personal data, recognized by its pattern: counted, and never shown."""

import re
from collections import Counter

_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z])")
_MONTH_AND_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_RESIDENT = re.compile(rf"(?<!\d)(\d\d{_MONTH_AND_DAY})(\s?[-–]\s?)?([1-8]\d{{6}})(?!\d)")
_PHONE = re.compile(
    r"(?<![\d.-])(?:"
    r"(?:\+82[\s.-]?\(?0?\)?1|01)[016789][\s.-]?\d{3,4}[\s.-]?\d{4}"  # Korean mobile
    r"|(?:\+82[\s.-]?|0)(?:2|[3-6]\d|70|50\d)[\s.)-]{1,2}\d{3,4}[\s.-]\d{4}"  # Korean landline, internet
    r"|(?:\+1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[.-])\d{3}[.-]\d{4}"  # North American
    r"|\+\d{1,3}(?:[\s.-]?\d{1,4}){2,5}"  # other countries
    r")(?![\d-])"
)
_CHECK_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)

RESIDENT, EMAIL, PHONE = "resident_number", "e_mail", "phone_number"


def personal_data(text: str) -> Counter[str]:
    """Count the personal data in a text, by kind."""
    counts: Counter[str] = Counter()
    _replace(text, counts)
    return counts


def without_personal_data(text: str) -> str:
    """Return a text with the kind of personal data in its place, as in `[e-mail]`."""
    return _replace(text, Counter())


def _replace(text: str, counts: Counter[str]) -> str:
    def put(kind: str, name: str) -> str:
        counts[kind] += 1
        return f"[{name}]"

    def resident(match: re.Match[str]) -> str:
        if match[2] is None and not _is_resident_number(match[1] + match[3]):
            return match[0]
        return put(RESIDENT, "resident number")

    if "@" in text:
        text = _EMAIL.sub(lambda _: put(EMAIL, "e-mail"), text)
    if sum(character.isdecimal() for character in text) < 9:
        return text
    text = _RESIDENT.sub(resident, text)
    return _PHONE.sub(lambda _: put(PHONE, "phone number"), text)


def _is_resident_number(digits: str) -> bool:
    """Return whether the check digit of a Korean resident registration number is right.

    Numbers given since October 2020 have a random one: without a hyphen they look like any 13 digits.
    """
    total = sum(weight * int(digit) for weight, digit in zip(_CHECK_WEIGHTS, digits, strict=False))
    check = (11 - total % 11) % 10
    foreign = (13 - total % 11) % 10
    return int(digits[12]) == (foreign if digits[6] in "5678" else check)
