"""Downloads against a server on this machine: whole, right and in place, or one clear line and nothing there."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sentiment.config import DataConfig
from sentiment.data import download_source, load_splits, source_info, sources
from sentiment.data.download import Patience, download
from sentiment.data.sources import SourceFile, SourceInfo
from sentiment.errors import DataError, DownloadError

CONTENT = b"id\tdocument\tlabel\n" + b"".join(
    f"{number}\t{text}\t{label}\n".encode()
    for number, (text, label) in enumerate(
        [('좋은 "영화', 1), ("나쁜 영화", 0), ("멋진 배우", 1), ("지루한 배우", 0)] * 10
    )
)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
QUICKLY = Patience(connect_s=2.0, read_s=2.0, attempts=3, backoff_s=0.01)


@dataclass
class Server:
    """A server whose next answers are set by the test: a status, or how many bytes to send before hanging up."""

    url: str = ""
    failures: list[int] = field(default_factory=list)
    cut_after: list[int] = field(default_factory=list)
    content: bytes = CONTENT
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.paths.append(self.path)
            if state.failures:
                self.send_error(state.failures.pop(0))
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(state.content)))
            self.end_headers()
            self.wfile.write(state.content[: state.cut_after.pop(0)] if state.cut_after else state.content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test's output clean."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{http.server_port}"
    yield state
    http.shutdown()
    http.server_close()
    thread.join()


def fetch(server: Server, target: Path, **changes: object) -> None:
    known: dict[str, object] = {"size_bytes": len(CONTENT), "sha256": SHA256, "patience": QUICKLY}
    download(f"{server.url}/file", target, **(known | changes))  # type: ignore[arg-type]


def test_a_file_arrives_whole_with_its_progress(server: Server, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    fetch(server, tmp_path / "new" / "file", progress=lambda done, total: heard.append((done, total)))
    assert (tmp_path / "new" / "file").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]
    assert heard[-1] == (len(CONTENT), len(CONTENT))


def test_failures_that_may_pass_are_tried_again(server: Server, tmp_path: Path) -> None:
    server.failures, server.cut_after = [503], [100]
    fetch(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert len(server.paths) == 3


@pytest.mark.parametrize(
    ("failures", "cut_after", "fault", "attempts"),
    [
        ([503, 503, 503], [], "the server answers 503", 3),
        ([], [100, 100, 100], "100", 3),
        ([404], [], "the server answers 404", 1),
    ],
)
def test_what_does_not_arrive_leaves_nothing(
    server: Server, tmp_path: Path, failures: list[int], cut_after: list[int], fault: str, attempts: int
) -> None:
    server.failures, server.cut_after = failures, cut_after
    with pytest.raises(DownloadError, match=fault):
        fetch(server, tmp_path / "file")
    assert len(server.paths) == attempts
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [CONTENT[:-1] + b"x", CONTENT + b"more"])
def test_another_file_is_refused_and_the_old_one_kept(server: Server, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(b"old")
    server.content = content
    with pytest.raises(DownloadError, match="is not the file it should be"):
        fetch(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://127.0.0.1/file"])
def test_other_schemes_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="does not begin with http"):
        download(url, tmp_path / "file", size_bytes=1, sha256="")


def test_nobody_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="cannot be reached"):
        download("http://127.0.0.1:9/file", tmp_path / "file", size_bytes=1, sha256="", patience=QUICKLY)


@pytest.fixture
def source(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SourceInfo:
    """A data set like nsmc, small, with this server as its repository and an empty cache."""
    file = SourceFile("ratings.txt", len(CONTENT), SHA256)
    info = SourceInfo(
        "nsmc",
        "small",
        "CC0-1.0",
        "nowhere",
        "document",
        "label",
        80,
        {"0": "negative", "1": "positive"},
        {"train": file, "test": file},
        "http://127.0.0.1:9",
    )
    monkeypatch.setitem(sources._SOURCES, "nsmc", info)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache" / name)
    monkeypatch.setenv(info.url_variable, server.url)
    monkeypatch.delenv("SENTIMENT_DATA", raising=False)
    return info


def test_a_named_data_set_is_fetched_once_then_cached(server: Server, source: SourceInfo, tmp_path: Path) -> None:
    notes: list[str] = []
    for _ in range(2):
        splits = load_splits(DataConfig(validation_fraction=0.0), allow_fallback=False, notify=notes.append)
    assert splits.source == "nsmc"
    assert set(splits.train.labels) == {"negative", "positive"}
    assert '좋은 "영화' in splits.train.texts
    assert server.paths == ["/ratings.txt"]
    assert (
        download_source("nsmc", notify=notes.append)
        == [tmp_path / "cache" / "sentiment" / "data" / "nsmc" / "ratings.txt"] * 2
    )
    assert sum("downloading" in note for note in notes) == 1


def test_a_damaged_cache_is_fetched_again(server: Server, source: SourceInfo) -> None:
    notes: list[str] = []
    (path, _) = download_source("nsmc", notify=notes.append)
    path.write_bytes(CONTENT[:-5])
    download_source("nsmc", notify=notes.append)
    assert path.read_bytes() == CONTENT
    assert any("damaged" in note for note in notes)


def test_files_under_sentiment_data_come_first_and_are_checked(
    server: Server, source: SourceInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine" / "nsmc"
    folder.mkdir(parents=True)
    (folder / "ratings.txt").write_bytes(CONTENT)
    monkeypatch.setenv("SENTIMENT_DATA", str(tmp_path / "mine"))
    assert download_source("nsmc", notify=lambda _: None)[0] == folder / "ratings.txt"
    assert server.paths == []
    (folder / "ratings.txt").write_bytes(CONTENT + b"\n")
    with pytest.raises(DataError, match="its SHA-256 differs"):
        download_source("nsmc", notify=lambda _: None)


def test_only_a_default_falls_back_on_the_sample_and_says_so(server: Server, source: SourceInfo) -> None:
    server.failures = [404] * 10
    notes: list[str] = []
    splits = load_splits(DataConfig(), allow_fallback=True, notify=notes.append)
    assert splits.source == "sample"
    assert splits.source == "sample"
    assert any(note.startswith("WARNING: nsmc: ") and "'sample'" in note for note in notes)
    with pytest.raises(DownloadError, match="set SENTIMENT_DATA to the folder around it"):
        load_splits(DataConfig(), allow_fallback=False, notify=notes.append)


def test_the_sample_that_stands_in_can_be_read_again(server: Server, source: SourceInfo) -> None:
    server.failures = [404] * 10
    asked = DataConfig(text_column="document", label_column="label")  # which the sample does not have
    splits = load_splits(asked, allow_fallback=True, notify=lambda _: None)
    again = load_splits(splits.read_as, allow_fallback=False, notify=lambda _: None)
    assert again.train == splits.train


def test_a_wrong_path_in_the_variable_is_said(
    server: Server, source: SourceInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTIMENT_DATA", "/dta")
    server.failures = [404]
    notes: list[str] = []
    with pytest.raises(DownloadError, match=r"SENTIMENT_DATA is /dta: correct it, or put ratings\.txt into /dta/nsmc"):
        download_source("nsmc", notify=notes.append)
    assert notes[0] == "/dta/nsmc/ratings.txt: no such file, though SENTIMENT_DATA names /dta; check its path"


def test_nsmc_is_described_as_it_is() -> None:
    info = source_info("nsmc")
    assert info.splits == ("train", "test")
    assert sum(file.size_bytes for file in info.files.values()) == 14_628_807 + 4_893_335
    with pytest.raises(DataError, match="no data set has this name; there are nsmc, naver-movie-reviews, sample"):
        source_info("imdb")
