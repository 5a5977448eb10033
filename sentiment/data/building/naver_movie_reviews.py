"""The data set naver-movie-reviews: the reviews of NSMC's crawl that are not in NSMC, with their star ratings.

Left out are reviews whose id is in NSMC (training or test), whose text equals a test text up to case, white space and
Unicode form, without text or with an impossible rating, and duplicates. The rows are sorted by id, so the same folder
gives the same file.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentiment.callbacks import Notify
from sentiment.data.rows import grouping_key
from sentiment.data.sources import open_named_split, source_info
from sentiment.errors import DataError
from sentiment.files import UnreadableError, parse_json

if TYPE_CHECKING:
    import pyarrow as pa

RATINGS = range(1, 11)
_IDS = range(2**63)


def build(raw: Path, notify: Notify) -> "dict[str, pa.Table]":
    """Return the rows of the data set, by split.

    Args:
        raw: the folder `raw` of a clone of NSMC's repository, with a JSON file per film that lists its reviews.
        notify: gets notes on downloads, and on what is left out.

    Raises:
        DataError: a file is missing or unreadable.
        DownloadError: NSMC could not be downloaded.
    """
    import pyarrow as pa

    test = list(_nsmc_rows("test", notify))
    known_ids = {number for number, _ in _nsmc_rows("train", notify)} | {number for number, _ in test}
    rows, left_out = _other_reviews(_read_reviews(raw), known_ids, {grouping_key(text) for _, text in test})
    for reason, number in left_out.most_common():
        notify(f"{number:,} reviews {reason} and are left out")
    types = {"id": pa.int64(), "document": pa.string(), "rating": pa.int64(), "movie_id": pa.int64()}
    return {"train": pa.Table.from_pylist(rows, pa.schema({**types, "date": pa.string()}))}


def _read_reviews(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the reviews of all files, film by film.

    Raises:
        DataError: there are no files, or one does not contain a list of reviews.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        fault = "contains no JSON files" if folder.is_dir() else "no such folder"
        raise DataError(f"{folder}: {fault}; pass the folder raw of a clone of {source_info('nsmc').homepage}")
    for file in files:
        try:
            reviews = [_review(review) for review in parse_json(file.read_bytes())]
        except OSError as error:
            raise DataError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from error
        except UnreadableError as error:
            raise DataError(f"{file}: {error}; get it again") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{file}: does not contain a list of reviews ({error!r}); get it again") from error
        yield from reviews


def _review(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a review; raises a ValueError, KeyError, TypeError or AttributeError if it is invalid."""
    numbers = {"id": "review_id", "rating": "rating", "movie_id": "movie_id"}
    row: dict[str, Any] = {name: int(fields[key]) for name, key in numbers.items()}
    if any(number not in _IDS for number in row.values()):
        raise ValueError("a number is negative or too large")
    return row | {"document": " ".join(fields["review"].split()), "date": fields["date"].strip()}


def _other_reviews(
    reviews: Iterable[dict[str, Any]], known_ids: Container[int], test_keys: Container[str]
) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Return the reviews to keep, sorted by id, and why the others are left out.

    Args:
        reviews: of the crawl.
        known_ids: of the reviews in NSMC.
        test_keys: the grouping keys of NSMC's test texts.
    """
    kept: dict[int, dict[str, Any]] = {}
    left_out: Counter[str] = Counter()
    for review in reviews:
        if review["id"] in known_ids:
            left_out["are in NSMC"] += 1
        elif review["id"] in kept:
            left_out["are duplicates"] += 1
        elif not review["document"]:
            left_out["have no text"] += 1
        elif review["rating"] not in RATINGS:
            left_out["have an impossible rating"] += 1
        elif grouping_key(review["document"]) in test_keys:
            left_out["equal a test text"] += 1
        else:
            kept[review["id"]] = review
    return [kept[number] for number in sorted(kept)], left_out


def _nsmc_rows(split: str, notify: Notify) -> Iterator[tuple[int, str]]:
    """Yield id and text of every row of NSMC, including those without a text."""
    table = open_named_split(source_info("nsmc"), split, notify, None)
    for row in table.rows(table.columns.index("document"), [table.columns.index("id")]):
        if row.fault is None:
            yield int(str(row.cells[0])), row.text or ""
