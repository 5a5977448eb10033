"""Options for reading a file, in place of auto-detection."""

from dataclasses import asdict, dataclass

from sentiment.errors import DataError
from sentiment.tables.formats import STORED_FORMATS, format_of_suffix
from sentiment.tables.text_files.records import MAX_RECORD_CHARACTERS

_WITHOUT_HEADER = ("jsonl", "lines", "parquet")


@dataclass(frozen=True)
class TableOptions:
    """Options for reading a file.

    Attributes:
        format: One of `sentiment.formats.FileFormat`; from the name of the file if None.
        encoding: Python's name of it; auto-detected if None.
        sheet: Title of the sheet of a workbook; None for the first visible one.
        header_row: The line, or row of a sheet, that names the columns, from 1; auto-detected if None.
        max_record_characters: Limit on the length of a row in a text file; None for the default.
    """

    format: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    max_record_characters: int | None = None

    @property
    def most_characters(self) -> int:
        """Most characters of a row in a text file."""
        return MAX_RECORD_CHARACTERS if self.max_record_characters is None else self.max_record_characters

    def refuse_all(self, name: str) -> None:
        """Refuse all options, for rows that do not come from a user's file.

        Raises:
            DataError: An option is set.
        """
        for field, value in asdict(self).items():
            if value is not None:
                raise DataError(f"{name}: is not a file, so `{field}` has no effect; remove it")

    def for_another(self, path: str) -> "TableOptions":
        """Return the options that also apply to another file, which may have another format."""
        format_by_name = format_of_suffix(path)
        format_name = format_by_name or self.format
        is_stored = format_name in STORED_FORMATS
        return TableOptions(
            format=None if format_by_name else self.format,
            encoding=None if is_stored else self.encoding,
            sheet=self.sheet if format_name == "xlsx" else None,
            header_row=None if format_name in _WITHOUT_HEADER else self.header_row,
            max_record_characters=None if is_stored else self.max_record_characters,
        )

    def check(self, name: str, format_name: str) -> None:
        """Refuse options that have no effect on a file of this format.

        Raises:
            DataError: One is set.
        """
        if self.sheet is not None and format_name != "xlsx":
            raise DataError(f"{name}: only a workbook has sheets; remove `sheet`")
        if self.header_row is not None and format_name in _WITHOUT_HEADER:
            raise DataError(f"{name}: {format_name} has no header; remove `header_row`")
        if format_name in STORED_FORMATS:
            if self.encoding is not None:
                raise DataError(f"{name}: {format_name} has a fixed encoding; remove `encoding`")
            if self.max_record_characters is not None:
                raise DataError(f"{name}: {format_name} has its own limits; remove `max_record_characters`")
