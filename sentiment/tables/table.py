"""The interface of tables of every format."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple, Protocol

Cell = str | float | None
"""A cell of a prediction: a label, a probability, or None."""

AnswerType = type[str] | type[float]
"""The type of all cells of a column of predictions but None."""

Sample = Sequence[Sequence[object]]
"""The first rows of a table, each as long as its header."""

SAMPLE_ROWS = 50
"""Number of rows of a stored table used to detect the content of its columns."""


class TableRow(NamedTuple):
    """Some cells of a row.

    Attributes:
        where: Its position, for messages.
        text: The cell of the text column; None if empty.
        cells: Of the other requested columns.
        fault: Why the row cannot be split into its columns; None if it can.
    """

    where: str
    text: str | None
    cells: Sequence[object] = ()
    fault: str | None = None


class SampledTable(Protocol):
    """Named columns, and the first rows, to find a column."""

    @property
    def name(self) -> str:
        """Its path or name, for messages."""

    @property
    def columns(self) -> Sequence[str]:
        """The names, from left to right. They may repeat or be empty."""

    def sample(self) -> Sample:
        """Return the first rows without consuming them; None for cells that are neither text, number nor date."""


class Table(SampledTable, Protocol):
    """Rows with named columns, some of which are read."""

    @property
    def is_typed(self) -> bool:
        """Whether numbers are distinguished from texts; otherwise every cell is a text."""

    @property
    def repeated_headers(self) -> Sequence[str]:
        """Positions of the rows that repeat the header, as far as `rows` has been consumed, for messages."""

    def rows(self, text_column: int, others: Sequence[int] = ()) -> Iterator[TableRow]:
        """Yield the rows in order, without blank ones and repeated headers. Once only; memory stays flat.

        Args:
            text_column: Position of the column with the texts.
            others: Positions of other columns to read.

        Raises:
            DataError: The column contains no texts, or the file is damaged, so that the rest cannot be trusted.
        """


class StoredTable(Table, Protocol):
    """A table in a container file: can be read repeatedly, and written again with columns added on the right."""

    @property
    def sheet(self) -> str | None:
        """The title of the sheet of a workbook; None for other formats."""

    @property
    def num_rows(self) -> int | None:
        """Number of texts; None if unknown before they are read."""

    def check_new_columns(self, names: Sequence[str]) -> None:
        """Check that the table can be written again with additional columns of these names.

        Raises:
            DataError: A name is taken, or the format cannot preserve the content of the file.
        """

    def texts(self, column: int) -> Iterator[str | None]:
        """Return the text of every row in order, None if it has none. Memory stays flat.

        Args:
            column: its position in `columns`, from 0.

        Raises:
            DataError: the column contains no text, or the file is damaged.
        """

    def write_answered(
        self, file: BinaryIO, types: Mapping[str, AnswerType], answers: Iterable[Sequence[Cell]], text_column: int
    ) -> None:
        """Write the table with an additional column for each of `types`, other cells unchanged. Memory stays flat.

        Args:
            file: empty, open for writing and seekable; the caller syncs and renames it.
            types: name and type of each new column; any cell may be None.
            answers: one for each text from `texts`, in order; each as long as `types`.
            text_column: the position of the predicted column, from 0; filters and sorts over it also get the answers.

        Raises:
            DataError: the table has no room for the columns, or is damaged.
            ValueError: the number of answers differs from that of the rows.
        """
