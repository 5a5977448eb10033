"""Find a column of dates, and the month of each."""

import re
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sentiment.tables import Table

NAMES = re.compile(
    r"(?i)(?:^|[\W_])(?:date|day|time|created|written|at|when)(?:$|[\W_])|날짜|일자|일시|작성일|등록일|시각"
)
_NUMERIC = re.compile(r"^\s*(\d{2}|\d{4})\s*([-./]|년)\s*(\d{1,2})\s*(?:[-./]|월)\s*(\d{1,2})(?:\D|$)")
_COMPACT = re.compile(r"^\s*((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\s*$")
_SERIALS = range(20_000, 80_000)
"""Days since 1899-12-30, as Excel stores dates: 1954 to 2119."""
_LEAST_SHARE = 0.8


def month_of(cell: object, *, is_date_column: bool = True) -> str | None:
    """Return the month of a date as YYYY-MM; None if the cell is no date.

    Args:
        cell: a date, or a text or a number that means one, year first.
        is_date_column: whether a mere number may mean a date.
    """
    if isinstance(cell, date | datetime):
        return f"{cell:%Y-%m}"
    text = "" if cell is None or isinstance(cell, bool) else str(cell)
    if found := _NUMERIC.match(text):
        year, month, day = int(found[1]), int(found[3]), int(found[4])
        return _month(year + (2000 if year < 70 else 1900) * (len(found[1]) == 2), month, day)
    if not is_date_column:
        return None
    if found := _COMPACT.match(text):
        return _month(int(found[1]), int(found[2]), int(found[3]))
    number = text.partition(".")[0]
    if number.isascii() and number.isdigit() and len(number) == 5 and int(number) in _SERIALS:
        return f"{date(1899, 12, 30) + timedelta(days=int(number)):%Y-%m}"
    return None


def month_place(table: Table, taken: Collection[int]) -> int | None:
    """Return the position of the first column whose cells are dates; None if there is none.

    Args:
        table: its first rows are looked at.
        taken: positions of columns known to hold something else.
    """
    rows = list(table.sample())
    for place, name in enumerate(table.columns):
        cells = [cell for cell in (row[place] for row in rows) if cell is not None and cell != ""]
        is_named = NAMES.search(name) is not None
        dates = [cell for cell in cells if month_of(cell, is_date_column=is_named) is not None]
        if place not in taken and dates and len(dates) >= _LEAST_SHARE * len(cells):
            return place
    return None


def _month(year: int, month: int, day: int) -> str | None:
    try:
        return f"{date(year, month, day):%Y-%m}"
    except ValueError:
        return None
