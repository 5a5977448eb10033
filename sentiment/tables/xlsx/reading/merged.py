"""Cells that are merged over several rows: the file has their value in the first row only."""

from collections.abc import Iterable, Sequence

from sentiment.tables.xlsx.reading.references import Area


class MergedCells:
    """Gives each row of merged cells their value, as a spreadsheet program shows it; for rows in ascending order."""

    def __init__(self, areas: Iterable[Area], columns: Sequence[int]) -> None:
        """Start with the merged cells of a sheet, and the columns to fill, from 1."""
        last_rows: dict[int, dict[int, int]] = {column: {} for column in columns}
        for area in areas:
            if area.first_column in last_rows:
                last_rows[area.first_column][area.first_row] = area.last_row
        self._last_rows = [last_rows[column] for column in columns]
        self._values: list[tuple[int, str | None]] = [(0, None)] * len(columns)

    def fill(self, number: int, cells: Sequence[str | None]) -> list[str | None]:
        """Return the cells of a row in the columns, with the values of those merged with rows above it."""
        filled = list(cells)
        for place, (cell, last_rows) in enumerate(zip(cells, self._last_rows, strict=True)):
            if number in last_rows:
                self._values[place] = (last_rows[number], cell)
            last_row, value = self._values[place]
            if number <= last_row:
                filled[place] = value
        return filled
