"""Clients that are slow, broken or hostile: the right status, and others unharmed."""

import gc
import json
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette

from sentiment import Classifier
from sentiment.serving import ServingSettings, bodies, create_app
from sentiment.serving.process import connections
from tests.serving.live import listening

PATH = "/v1/models/tiny/predict"
BODY = json.dumps({"texts": ["good film"]}).encode()
HEAD = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY


@pytest.fixture(scope="module")
def app(classifier: Classifier) -> Starlette:
    return create_app({"tiny": classifier}, ServingSettings(max_body_bytes=100_000))


@pytest.fixture(scope="module")
def port(app: Starlette) -> Iterator[int]:
    with listening(app) as port:
        yield port


def exchange(port: int, *parts: bytes) -> bytes:
    """Send bytes, and return all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def statuses(answer: bytes) -> list[int]:
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


def still_answers(port: int) -> bool:
    return statuses(exchange(port, WHOLE.replace(b"Host: x", b"Host: x\r\nConnection: close"))) == [200]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1x\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Length : 3\r\n\r\nabc",
        HEAD + b"X: a\x00b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_not_http_is_refused_as_json(port: int, request_bytes: bytes) -> None:
    answer = exchange(port, request_bytes)
    assert statuses(answer) == [400]
    assert list(json.loads(answer.split(b"\r\n\r\n")[1])) == ["error", "error_type", "field", "request_id"]
    assert still_answers(port)


@pytest.mark.parametrize(
    ("request_bytes", "message"),
    [
        (
            f"POST {PATH}?text_column=리뷰 HTTP/1.1\r\n".encode(),
            "the address is not valid; percent-encode all but ASCII",
        ),
        ("GET /리뷰 HTTP/1.1\r\n".encode(), "the address is not valid; percent-encode"),
        (HEAD + b"Content-Length: -1\r\n\r\n", "Invalid HTTP request received: Invalid character in Content-Length"),
    ],
)
def test_the_error_says_what_is_not_http(port: int, request_bytes: bytes, message: str) -> None:
    assert json.loads(exchange(port, request_bytes).split(b"\r\n\r\n")[1])["error"].startswith(message)


def test_requests_in_one_packet_are_answered_in_order(port: int) -> None:
    last = WHOLE.replace(b"Host: x", b"Host: x\r\nConnection: close")
    answer = exchange(port, WHOLE + WHOLE.replace(b"tiny", b"none") + last)
    assert statuses(answer) == [200, 404, 200]


def test_a_smuggled_request_is_not_answered(port: int) -> None:
    hidden = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    request = HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + hidden
    assert statuses(exchange(port, request)) == [400]


@pytest.mark.parametrize("declared", [True, False])
def test_a_client_that_sends_too_much_finds_the_response(port: int, declared: bool) -> None:
    length = b"Content-Length: 2000000000\r\n" if declared else b"Transfer-Encoding: chunked\r\n"
    parts = [b"%x\r\n%s\r\n" % (65_536, b" " * 65_536)] * 40
    answer = exchange(port, HEAD + length + b"\r\n", *parts)
    assert statuses(answer) == [413]
    assert still_answers(port)


def test_a_head_without_end_is_refused(port: int) -> None:
    assert statuses(exchange(port, HEAD, *[b"X: " + b"a" * 1_000 + b"\r\n"] * 70)) == [431]


def test_slow_heads_are_ended(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 0.2)
    assert exchange(port, b"") == b""
    assert statuses(exchange(port, HEAD)) == [408]


def test_a_body_that_drips_is_refused(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "GRACE_S", 0.2)
    assert statuses(exchange(port, HEAD + b"Content-Length: 100\r\n\r\n{")) == [408]


def test_many_half_open_connections_harm_nobody(port: int) -> None:
    half_open = []
    try:
        for _ in range(200):
            half_open.append(socket.create_connection(("127.0.0.1", port)))
            half_open[-1].sendall(HEAD[: len(half_open) % len(HEAD)])
        assert still_answers(port)
    finally:
        for connection in half_open:
            connection.close()


def test_a_client_that_leaves_is_logged_and_forgotten(classifier: Classifier) -> None:
    lines: list[int] = []
    app = create_app({"tiny": classifier}, ServingSettings(log=lambda line: lines.append(line["status"])))
    with listening(app) as port:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        time.sleep(0.1)
        connection.close()
        assert still_answers(port)
    assert lines == [499, 200]


@pytest.mark.parametrize(
    "request_bytes",
    [
        WHOLE,
        WHOLE.replace(b"good", b"g\xffod"),
        b"GET /v2/models/tiny HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["answered", "refused", "about a model", "page"],
)
def test_a_request_leaves_no_cycle_of_objects(port: int, request_bytes: bytes) -> None:
    """Python's collector would remove it some day, and stop all other requests for as long."""
    last = request_bytes.replace(b"Host: x", b"Host: x\r\nConnection: close")
    exchange(port, last)
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        exchange(port, *[request_bytes] * 20, last)
        gc.collect()
        left = Counter(type(each).__name__ for each in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert max(left.values(), default=0) < 20, left
