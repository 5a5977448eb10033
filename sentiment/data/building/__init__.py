"""Data sets that are built on the user's machine, because they cannot be downloaded as one file."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from sentiment.callbacks import Notify
from sentiment.data.building import imdb, naver_movie_reviews
from sentiment.data.sources import SourceInfo, cache_folder, source_info
from sentiment.errors import DataError, MissingExtraError, OutputError
from sentiment.writing import whole_file

if TYPE_CHECKING:
    import pyarrow as pa

BUILDERS: "Mapping[str, Callable[[Path, Notify], dict[str, pa.Table]]]" = {
    "imdb": imdb.build,
    "naver-movie-reviews": naver_movie_reviews.build,
}
"""For each data set, a function that returns its rows by split, from a folder of raw files."""


def build_source(name: str, raw: Path, out: Path | None, *, replace: bool, notify: Notify) -> list[Path]:
    """Build a data set and return the paths of its files, each written atomically.

    Args:
        name: of the data set.
        raw: the folder of its raw files.
        out: the file to write, or the folder if there are several; None for the path in the user's cache where the data
            set is looked up.
        replace: whether existing files may be replaced.
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
    targets = _targets(source, out)
    for target in targets.values():
        if target.exists() and not (replace and target.is_file()):
            raise OutputError(
                f"{target}: already exists; choose another place with `out`, or replace a file with `force`"
            )
    try:
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise MissingExtraError("pyarrow", "tables") from None
    try:
        for target in targets.values():
            target.parent.mkdir(parents=True, exist_ok=True)
        tables = BUILDERS[name](raw, notify)
        if not all(table.num_rows for table in tables.values()):
            raise DataError(f"{raw}: contains no reviews; are these the raw files of {name}?")
        with ExitStack() as files:  # no file takes its place before all are written
            for split, target in targets.items():
                pq.write_table(tables[split], files.enter_context(whole_file(target)), compression="zstd")
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror or error}); choose another place") from error
    for split, target in targets.items():
        notify(f"{target.name}: {tables[split].num_rows:,} reviews written")
    return list(targets.values())


def _targets(source: SourceInfo, out: Path | None) -> dict[str, Path]:
    """Return the file to write for each split."""
    if out is not None and len(source.built_files) == 1:
        return dict.fromkeys(source.built_files, out)
    folder = out or cache_folder(source.name)
    if folder is None:
        raise OutputError(f"{source.name}: this user has no home directory to store it in; choose a place with `out`")
    return {split: folder / name for split, name in source.built_files.items()}
