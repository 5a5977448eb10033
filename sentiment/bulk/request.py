"""A request to predict a table."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sentiment.bulk.answers import DEFAULT_PREFIX, AnswerColumns
from sentiment.inference import DEFAULT_BATCH_SIZE
from sentiment.tables import TableOptions


@dataclass(frozen=True)
class BulkRequest:
    """A table to predict.

    Attributes:
        path: Of the table; `-` for standard input.
        output: The file for the table with predictions; None for standard output.
        text_column: The column with the texts; auto-detected if None.
        sheet: Title of the sheet of a workbook; None for the first visible one.
        format_name: One of `sentiment.formats.FileFormat`; from the name of the file if None.
        encoding: Python's name of it; auto-detected if None.
        header_row: The line, or row of a sheet, that names the columns, from 1; auto-detected if None.
        max_record_characters: Limit on the length of a row in a text file; None for the default.
        column_prefix: Prefix of the names of added columns.
        batch_size: Most texts per batch.
        threads: Windows processed at the same time; one per core if None.
        all_probabilities: Whether every class gets a column.
        explain: Whether the words that mattered most get a column.
        unsure_below: The lowest probability of a label; rows below it get none, and a column says why. None for a
            label for every text that has a prediction.
        rejects: The file for broken rows; None to stop at the first.
        resume: Whether to continue an interrupted run for the same output.
        force: Whether to replace existing files at `output` and `rejects`; without `resume`, also to discard an
            interrupted run.
        is_temporary: Whether the output goes with the process, so that nothing of an interrupted run is left.
        in_place: Whether the output replaces the input; `output` is then None or names the same file.
        scripts: Those that the model reads; None for all. A text in another gets no prediction, and a table whose first
            texts are mostly in others is refused, unless it is a stream that pauses: its first say little of the rest.
    """

    path: str
    output: Path | None = None
    text_column: str | None = None
    sheet: str | None = None
    format_name: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    max_record_characters: int | None = None
    column_prefix: str = DEFAULT_PREFIX
    batch_size: int = DEFAULT_BATCH_SIZE
    threads: int | None = None
    all_probabilities: bool = False
    explain: bool = False
    unsure_below: float | None = None
    rejects: Path | None = None
    resume: bool = False
    force: bool = False
    is_temporary: bool = False
    in_place: bool = False
    scripts: Collection[str] | None = None

    @property
    def table_options(self) -> TableOptions:
        """The options for reading the table."""
        return TableOptions(self.format_name, self.encoding, self.sheet, self.header_row, self.max_record_characters)

    @property
    def columns(self) -> AnswerColumns:
        """The columns to add."""
        return AnswerColumns(self.column_prefix, self.all_probabilities, self.explain, self.unsure_below)

    def column_names(self, labels: tuple[str, ...]) -> list[str]:
        """Return the names of the added columns."""
        return list(self.columns.types(labels))
