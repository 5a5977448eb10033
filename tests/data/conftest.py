"""Small data sets where the named sources look for them."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sentiment.data import sources

NSMC_TRAIN = ["id\tdocument\tlabel"] + [f"{n}\t영화 {n} 정말 {'좋다' if n % 2 else '별로'}\t{n % 2}" for n in range(40)]
NSMC_TEST = ["id\tdocument\tlabel", "100\tGreat  FILM\t1", "101\t굿\t1", "102\t두 번 볼 영화\t1", "103\t돈이 아깝다\t0"]
OTHERS = [
    ("great film", 10),
    ("굿", 9),
    ("그럭저럭 볼 만하다", 6),
    ("배우가 다 했다", 8),
    (" 두 번  볼 영화 ", 10),
]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small NSMC, and small other reviews, where the sources look for them."""
    info = sources.source_info("nsmc")
    files = {}
    (tmp_path / "data" / "nsmc").mkdir(parents=True)
    for split, lines in {"train": NSMC_TRAIN, "test": NSMC_TEST}.items():
        content = ("\n".join(lines) + "\n").encode()
        (tmp_path / "data" / "nsmc" / info.files[split].name).write_bytes(content)
        files[split] = replace(info.files[split], size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(sources._SOURCES, "nsmc", replace(info, files=files))
    folder = tmp_path / "data" / "naver-movie-reviews"
    folder.mkdir()
    rows = [{"id": n, "document": text, "rating": rating} for n, (text, rating) in enumerate(OTHERS)]
    pq.write_table(pa.Table.from_pylist(rows), folder / "reviews.parquet")
    monkeypatch.setenv("SENTIMENT_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _name: tmp_path / "cache")
    return tmp_path
