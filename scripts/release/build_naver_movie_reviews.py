"""Build the data set naver-movie-reviews: the reviews of NSMC's crawl that are not in NSMC, with their stars.

    git clone --depth 1 https://github.com/e9t/nsmc
    python scripts/release/build_naver_movie_reviews.py nsmc/raw

The folder holds a JSON file a film, each a list of reviews. Left out are reviews whose id stands in NSMC, training or
test, whose text equals a test text (case, white space and Unicode form aside), without text or with an impossible
rating, and those met before. The rows are sorted by id, so the same folder gives the same file. It is written to where
`sentiment pretrain` looks for it, the user's cache, or with --out anywhere.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sentiment.data import grouping_key, source_info
from sentiment.data.sources import BUILT_FILE, cache_folder, open_named_split
from sentiment.errors import DataError, SentimentError

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("document", pa.string()),
        ("rating", pa.int64()),
        ("movie_id", pa.int64()),
        ("date", pa.string()),
    ]
)
RATINGS = range(1, 11)


def read_reviews(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the reviews of all files, film by film.

    Raises:
        DataError: there are no files, or one holds no list of reviews.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        raise DataError(
            f"{folder}: holds no JSON files; name the folder raw of a clone of {source_info('nsmc').homepage}"
        )
    for file in files:
        try:
            for review in json.loads(file.read_bytes()):
                yield {
                    "id": int(review["review_id"]),
                    "document": " ".join(review["review"].split()),
                    "rating": int(review["rating"]),
                    "movie_id": int(review["movie_id"]),
                    "date": review["date"],
                }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{file}: holds no list of reviews ({error!r}); get it again") from error


def other_reviews(
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
            left_out["were met before"] += 1
        elif not review["document"]:
            left_out["hold no text"] += 1
        elif review["rating"] not in RATINGS:
            left_out["have an impossible rating"] += 1
        elif grouping_key(review["document"]) in test_keys:
            left_out["equal a test text"] += 1
        else:
            kept[review["id"]] = review
    return [kept[number] for number in sorted(kept)], left_out


def nsmc_rows(split: str) -> Iterator[tuple[int, str]]:
    """Yield id and text of every row of NSMC, those without a text included."""
    table = open_named_split(source_info("nsmc"), split, _tell, None)
    for cells in table.cells("document", "id"):
        if cells is not None and cells[1] is not None:
            yield int(cells[1]), cells[0] or ""


def write_parquet(rows: list[dict[str, Any]], path: Path) -> None:
    """Write the rows; the file appears whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), part, compression="zstd")
    part.replace(path)


def build(folder: Path, out: Path) -> None:
    """Build the data set and say what it holds."""
    test = list(nsmc_rows("test"))
    known_ids = {number for number, _ in nsmc_rows("train")} | {number for number, _ in test}
    rows, left_out = other_reviews(read_reviews(folder), known_ids, {grouping_key(text) for _, text in test})
    for reason, number in left_out.most_common():
        _tell(f"{number:,} reviews {reason} and are left out")
    write_parquet(rows, out)
    _tell(f"{len(rows):,} reviews written")
    print(out)


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("raw", type=Path, help="the folder raw of NSMC's repository")
    cache = cache_folder("naver-movie-reviews")
    parser.add_argument("--out", type=Path, default=cache and cache / BUILT_FILE, required=cache is None)
    arguments = parser.parse_args()
    try:
        build(arguments.raw, arguments.out)
    except SentimentError as error:
        sys.exit(f"error: {error}")
