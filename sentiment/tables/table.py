"""What a table offers, whatever file it stands in."""

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple, Protocol

Cell = str | float | None
"""An answer as a cell: a label, a probability, or nothing."""

Sample = Sequence[Sequence[object]]
"""The first rows of a table, each as long as its header."""

SAMPLE_ROWS = 50
"""The rows of a stored table that tell what its columns hold."""


class TableRow(NamedTuple):
    """Some cells of a row.

    Attributes:
        where: It stands, for messages.
        text: What the column of texts holds; None for nothing.
        cells: Of the other columns that were asked for.
        fault: Why the row cannot be told apart into its columns; None if it can.
    """

    where: str
    text: str | None
    cells: Sequence[object] = ()
    fault: str | None = None


class Table(Protocol):
    """Rows with named columns, of which some are read."""

    @property
    def name(self) -> str:
        """Where it stands, for messages."""

    @property
    def columns(self) -> Sequence[str]:
        """The names, from left to right. They may repeat or be empty."""

    @property
    def is_typed(self) -> bool:
        """Whether numbers are told from texts; else every cell is a text."""

    def sample(self) -> Sample:
        """Return the first rows without using them up; None for what is neither text nor number."""

    def rows(self, text_column: int, others: Sequence[int] = ()) -> Iterator[TableRow]:
        """Yield the rows in order, blank ones and repeated headers aside. Once only; memory stays flat.

        Args:
            text_column: Position of the column with the texts.
            others: Positions of other columns to read.

        Raises:
            DataError: The column holds no texts, or the file is damaged, so that what follows cannot be trusted.
        """


class StoredTable(Table, Protocol):
    """A table in a container file: read as often as one likes, and written again with columns on its right."""

    @property
    def sheet(self) -> str | None:
        """The title of the sheet of a workbook; None where there are no sheets."""

    @property
    def num_rows(self) -> int | None:
        """How many texts there are; None if unknown before they are read."""

    def check_new_columns(self, names: Sequence[str]) -> None:
        """Make sure that the table can be written again with columns of these names.

        Raises:
            DataError: A name is taken, or the format cannot hold again what the file holds.
        """

    def texts(self, column: int) -> Iterator[str | None]:
        """Return the text of every row in order, None where it has none. Memory stays flat.

        Args:
            column: its place in `columns`, from 0.

        Raises:
            DataError: the column holds no text, or the file is damaged.
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
