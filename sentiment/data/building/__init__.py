"""Data sets that are built on the user's machine, because they cannot be downloaded as one file."""

from collections.abc import Callable, Mapping
from pathlib import Path

from sentiment.callbacks import Notify
from sentiment.data.building import naver_movie_reviews
from sentiment.data.sources import source_info
from sentiment.errors import DataError, OutputError

BUILDERS: Mapping[str, Callable[[Path, Path, Notify], None]] = {"naver-movie-reviews": naver_movie_reviews.build}
"""For each data set, a function that writes its file from a folder of raw files."""


def build_source(name: str, raw: Path, out: Path | None, *, replace: bool, notify: Notify) -> Path:
    """Build a data set and return the path of its file.

    Args:
        name: of the data set.
        raw: the folder of its raw files.
        out: the file to write; None for the path in the user's cache where the data set is looked up.
        replace: whether an existing file may be replaced.
        notify: gets notes on downloads, and on what is left out.

    Raises:
        DataError: there is nothing to build under this name, or the raw files are missing or unreadable.
        DownloadError: the data set to compare with could not be downloaded.
        MissingExtraError: pyarrow is not installed.
        OutputError: the file exists, or cannot be written.
    """
    source = source_info(name)
    if name not in BUILDERS:
        raise DataError(f"{name}: nothing to build; {source.way_to_get_it}")
    target = out or source.built_path
    if target is None:
        raise OutputError(f"{name}: this user has no home directory to store it in; choose a file with `out`")
    if target.exists() and not (replace and target.is_file()):
        raise OutputError(f"{target}: already exists; choose another place with `out`, or replace a file with `force`")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        BUILDERS[name](raw, target, notify)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror or error}); choose another place") from error
    return target
