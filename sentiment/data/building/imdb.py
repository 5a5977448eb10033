"""The data set imdb: the Large Movie Review Dataset of Maas et al. 2011, with its stars and its unlabelled reviews.

A run of `<br />` becomes one line break. The rows of each folder are sorted by number, so the same folder gives the
same files.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.callbacks import Notify
from sentiment.data.sources import UNLABELLED, source_info
from sentiment.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_LABELS: Mapping[str, tuple[str | None, range]] = {
    "neg": ("negative", range(1, 5)),
    "pos": ("positive", range(7, 11)),
    "unsup": (None, range(1)),
}
"""By folder: the label of its reviews, and the stars that they may have; 0 stands for none."""

_FILE_NAME = re.compile(r"([0-9]+)_([0-9]+)\.txt")
_LINE_BREAKS = re.compile("(?:<br />)+")


def build(raw: Path, notify: Notify) -> "dict[str, pa.Table]":
    """Return the rows of the data set, by split.

    Args:
        raw: the folder aclImdb, with the folders train/neg, train/pos, train/unsup, test/neg and test/pos of files
            ID_STARS.txt.
        notify: is told where reviews are missing.

    Raises:
        DataError: a file is missing or unreadable.
    """
    import pyarrow as pa

    types = {"id": pa.string(), "text": pa.string(), "rating": pa.int64(), "label": pa.string()}
    rows = {split: [row for name in ("neg", "pos") for row in _rows(raw / split / name)] for split in ("train", "test")}
    tables = {split: pa.Table.from_pylist(labelled, pa.schema(types)) for split, labelled in rows.items()}
    unlabelled = pa.Table.from_pylist([*_rows(raw / "train" / "unsup")], pa.schema(types))
    tables[UNLABELLED] = unlabelled.select(["id", "text"])
    total, complete = sum(table.num_rows for table in tables.values()), source_info("imdb").num_rows
    if total != complete:
        notify(f"WARNING: {raw}: contains {total:,} reviews instead of {complete:,}; is it unpacked completely?")
    return tables


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the reviews of a folder, in the order of their numbers.

    Raises:
        DataError: there are none, or one is unreadable or has another name than its kind.
    """
    label, ratings = _LABELS[folder.name]
    for number, rating, file in sorted(_numbered_files(folder)):
        if rating not in ratings:
            raise DataError(f"{file}: a review in {folder.name} cannot have {rating} stars; get it again")
        try:
            text = file.read_text(encoding="utf-8")
        except OSError as error:
            raise DataError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from error
        except UnicodeDecodeError as error:
            raise DataError(f"{file}: not UTF-8 ({error.reason} at byte {error.start:,}); get it again") from error
        text = _LINE_BREAKS.sub("\n", text).strip()
        yield {"id": f"{folder.name}-{number:05d}", "text": text, "rating": rating, "label": label}


def _numbered_files(folder: Path) -> Iterator[tuple[int, int, Path]]:
    """Yield number, stars and path of each file of a folder."""
    files = list(folder.glob("[!.]*.txt"))  # unpacking on a Mac may leave hidden files
    if not files:
        fault = "contains no reviews" if folder.is_dir() else "no such folder"
        raise DataError(f"{folder}: {fault}; pass {source_info('imdb').built_from}")
    for file in files:
        found = _FILE_NAME.fullmatch(file.name)
        if found is None:
            raise DataError(f"{file}: its name is not ID_STARS.txt, as in 0_9.txt; delete it, or get it again")
        yield int(found[1]), int(found[2]), file
