"""Data sets known by name: what they are and where their files stand."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sentiment.callbacks import Notify
from sentiment.data.downloading.addresses import Address
from sentiment.data.downloading.download import Progress, download
from sentiment.errors import DataError, DownloadError
from sentiment.tables import ByteSource, Delimited, Table, TableOptions, open_table, open_text_table
from sentiment.user_cache import user_cache

DATA_VARIABLE = "SENTIMENT_DATA"
"""The environment variable that names a folder with one folder a data set."""

UNLABELLED = "unlabelled"
"""The split with texts that have no labels, for a pretraining."""

_UNQUOTED_TSV = Delimited("tsv", "\t", quoting=False)
"""As NSMC has it: quotes are characters like any other."""


@dataclass(frozen=True)
class SourceFile:
    """One split of a data set that is downloaded.

    Attributes:
        name: of the file.
        size_bytes: its size.
        sha256: in hex.
    """

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class SourceInfo:
    """A data set known by name.

    Attributes:
        name: what it is called on the command line.
        description: one line.
        licence: SPDX identifier, or what is known where none is stated.
        homepage: where it comes from.
        text_column: the column with the texts.
        label_column: the column with the labels.
        num_rows: rows of all splits.
        label_names: names for the labels as they stand in the files.
        files: by split, those to download.
        url: the folder that the files are downloaded from.
        built_files: by split, the names of those that `sentiment data build` makes; where these and `files` are empty,
            the data set ships with the package.
        built_from: what they are made of.
        has_ratings: whether its labels are grades rather than classes.
        rating_column: the column with grades beside the labels, which a pretraining learns in their place.
    """

    name: str
    description: str
    licence: str
    homepage: str
    text_column: str
    label_column: str
    num_rows: int
    label_names: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, SourceFile] = field(default_factory=dict)
    url: str | None = None
    built_files: Mapping[str, str] = field(default_factory=dict)
    built_from: str | None = None
    has_ratings: bool = False
    rating_column: str | None = None

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits, training first."""
        return tuple(self.files or self.built_files) or ("train",)

    @property
    def labelled_splits(self) -> tuple[str, ...]:
        """The splits with labels, training first."""
        return tuple(split for split in self.splits if split != UNLABELLED)

    @property
    def url_variable(self) -> str:
        """The environment variable that names a mirror of `url`."""
        return f"SENTIMENT_{self.name.upper()}_URL"

    @property
    def way_to_get_it(self) -> str:
        """What to do where it is not on this machine."""
        if not self.built_files:
            return f"get it with: sentiment data download {self.name}"
        return f"build it with: sentiment data build {self.name} RAW, where RAW is {self.built_from}"

    def find(self, split: str) -> Path | None:
        """Return the path of a split: with the package, under `$SENTIMENT_DATA`, or in the user's cache."""
        if not self.files and not self.built_files:
            return Path(__file__).with_name(f"{self.name}.csv")
        name = self.built_files[split] if self.built_files else self.files[split].name
        paths = (folder / name for folder in self._folders())
        # Path.is_file would raise for a folder that this user may not enter.
        return next((path for path in paths if os.path.isfile(path)), None)  # noqa: PTH113

    def _folders(self) -> list[Path]:
        data, cache = data_folder(), cache_folder(self.name)
        return ([data / self.name] if data else []) + ([cache] if cache is not None else [])


def data_folder() -> Path | None:
    """Return the folder that `$SENTIMENT_DATA` names; in it every data set has one of its own."""
    named = os.environ.get(DATA_VARIABLE)
    return Path(os.path.expanduser(named)) if named else None  # noqa: PTH111  (no home is no fault here)


_SOURCES = {
    source.name: source
    for source in (
        SourceInfo(
            name="nsmc",
            description="Naver Sentiment Movie Corpus: Korean film reviews, positive or negative",
            licence="CC0-1.0",
            homepage="https://github.com/e9t/nsmc",
            text_column="document",
            label_column="label",
            num_rows=200_000,
            label_names={"0": "negative", "1": "positive"},
            files={
                "train": SourceFile(
                    "ratings_train.txt", 14_628_807, "e03b7d14e9e41be8d464a28057cd25d7396c53e67aa7fd5f7e552c59b0ee2940"
                ),
                "test": SourceFile(
                    "ratings_test.txt", 4_893_335, "8ac9f64052f11dbf6ae0acb5e038f03d90a76f0eda7820cfb3a92d02edfcebda"
                ),
            },
            url="https://raw.githubusercontent.com/e9t/nsmc/master",
        ),
        SourceInfo(
            name="naver-movie-reviews",
            description="The other Korean film reviews of NSMC's crawl, with 1 to 10 stars; built from its raw files",
            licence="CC0-1.0",
            homepage="https://github.com/e9t/nsmc",
            text_column="document",
            label_column="rating",
            num_rows=482_415,
            built_files={"train": "reviews.parquet"},
            built_from="the folder raw of a clone of https://github.com/e9t/nsmc",
            has_ratings=True,
        ),
        SourceInfo(
            name="imdb",
            description="Large Movie Review Dataset: English, positive or negative, with stars; half unlabelled",
            licence="none stated; cite Maas et al. 2011",
            homepage="https://ai.stanford.edu/~amaas/data/sentiment/",
            text_column="text",
            label_column="label",
            num_rows=100_000,
            built_files={"train": "train.parquet", "test": "test.parquet", UNLABELLED: "unlabelled.parquet"},
            built_from="the unpacked folder aclImdb of https://ai.stanford.edu/~amaas/data/sentiment/",
            rating_column="rating",
        ),
        SourceInfo(
            name="sample",
            description="Korean sentences about films, shops, food and service; small, ships with sentiment",
            licence="CC0-1.0",
            homepage="sentiment/data/SAMPLE.md",
            text_column="text",
            label_column="label",
            num_rows=720,
        ),
    )
}


def source_names() -> list[str]:
    """Return the data sets known by name."""
    return list(_SOURCES)


def source_info(name: str) -> SourceInfo:
    """Return what is known about a data set.

    Raises:
        DataError: none has this name.
    """
    source = _SOURCES.get(name)
    if source is None:
        raise DataError(f"{name}: no such data set; there are {', '.join(_SOURCES)}")
    return source


def cache_folder(name: str) -> Path | None:
    """Return the folder of the user's cache that a data set is downloaded to; None for a user without a home."""
    cache = user_cache()
    return None if cache is None else cache / "data" / name


def download_source(
    name: str, *, notify: Notify, progress: Progress | None = None, url: str | None = None
) -> list[Path]:
    """Return the files of a data set, after downloading those that are nowhere to be found.

    Args:
        name: of the data set.
        notify: gets notes on downloads.
        progress: gets the bytes so far and in all, file by file.
        url: the folder to download from; None for `$SENTIMENT_<NAME>_URL`, else the public repository.

    Raises:
        DataError: no data set has this name, or a file found is not what it should be.
        DownloadError: a file could not be fetched.
    """
    source = source_info(name)
    if source.built_files:
        return [_built_file(source, split) for split in source.splits]
    return [_read_split(source, split, notify, progress, url)[0] for split in source.splits]


def open_named_split(source: SourceInfo, split: str, notify: Notify, progress: Progress | None) -> Table:
    """Open a split of a data set, downloading it where it is nowhere to be found.

    Raises:
        DataError: the file found is not what it should be, or is to be built first.
        DownloadError: the file could not be fetched.
    """
    if source.built_files:
        return open_table(str(_built_file(source, split)), notify=notify)
    path, content = _read_split(source, split, notify, progress, None)
    format_ = _UNQUOTED_TSV if source.files else "csv"
    return open_text_table(ByteSource.of(content, str(path)), format_, TableOptions(), notify=notify)


def _built_file(source: SourceInfo, split: str) -> Path:
    found = source.find(split)
    if found is None:
        raise DataError(
            f"{source.name}: {source.built_files[split]} is not on this machine, and it cannot be downloaded; "
            f"{source.way_to_get_it}"
        )
    return found


def _read_split(
    source: SourceInfo, split: str, notify: Notify, progress: Progress | None, url: str | None
) -> tuple[Path, bytes]:
    """Return the path and the bytes of a split, which are what they should be."""
    found = source.find(split)
    if not source.files and found is not None:
        return found, _read_bytes(found)
    file, folder = source.files[split], cache_folder(source.name)
    cached = None if folder is None else folder / file.name
    if found is not None:
        content = _read_bytes(found)
        if hashlib.sha256(content).hexdigest() == file.sha256:
            return found, content
        if found != cached:
            raise DataError(
                f"{found}: is not the {file.name} of {source.name}, its SHA-256 differs; "
                f"fetch it again from {source.homepage}, or unset {DATA_VARIABLE}"
            )
        notify(f"{found}: damaged, its SHA-256 differs; downloading it again")
    if cached is None:
        raise DownloadError(
            f"{source.name}: this user has no home directory to store it in; set XDG_CACHE_HOME to a folder to "
            f"download it to, or {DATA_VARIABLE} to the parent of a folder {source.name} with {file.name}"
        )
    _download(source, file, cached, notify, progress, url)
    return cached, _read_bytes(cached)


def _download(
    source: SourceInfo, file: SourceFile, target: Path, notify: Notify, progress: Progress | None, url: str | None
) -> None:
    if data := data_folder():
        wanted = data / source.name / file.name
        notify(f"{wanted}: no such file, although {DATA_VARIABLE} is {data}; check the path")
    try:
        address = _address(source, file, url)
        notify(f"{source.name}: downloading {file.name} ({file.size_bytes / 1e6:.1f} MB) from {address.shown}")
        download(address, target, size_bytes=file.size_bytes, sha256=file.sha256, progress=progress)
    except DownloadError as error:
        remedy = (
            f"{DATA_VARIABLE} is {data}: correct it, or put {file.name} into {data / source.name}"
            if data
            else f"put {file.name} into a folder {source.name} and set {DATA_VARIABLE} to its parent folder"
        )
        raise DownloadError(f"{source.name}: {error}; {remedy}") from error


def _address(source: SourceInfo, file: SourceFile, url: str | None) -> Address:
    """Return where a file is downloaded from.

    Raises:
        DownloadError: the folder that was named has no address that can be used.
    """
    mirror = os.environ.get(source.url_variable)
    try:
        return Address.parse(url or mirror or str(source.url), below=file.name)
    except DownloadError as error:
        raise DownloadError(f"{source.url_variable}: {error}" if mirror and not url else str(error)) from None


def _read_bytes(path: Path) -> bytes:
    return b"".join(ByteSource.open(str(path)).blocks())
