"""References to cells: letters for the column, a number for the row."""

import re
from typing import NamedTuple

MAX_COLUMNS = 16_384
MAX_ROWS = 1_048_576

_AREA = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Za-z]{1,3})\$?([0-9]{1,7}))?")


class Area(NamedTuple):
    """A rectangle of cells; all bounds count from 1 and are inclusive."""

    first_column: int
    first_row: int
    last_column: int
    last_row: int

    def __str__(self) -> str:
        return f"{column_letters(self.first_column)}{self.first_row}:{column_letters(self.last_column)}{self.last_row}"

    def absolute(self) -> str:
        """Return the reference with dollar signs."""
        first, last = column_letters(self.first_column), column_letters(self.last_column)
        return f"${first}${self.first_row}:${last}${self.last_row}"

    def has_column(self, column: int) -> bool:
        """Return whether some of the cells are in a column."""
        return self.first_column <= column <= self.last_column

    def overlaps(self, other: "Area") -> bool:
        """Return whether the two areas overlap."""
        return (
            self.first_column <= other.last_column
            and other.first_column <= self.last_column
            and self.first_row <= other.last_row
            and other.first_row <= self.last_row
        )


def column_letters(column: int) -> str:
    """Return the letters of a column: A for 1, XFD for 16,384."""
    letters = ""
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def column_number(letters: str) -> int | None:
    """Return the number of a column, or None if the letters are not a column."""
    number = 0
    if not letters or len(letters) > 3:
        return None
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            return None
        number = number * 26 + ord(letter) - 64
    return number if number <= MAX_COLUMNS else None


def parse_area(reference: str) -> Area | None:
    """Return the cells of `A1:C10`, or of `A1`; None for any other form."""
    match = _AREA.fullmatch(reference)
    if not match:
        return None
    first, last = column_number(match[1]), column_number(match[3] or match[1])
    if first is None or last is None:
        return None
    return Area(first, int(match[2]), last, int(match[4] or match[2]))
