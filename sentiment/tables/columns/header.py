"""Find the header row of a table."""

from collections.abc import Sequence

from sentiment.tables.columns.names import LABELS, TEXT, loose_key, names_a_column

MOST_TITLE_ROWS = 10
"""Most title rows above the header."""

LONGEST_NAME = 40

REPEATED_HEADER = "repeats the header; such rows are not read as texts"
"""The note on the first row that repeats the header, as where files were joined."""


def header_position(rows: Sequence[Sequence[str]]) -> int:
    """Return the position of the header: the first row, unless titles precede one that is clearly the header.

    A title is a row with one non-empty cell, which is not a usual column name.

    Args:
        rows: The cells of the first rows, without blank lines.
    """
    if not rows or any(map(names_a_column, rows[0])):
        return 0
    for position, cells in enumerate(rows[: MOST_TITLE_ROWS + 1]):
        if sum(bool(cell.strip()) for cell in cells) > 1:
            return position if looks_like_header(cells) else 0
    return 0


def looks_like_header(cells: Sequence[str]) -> bool:
    """Return whether a row below a title is a header: one cell is a usual name, or a word that contains one."""
    if data_in_header(cells) is not None:
        return False
    return any(
        names_a_column(cell) or (not any(map(str.isspace, cell.strip())) and (TEXT.is_in(cell) or LABELS.is_in(cell)))
        for cell in cells
    )


def data_in_header(columns: Sequence[str]) -> str | None:
    """Describe data among column names; None if there is none."""
    if any(column.strip().replace(".", "", 1).isdecimal() for column in columns):
        return "a name is a number"
    if any(len(column) > LONGEST_NAME for column in columns):
        return "a name is as long as a text"
    return None


def not_a_header(columns: Sequence[str]) -> str | None:
    """Describe why a first row cannot be column names; None if it can."""
    names = [loose_key(column) for column in columns if column.strip()]
    return data_in_header(columns) or ("a name occurs twice" if len(set(names)) < len(names) else None)
