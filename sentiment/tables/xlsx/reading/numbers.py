"""Numbers as they were typed into a sheet: without the noise of floating point, and as dates where styled so.

Source: ECMA-376 part 1, 18.8.30 (numFmt), 18.8.10 (cellXfs), 18.17.4 (dates and times).
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from zipfile import ZipInfo

from sentiment.tables.xlsx.markup.names import ELEMENTS
from sentiment.tables.xlsx.markup.parsing import Markup
from sentiment.tables.xlsx.reading.package import Package

_MAX_BYTES = 64 << 20
_MAX_STYLES = 1 << 16
"""More than programs allow; styles beyond it show plain numbers."""

_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})
"""Numbers of formats that files do not describe; 27 to 36 and 50 to 58 are dates in Korean and its neighbours."""

_MAX_CODE_CHARACTERS = 1_000
_LITERAL = re.compile(r'"[^"]*"?|[\\_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]|general|am/pm|a/p', re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_PLAIN_CHARACTERS = 16
"""At most 15 digits and a point, which is no noise."""

_SECONDS_PER_DAY = 86_400
_DAYS_UNTIL_1904 = 1_462
_LAST_DAY = 2_958_465  # 9999-12-31
_NO_DAY = 60  # 1900-02-29, which Lotus 1-2-3 believed in


@dataclass(frozen=True)
class NumberStyles:
    """Which styles of cells show a date or a time.

    Attributes:
        dates: the indexes of these styles, as written in cells.
        is_from_1904: whether days are counted from 1904-01-01, as on old Macs.
    """

    dates: frozenset[str] = frozenset()
    is_from_1904: bool = False

    def text(self, value: str, style: str | None) -> str:
        """Return a number in its shortest spelling, or the date it shows in ISO 8601; as written if it is plain.

        Programs write 17 digits of 4.4; the spelling with the fewest is the one that was typed. Whole numbers may be
        identifiers, whose digits all count.
        """
        if style not in self.dates and (len(value) <= _PLAIN_CHARACTERS or value.lstrip("-").isdigit()):
            return value
        if not _NUMBER.fullmatch(value):
            return value
        number = float(value)
        shown = self._date(number) if style in self.dates else repr(number)
        return value if shown is None or not isfinite(number) else shown

    def _date(self, number: float) -> str | None:
        """Return a number of days as a date, as a time if it is below one; None if it is out of range."""
        if not 0 <= number <= _LAST_DAY:
            return None
        day, second = divmod(round(number * _SECONDS_PER_DAY), _SECONDS_PER_DAY)
        time = f"{datetime.fromtimestamp(second, UTC):%H:%M:%S}"
        if not day:
            return time
        day += _DAYS_UNTIL_1904 if self.is_from_1904 else 0
        if day > _LAST_DAY or day == _NO_DAY:
            return None
        shown = (date(1899, 12, 31 if day < _NO_DAY else 30) + timedelta(days=day)).isoformat()
        return f"{shown}T{time}" if second else shown


def read_number_styles(package: Package, part: ZipInfo | None, *, is_from_1904: bool) -> NumberStyles:
    """Return the styles of a workbook.

    Args:
        package: the workbook.
        part: that describes the styles; None if there is none.
        is_from_1904: whether days are counted from 1904-01-01.

    Raises:
        WorkbookFaultError: the part is damaged or hostile.
    """
    if part is None:
        return NumberStyles(is_from_1904=is_from_1904)
    parser = _StylesParser(part.filename)
    parser.feed_all(package.chunks(part, _MAX_BYTES))
    dates = (str(index) for index, number in enumerate(parser.styles) if parser.is_date(number))
    return NumberStyles(frozenset(dates), is_from_1904)


class _StylesParser(Markup):
    """Collects the number format of each style of cells."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.styles: list[str] = []
        self._formats: dict[str, bool] = {}
        self._section: str | None = None

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        self.depth += 1
        element = ELEMENTS.get(name)
        if self.depth == 2:
            self._section = element
        elif self.depth == 3 and (self._section, element) == ("cellXfs", "xf") and len(self.styles) < _MAX_STYLES:
            self.styles.append(attributes.get("numFmtId", "0")[:10])
        elif self.depth == 3 and (self._section, element) == ("numFmts", "numFmt") and len(self._formats) < _MAX_STYLES:
            self._formats[attributes.get("numFmtId", "")[:10]] = _is_date_format(attributes.get("formatCode", ""))

    def end(self, _name: str, /) -> None:
        self.depth -= 1

    def is_date(self, number: str) -> bool:
        """Return whether the format with this number shows a date or a time."""
        return self._formats.get(number, number.isdecimal() and int(number) in _BUILT_IN_DATES)


def _is_date_format(code: str) -> bool:
    """Return whether a number format shows a date or a time of day, by the letters of its first section."""
    letters = _LITERAL.sub("", code[:_MAX_CODE_CHARACTERS]).partition(";")[0]
    return "[" not in letters and any(letter in "ymdhs" for letter in letters.lower())
