"""A request to answer a table."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sentiment.inference import DEFAULT_BATCH_SIZE
from sentiment.tables import TableOptions

DEFAULT_PREFIX = "predicted_"


@dataclass(frozen=True)
class BulkRequest:
    """A table to be answered.

    Attributes:
        path: Of the table; `-` for standard input.
        output: Where the table with answers is to stand; None for standard output.
        text_column: The column with the texts; None to find it.
        sheet: Title of the sheet of a workbook; None for the first visible one.
        format_name: One of `sentiment.formats.FileFormat`; None for what the name of the file says.
        encoding: Python's name of it; None to find out.
        header_row: The line, or row of a sheet, that names the columns, from 1; None to find it.
        max_record_characters: A longer row of a file of text is refused; None for the usual limit.
        column_prefix: Begins the names of the added columns.
        batch_size: Texts a batch, at most.
        threads: Windows that are answered at the same time; one for each core if None.
        all_probabilities: Whether every class gets a column.
        rejects: Where broken rows go; None to stop at the first.
        resume: Whether to continue where a run for the same output was cut off.
        force: Whether to replace files that stand at `output` and `rejects`; without `resume`, also to give up an
            earlier run that was cut off.
        in_place: Whether the output replaces the input; `output` is left out, or names the same file.
        scripts: Those that the model reads: a table whose first texts are mostly of others is refused, and in a stream
            that pauses, whose first texts say little of the rest, each text of another gets no answer. None for all.
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
    rejects: Path | None = None
    resume: bool = False
    force: bool = False
    in_place: bool = False
    scripts: Collection[str] | None = None

    @property
    def table_options(self) -> TableOptions:
        """How the table is to be read."""
        return TableOptions(self.format_name, self.encoding, self.sheet, self.header_row, self.max_record_characters)

    def column_names(self, labels: tuple[str, ...]) -> list[str]:
        """Return the names of the added columns."""
        names = [f"{self.column_prefix}label", f"{self.column_prefix}probability"]
        if self.all_probabilities:
            names += [f"{self.column_prefix}probability_{label}" for label in labels]
        return names
