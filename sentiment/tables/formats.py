"""Determine the format of a file from its name."""

from pathlib import Path, PurePath

from sentiment.errors import DataError
from sentiment.tables.text_files.source import STANDARD_INPUT, unreadable

STORED_FORMATS = frozenset({"parquet", "xlsx"})
"""Formats that need random access, instead of reading from the first byte to the last."""

TEXT_OR_TABLE = "txt"
"""For a file whose first lines show whether each line is a text, or the row of a table with tabs."""

_FORMAT_OF_SUFFIX = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": TEXT_OR_TABLE,
    ".log": "lines",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
_GZIP_SUFFIX = ".gz"
_OLD_WORKBOOK_SUFFIX = ".xls"


def format_of(path: str, wanted: str | None = None) -> str:
    """Return the format of a file: the requested one, else by its suffix, ignoring .gz.

    Standard input is read as lines.

    Raises:
        DataError: The suffix is unknown, or there is no such file.
    """
    if wanted is not None:
        return wanted
    if path == STANDARD_INPUT:
        return "lines"
    format_by_name = format_of_suffix(path)
    if format_by_name is not None:
        return format_by_name
    if path.lower().endswith(_OLD_WORKBOOK_SUFFIX):
        raise DataError(f"{path}: workbooks of this old kind are not supported; save it as .xlsx")
    try:
        Path(path).stat()
    except OSError as error:  # a mistyped ending should be reported as a missing file
        raise unreadable(path, error) from error
    if Path(path).is_dir():
        raise DataError(f"{path}: a folder, not a file; pass the file")
    known = ", ".join(_FORMAT_OF_SUFFIX)
    raise DataError(
        f"{path}: its name does not show the format; set it with `format`, or use one of the endings {known}"
    )


def format_of_suffix(path: str) -> str | None:
    """Return the format of a file name by its ending, ignoring .gz; None if unknown."""
    name = PurePath(path.lower())
    return _FORMAT_OF_SUFFIX.get(name.with_suffix("").suffix if is_packed(path) else name.suffix)


def is_packed(path: str) -> bool:
    """Return whether a file is compressed with gzip, by its name."""
    return path.lower().endswith(_GZIP_SUFFIX)
