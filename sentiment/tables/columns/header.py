"""Which row of a table names its columns."""

from collections.abc import Sequence

from sentiment.tables.columns.names import LABELS, TEXT, loose_key, names_a_column

MOST_TITLE_ROWS = 10
"""So many rows may stand above the header and be taken for titles."""

LONGEST_NAME = 40

REPEATED_HEADER = "repeats the header; such rows are not read as texts"
"""The note on the first row that repeats the header, as where files were joined."""


def header_position(rows: Sequence[Sequence[str]]) -> int:
    """Return the position of the header: the first row, unless titles stand above one that is plainly the header.

    A title is a row with one filled cell, which is no usual name of a column.

    Args:
        rows: The cells of the first rows; blank lines are none.
    """
    if not rows or any(map(names_a_column, rows[0])):
        return 0
    for position, cells in enumerate(rows[: MOST_TITLE_ROWS + 1]):
        if sum(bool(cell.strip()) for cell in cells) > 1:
            return position if looks_like_header(cells) else 0
    return 0


def looks_like_header(cells: Sequence[str]) -> bool:
    """Whether a row below a title names columns: one of them is a usual name, or one word that holds it."""
    if data_in_header(cells) is not None:
        return False
    return any(
        names_a_column(cell) or (not any(map(str.isspace, cell.strip())) and (TEXT.is_in(cell) or LABELS.is_in(cell)))
        for cell in cells
    )


def data_in_header(columns: Sequence[str]) -> str | None:
    """Say which data stand among names of columns; None if none do."""
    if any(column.strip().replace(".", "", 1).isdecimal() for column in columns):
        return "a name is a number"
    if any(len(column) > LONGEST_NAME for column in columns):
        return "a name is as long as a text"
    return None


def not_a_header(columns: Sequence[str]) -> str | None:
    """Say what keeps a first row from being names of columns; None if nothing does."""
    names = [loose_key(column) for column in columns if column.strip()]
    return data_in_header(columns) or ("a name occurs twice" if len(set(names)) < len(names) else None)
