"""What a table in a container file offers: it can be read twice, so that answers may be added once all are known."""

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Protocol

Cell = str | float | None
"""An answer as a cell: a label, a probability, or nothing."""


class StoredTable(Protocol):
    """A table that is read from the beginning as often as one likes, and written again with columns on its right."""

    @property
    def name(self) -> str:
        """The path, for messages."""

    @property
    def columns(self) -> Sequence[str]:
        """The header, from left to right. Names may repeat or be empty."""

    @property
    def sheet(self) -> str | None:
        """The title of the sheet of a workbook; None where there are no sheets."""

    @property
    def visible_sheets(self) -> Sequence[str]:
        """Titles of all sheets of the workbook that people see."""

    @property
    def num_rows(self) -> int | None:
        """How many texts there are; None where the file does not tell beforehand."""

    def texts(self, column: int) -> Iterator[str | None]:
        """Yield the text of every row in order, None where it has none. Memory stays flat.

        Args:
            column: its place in `columns`, from 0.

        Raises:
            DataError: the column holds no text, or the file is damaged.
        """

    def sample(self, num_rows: int) -> list[list[str | None]]:
        """Return the first rows, each as long as `columns`; None where a cell or a whole column holds no text.

        Args:
            num_rows: at most; there are fewer where rows are huge.

        Raises:
            DataError: the file is damaged.
        """

    def write_answered(
        self, file: BinaryIO, names: Sequence[str], answers: Iterable[Sequence[Cell]], text_column: int
    ) -> None:
        """Write the table with one column more for each of `names`, every other cell as it is. Memory stays flat.

        Args:
            file: empty, open for writing and seekable; the caller syncs and renames it.
            names: of the new columns.
            answers: one for each text that `texts` yields, in its order; each as long as `names`.
            text_column: the place of the column that was answered, from 0; who sorts by it is to sort the answers, too.

        Raises:
            DataError: the table has no room for the columns, or is damaged.
            ValueError: there are not as many answers as rows.
        """
