"""Which row of a table names its columns."""

from collections.abc import Sequence

from sentiment.tables.columns.finding import looks_like_header
from sentiment.tables.columns.names import names_a_column

MOST_TITLE_ROWS = 10
"""So many rows may stand above the header and be taken for titles."""


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
