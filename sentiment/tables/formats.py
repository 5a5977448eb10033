"""Which format a file has, as its name says."""

from pathlib import Path, PurePath

from sentiment.errors import DataError
from sentiment.tables.text_files.source import STANDARD_INPUT, unreadable

STORED_FORMATS = frozenset({"parquet", "xlsx"})
"""Those in files that are read at any place, not from the first byte to the last."""

TEXT_OR_TABLE = "txt"
"""Of a file whose first lines tell whether each line is a text, or the row of a table with tabs."""

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
    """Return the format of a file: the named one, else what its suffix says, .gz aside.

    Standard input is lines.

    Raises:
        DataError: The suffix tells no format, or there is no such file.
    """
    if wanted is not None:
        return wanted
    if path == STANDARD_INPUT:
        return "lines"
    told = format_of_suffix(path)
    if told is not None:
        return told
    if path.lower().endswith(_OLD_WORKBOOK_SUFFIX):
        raise DataError(f"{path}: workbooks of this old kind are not supported; save it as .xlsx")
    try:
        Path(path).stat()
    except OSError as error:  # a name mistyped at its end is no question of formats
        raise unreadable(path, error) from error
    if Path(path).is_dir():
        raise DataError(f"{path}: a folder, not a file; pass the file")
    known = ", ".join(_FORMAT_OF_SUFFIX)
    raise DataError(
        f"{path}: its name does not show the format; set it with `format`, or use one of the endings {known}"
    )


def format_of_suffix(path: str) -> str | None:
    """Return the format that the end of a name tells, .gz aside; None if it tells none."""
    name = PurePath(path.lower())
    return _FORMAT_OF_SUFFIX.get(name.with_suffix("").suffix if is_packed(path) else name.suffix)


def is_packed(path: str) -> bool:
    """Whether the name says that the file is packed with gzip."""
    return path.lower().endswith(_GZIP_SUFFIX)
