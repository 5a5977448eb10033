"""Find the columns whose values group the rows of a table."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from sentiment.tables import Table

if TYPE_CHECKING:
    from sentiment.evaluation.answered.summary import Group

MAX_VALUES = 50
"""A column of more is a text or a number, and not a group."""
MAX_COLUMNS = 40


def grouping_columns(table: Table, taken: Collection[int | None]) -> list[str]:
    """Return the columns that may group rows: those whose first cells hold values, and whose name is theirs alone.

    Args:
        table: its first rows are looked at.
        taken: positions of columns known to hold something else.
    """
    sample = table.sample()
    return [
        name
        for place, name in enumerate(table.columns)
        if place not in taken
        and name
        and list(table.columns).count(name) == 1
        and any(row[place] is not None for row in sample)
    ][:MAX_COLUMNS]


def is_grouping(groups: "Collection[Group]", num_rows: int) -> bool:
    """Return whether the values of a column are few enough, and not all the same."""
    return 2 <= len(groups) <= min(MAX_VALUES, max(2, num_rows // 2))
