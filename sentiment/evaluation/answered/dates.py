"""Find a column of dates, and the month of each."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sentiment.tables import Table

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_OF_DATES = frozenset(
    {"at", "created", "date", "dates", "datetime", "day", "dt", "posted", "published", "regdate", "time", "timestamp"}
    | {"updated", "when", "written"}
)
_OF_VERSIONS = frozenset({"build", "ver", "version", "versions"})
_KOREAN = re.compile(r"날짜|일자|일시|시각|시간|(?:작성|등록|게시|수정|생성|주문|구매|방문|이용|리뷰)일")
_KOREAN_VERSION = "버전"
_NUMERIC = re.compile(r"^\s*(\d{2}|\d{4})\s*([-./]|년)\s*(\d{1,2})\s*(?:[-./]|월)\s*(\d{1,2})(?:\D|$)")
_COMPACT = re.compile(r"^\s*((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\s*$")
_SERIALS = range(20_000, 80_000)
"""Days since 1899-12-30, as Excel stores dates: 1954 to 2119."""
_LEAST_SHARE = 0.8


@dataclass(frozen=True)
class DateColumn:
    """A column whose cells are dates.

    Attributes:
        place: its position.
        name: of the column.
    """

    place: int
    name: str

    def month_of(self, cell: object) -> str | None:
        """Return the month of a cell as YYYY-MM; None if it is no date."""
        return month_of(cell, is_named=is_named_like_dates(self.name))

    def fits(self, rows: Sequence[Sequence[object]]) -> bool:
        """Return whether nearly all cells in some rows of the table are dates."""
        cells = [cell for cell in (row[self.place] for row in rows) if cell is not None and cell != ""]
        num_dates = sum(self.month_of(cell) is not None for cell in cells)
        return 0 < num_dates >= _LEAST_SHARE * len(cells)


def month_of(cell: object, *, is_named: bool) -> str | None:
    """Return the month of a date as YYYY-MM; None if the cell is no date.

    Args:
        cell: a text or a number that means a date, year first.
        is_named: whether the name of the column says that it holds dates. Elsewhere a mere number is an amount, and
            10.4.5 a version.
    """
    text = "" if cell is None or isinstance(cell, bool) else str(cell)
    if (found := _NUMERIC.match(text)) and (is_named or len(found[1]) == 4):
        year, month, day = int(found[1]), int(found[3]), int(found[4])
        return _month(year + (2000 if year < 70 else 1900) * (len(found[1]) == 2), month, day)
    if not is_named:
        return None
    if found := _COMPACT.match(text):
        return _month(int(found[1]), int(found[2]), int(found[3]))
    number = text.partition(".")[0]
    if number.isascii() and number.isdigit() and len(number) == 5 and int(number) in _SERIALS:
        return f"{date(1899, 12, 30) + timedelta(days=int(number)):%Y-%m}"
    return None


def find_dates(table: Table, taken: Collection[int]) -> DateColumn | None:
    """Return the first column whose cells are dates, if possible one that is named like it; None if there is none.

    Args:
        table: its first rows are looked at.
        taken: positions of columns known to hold something else.
    """
    rows = table.sample()
    columns = [DateColumn(place, name) for place, name in enumerate(table.columns) if place not in taken]
    columns.sort(key=lambda column: not is_named_like_dates(column.name))
    return next((column for column in columns if column.fits(rows)), None)


def is_named_like_dates(name: str) -> bool:
    """Return whether a column is named like one of dates: created_at, reviewDate, 작성일; not reviewCreatedVersion."""
    words = {word.lower() for word in _WORDS.findall(name)}
    if words & _OF_VERSIONS or _KOREAN_VERSION in name:
        return False
    return not words.isdisjoint(_OF_DATES) or _KOREAN.search(name) is not None


def _month(year: int, month: int, day: int) -> str | None:
    try:
        return f"{date(year, month, day):%Y-%m}"
    except ValueError:
        return None
