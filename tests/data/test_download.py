"""Downloads against a server on this machine: whole, right and in place, or one clear line and nothing there."""

import gzip
import hashlib
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sentiment.config import DataConfig
from sentiment.data import download_source, load_splits, source_info, sources
from sentiment.data.downloading.addresses import Address
from sentiment.data.downloading.download import download
from sentiment.data.downloading.transfer import Patience
from sentiment.data.sources import SourceFile, SourceInfo
from sentiment.errors import DataError, DownloadError

CONTENT = b"id\tdocument\tlabel\n" + b"".join(
    f"{number}\t{text}\t{label}\n".encode()
    for number, (text, label) in enumerate(
        [('좋은 "영화', 1), ("나쁜 영화", 0), ("멋진 배우", 1), ("지루한 배우", 0)] * 10
    )
)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
POLL_INTERVAL_S = 0.01
QUICKLY = Patience(connect_s=2.0, read_s=2.0, attempts=3, backoff_s=0.01)


@dataclass
class Server:
    """A server whose next answers are set by the test: a status, or how many bytes to send before hanging up."""

    url: str = ""
    failures: list[int] = field(default_factory=list)
    cut_after: list[int] = field(default_factory=list)
    content: bytes = CONTENT
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    raw_answer: bytes | None = None
    drip: bytes | None = None
    dripping_ended: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.paths.append(self.path)
            state.headers.append(dict(self.headers))
            if state.drip is not None or state.raw_answer is not None:
                self.answer_raw()
                return
            if self.path in state.redirects:
                self.send_response(302)
                self.send_header("Location", state.redirects[self.path])
                self.end_headers()
                return
            if state.failures:
                self.send_error(state.failures.pop(0))
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(state.content)))
            self.end_headers()
            self.wfile.write(state.content[: state.cut_after.pop(0)] if state.cut_after else state.content)

        def answer_raw(self) -> None:
            self.wfile.write(state.raw_answer or b"")
            while state.drip is not None and not state.dripping_ended.is_set():
                try:
                    self.wfile.write(state.drip)
                except OSError:
                    return
                state.dripping_ended.wait(0.02)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test's output clean."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=[POLL_INTERVAL_S], daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{http.server_port}"
    yield state
    state.dripping_ended.set()
    http.shutdown()
    http.server_close()
    thread.join()


def fetch(server: Server, target: Path, **changes: object) -> None:
    known: dict[str, object] = {"size_bytes": len(CONTENT), "sha256": SHA256, "patience": QUICKLY}
    path = changes.pop("path", "/file")
    download(Address.parse(f"{server.url}{path}"), target, **(known | changes))  # type: ignore[arg-type]


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
        ([503, 503, 503], [], "the server answered 503", 3),
        ([], [100, 100, 100], "100", 3),
        ([404], [], "the server answered 404", 1),
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
    with pytest.raises(DownloadError, match="not the expected file"):
        fetch(server, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_nobody_there_is_told_at_once(tmp_path: Path) -> None:
    nobody = Address.parse("http://127.0.0.1:9/file")
    with pytest.raises(DownloadError, match=r"cannot be reached \(Connection refused\)"):
        download(nobody, tmp_path / "file", size_bytes=1, sha256="", patience=QUICKLY)


OK = b"HTTP/1.1 200 OK\r\n"
IMPATIENT = Patience(connect_s=0.5, read_s=0.3, attempts=2, backoff_s=0.01)


@pytest.mark.parametrize(
    ("begun", "drip", "fault"),
    [
        (b"", b"H", "no answer within 0.5 s"),  # a status line without end
        (OK, b"X: y\r\n", "no answer within 0.5 s|cannot be reached"),  # headers without end
        (OK + b"Content-Length: 99999\r\n\r\n", b"x", "is too slow, only [0-9]+ bytes arrived within 0.3 s"),
        (OK + b"\r\n", b"x", "is too slow, only"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", "is too slow, only"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0", "no bytes arrived within 0.3 s"),  # a chunk's length
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5;", b"a", "no bytes arrived within 0.3 s"),  # a chunk's extension
    ],
)
def test_a_server_that_drips_is_given_up(server: Server, tmp_path: Path, begun: bytes, drip: bytes, fault: str) -> None:
    server.raw_answer, server.drip = begun, drip
    started = time.monotonic()
    with pytest.raises(DownloadError, match=fault):
        fetch(server, tmp_path / "file", patience=IMPATIENT)
    assert time.monotonic() - started < 10
    assert not list(tmp_path.iterdir())


def test_a_slow_server_that_keeps_the_rate_is_heard_to_the_end(server: Server, tmp_path: Path) -> None:
    halves = CONTENT[:700], CONTENT[700:]
    server.raw_answer = OK + f"Content-Length: {len(CONTENT)}\r\n\r\n".encode() + halves[0]
    server.drip = halves[1]  # once more than asked for, which nobody reads
    fetch(server, tmp_path / "file", patience=Patience(read_s=5.0, lowest_rate=10.0))
    assert (tmp_path / "file").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6 token=hidden\r\n",
        b"HTTP/1.1 2hidden OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhidden\r\n",
        b"HTTP/1.1 500 hidden\r\n\r\n",
        b"HTTP/1.1 302 hidden\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://u:hidden@[::1\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://u:hidden@127.0.0.1/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:hidden/\r\n\r\n",
        b"",
    ],
)
def test_an_answer_that_cannot_be_used_is_one_line_without_its_text(
    server: Server, tmp_path: Path, answer: bytes
) -> None:
    server.raw_answer = answer
    with pytest.raises(DownloadError) as caught:
        fetch(server, tmp_path / "file")
    assert "hidden" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ("file:///etc/hosts", "to an invalid address: it does not begin with http://"),
        ("ftp://127.0.0.1/file", "to an invalid address: it does not begin with http://"),
        ("data:text/plain,x", "to an invalid address: it does not begin with http://"),
        ("javascript:x", "to an invalid address: it does not begin with http://"),
        ("http://[::1", "without an address"),
        ("/file", "in a circle"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_not_followed(server: Server, tmp_path: Path, target: str, fault: str) -> None:
    server.redirects = {"/file": target}
    with pytest.raises(DownloadError, match=f"^{re.escape(server.url)}/file: redirects {fault}"):
        fetch(server, tmp_path / "file")
    assert not list(tmp_path.iterdir())


def test_a_password_goes_to_its_host_and_not_where_that_redirects_to(server: Server, tmp_path: Path) -> None:
    server.redirects = {"/file?key=hidden": f"{server.url.replace('127.0.0.1', 'localhost')}/moved"}
    address = Address.parse(f"{server.url.replace('//', '//user:hid%40den@')}/file?key=hidden#part")
    download(address, tmp_path / "file", size_bytes=len(CONTENT), sha256=SHA256, patience=QUICKLY)
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert server.paths == ["/file?key=hidden", "/moved"]
    assert [headers.get("Authorization") for headers in server.headers] == ["Basic dXNlcjpoaWRAZGVu", None]
    assert address.shown == f"{server.url}/file?..."


@pytest.mark.parametrize(
    "content",
    [gzip.compress(bytes(10_000_000)), CONTENT + bytes(5_000_000)],
    ids=["a gzip bomb", "much more than announced"],
)
def test_no_more_is_read_than_the_file_has(server: Server, tmp_path: Path, content: bytes) -> None:
    server.raw_answer = OK + b"Content-Encoding: gzip\r\n\r\n" + content
    heard: list[int] = []
    with pytest.raises(DownloadError, match="not the expected file"):
        fetch(server, tmp_path / "file", progress=lambda done, total: heard.append(done))
    assert all(done <= len(CONTENT) for done in heard)
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_removed_and_what_another_writes_is_not(server: Server, tmp_path: Path) -> None:
    old, new, other = (tmp_path / f".{name}.part" for name in ("file.0123abcd", "file.89abcdef", "other.0123abcd"))
    for path in (old, new, other):
        path.write_bytes(b"part")
    for path in (old, other):
        os.utime(path, (time.time() - 7_200,) * 2)
    fetch(server, tmp_path / "file")
    assert {path.name for path in tmp_path.iterdir()} == {"file", new.name, other.name}


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


BROKEN_ADDRESSES = [
    "http://[::1",
    "http://[hidden]/",
    "http://u:hidden@h:99999/",
    "http://h:hidden/",
    "http://u:hidden@/",
    "http://u:pass/hidden@h/",
    "http://a b/hidden",
    "http://u:hidden@a..b/",
    f"http://{'a' * 70}/hidden",
    "http://u:hidden@℀.com/",
    "http://h\thidden/",
    "http://h/\x1b[31mhidden",
    "http://h/\r\nX-Header: hidden",
    "http:///hidden",
    "http://?hidden",
    "http:hidden",
    "file:///etc/passwd",
    "ftp://u:hidden@h/",
    "data:,hidden",
    "//u:hidden@h/",
    "hidden",
    " ",
]


@pytest.mark.parametrize("url", BROKEN_ADDRESSES)
def test_a_mirror_without_a_usable_address_is_one_line(
    source: SourceInfo, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv(source.url_variable, url)
    notes: list[str] = []
    with pytest.raises(DownloadError, match="nsmc: SENTIMENT_NSMC_URL: invalid address: it") as caught:
        download_source("nsmc", notify=notes.append)
    said = "\n".join([str(caught.value), *notes])
    assert "hidden" not in said
    assert len(said.splitlines()) == 1


def test_a_mirrors_secrets_are_used_and_not_shown(
    server: Server, source: SourceInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(source.url_variable, f" {server.url.replace('//', '//me:hidden@')}/내 거울/?sig=hidden&v=1\n")
    notes: list[str] = []
    download_source("nsmc", notify=notes.append)
    assert server.paths == ["/%EB%82%B4%20%EA%B1%B0%EC%9A%B8/ratings.txt?sig=hidden&v=1"]
    assert notes == [
        f"nsmc: downloading ratings.txt (0.0 MB) from {server.url}/%EB%82%B4%20%EA%B1%B0%EC%9A%B8/ratings.txt?..."
    ]


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("HTTPS://Host.Example/A", "https://host.example/A"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a"),
        ("http://한국/a", "http://xn--3e0b707e/a"),
        ("http://host", "http://host/"),
        ("http://host/a%20b?c=%2F#d", "http://host/a%20b?c=%2F"),
    ],
)
def test_an_address_is_requested_in_ascii(written: str, url: str) -> None:
    assert Address.parse(written).url == url


def test_a_user_without_a_home_directory_is_told_what_to_set(
    source: SourceInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> Path:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr("platformdirs.user_cache_path", fail)
    assert source.find("train") is None
    with pytest.raises(DownloadError, match="no home directory to store it in; set XDG_CACHE_HOME"):
        download_source("nsmc", notify=print)
    with pytest.raises(DataError, match="build it with: sentiment data build naver-movie-reviews RAW"):
        download_source("naver-movie-reviews", notify=print)


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
    with pytest.raises(DownloadError, match="set SENTIMENT_DATA to its parent folder"):
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
    assert notes[0] == "/dta/nsmc/ratings.txt: no such file, although SENTIMENT_DATA is /dta; check the path"


def test_nsmc_is_described_as_it_is() -> None:
    info = source_info("nsmc")
    assert info.splits == ("train", "test")
    assert sum(file.size_bytes for file in info.files.values()) == 14_628_807 + 4_893_335
    with pytest.raises(DataError, match="no such data set; there are nsmc, naver-movie-reviews, imdb, sample"):
        source_info("imbd")
