"""Requests that are refused: the right status, one shape, and the field that is wrong."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from sentiment import Classifier
from sentiment.serving import create_app
from sentiment.serving.service import service_of

JSON = {"Content-Type": "application/json"}
V1 = "/v1/models/tiny/predict"
INFER = "/v2/models/tiny/infer"
TENSOR = {"name": "text", "datatype": "BYTES", "shape": [1], "data": ["good"]}
Make = Callable[..., TestClient]


def refused(response: Any) -> tuple[int, str | None]:
    fields = response.json()
    assert list(fields) == ["error", "error_type", "field", "request_id"]
    assert fields["request_id"] == response.headers["X-Request-ID"]
    assert fields["error"]
    return response.status_code, fields["field"]


@pytest.mark.parametrize(
    ("path", "content", "status", "field"),
    [
        (V1, {}, 422, "texts"),
        (V1, {"texts": "good"}, 422, "texts"),
        (V1, {"texts": []}, 422, "texts"),
        (V1, {"texts": ["good", 3]}, 422, "texts[1]"),
        (V1, {"texts": ["good"] * 1_025}, 422, "texts"),
        (V1, {"texts": ["good"], "text": "x"}, 422, "text"),
        ("/v1/models/tiny/explain", {"text": ["good"]}, 422, "text"),
        ("/v1/models/tiny/trace", {"text": "a" * 2_001}, 422, "text"),
        ("/v1/models/none/explain", {"text": "a"}, 404, None),
        ("/v1/models/none/predict", {"texts": ["good"]}, 404, None),
        ("/predict", {"inputs": []}, 422, "inputs"),
        ("/predict", {"inputs": ["a", "b", "c"]}, 422, "inputs"),
        ("/predict", {"inputs": [["a"], "b"]}, 422, "inputs[1]"),
        ("/predict", {"inputs": [["a"], []]}, 422, "inputs[1]"),
        ("/predict", {"inputs": "a", "raw_scores": True}, 422, "raw_scores"),
        ("/predict", {"inputs": "a", "truncate": "yes"}, 422, "truncate"),
        ("/", {"inputs": "a", "parameters": {"top_k": 0}}, 422, "parameters.top_k"),
        ("/", {"inputs": "a", "parameters": {"function_to_apply": "none"}}, 422, "parameters.function_to_apply"),
        (INFER, {"inputs": []}, 422, "inputs"),
        (INFER, {"inputs": [{**TENSOR, "name": "x"}]}, 422, "inputs[0].name"),
        (INFER, {"inputs": [{**TENSOR, "datatype": "FP32"}]}, 422, "inputs[0].datatype"),
        (INFER, {"inputs": [{**TENSOR, "shape": [2]}]}, 422, "inputs[0].shape"),
        (INFER, {"inputs": [{**TENSOR, "shape": [True]}]}, 422, "inputs[0].shape"),
        (INFER, {"inputs": [{**TENSOR, "data": [1]}]}, 422, "inputs[0].data[0]"),
        (INFER, {"inputs": [TENSOR], "outputs": [{"name": "x"}]}, 422, "outputs[0].name"),
    ],
)
def test_a_wrong_field_is_named(client: TestClient, path: str, content: object, status: int, field: str | None) -> None:
    assert refused(client.post(path, json=content)) == (status, field)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"texts": ["\xff"]}',
        b'{"texts": [NaN]}',
        b'{"texts": ["a"], "texts": ["b"]}',
        b"[" * 100_000,
        b'{"texts": ' + b"[" * 40 + b"]" * 40 + b"}",
        b'\xef\xbb\xbf{"texts": ["a"]}',
        b'{"texts": [' + b"9" * 5_000 + b"]}",
    ],
)
def test_what_is_not_json_is_refused(client: TestClient, body: bytes) -> None:
    assert refused(client.post(V1, content=body, headers=JSON)) == (400, None)


@pytest.mark.parametrize(
    ("length", "tensor"),
    [
        ("9999", b""),
        ("x", b""),
        ("-1", b""),
        ("9" * 5_000, b""),
        (None, b"\xff\xff\xff\xff"),
        (None, b"\x01\x00"),
        (None, b"\x02\x00\x00\x00\xff\xfe"),
    ],
)
def test_binary_tensors_are_checked(client: TestClient, length: str | None, tensor: bytes) -> None:
    named = {key: value for key, value in TENSOR.items() if key != "data"}
    header = json.dumps({"inputs": [{**named, "parameters": {"binary_data_size": len(tensor)}}]}).encode()
    headers = {"Inference-Header-Content-Length": length or str(len(header))}
    assert refused(client.post(INFER, content=header + tensor, headers=headers))[0] == 400


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "text/json"])
def test_another_type_is_refused(client: TestClient, media_type: str) -> None:
    response = client.post(V1, content=b'{"texts": ["a"]}', headers={"Content-Type": media_type})
    assert refused(response) == (415, "Content-Type")


def test_a_compressed_body_is_refused(client: TestClient) -> None:
    response = client.post(V1, content=b"", headers={**JSON, "Content-Encoding": "gzip"})
    assert refused(response) == (415, "Content-Encoding")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused(make_client: Make, chunked: bool) -> None:
    content = json.dumps({"texts": ["a" * 1_000]}).encode()
    body = iter([content[:600], content[600:]]) if chunked else content
    assert refused(make_client(max_body_bytes=999).post(V1, content=body, headers=JSON)) == (413, None)
    assert make_client(max_body_bytes=len(content)).post(V1, content=content, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", V1, 405), ("GET", "/nothing", 404), ("PUT", "/health", 405)]
)
def test_other_addresses_and_methods(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert refused(response) == (status, None)
    assert (status != 405) or response.headers["Allow"] == ("POST" if path == V1 else "GET, HEAD")
    assert client.put("/").headers["Allow"] == "GET, HEAD, POST"


def test_the_methods_of_an_address_are_told_below_a_path(app: Starlette) -> None:
    with TestClient(Starlette(routes=[Mount("/sentiment", app)])) as client:
        response = client.put("/sentiment/health")
        assert refused(response) == (405, None)
        assert response.headers["Allow"] == "GET, HEAD"


def test_a_key_is_needed_where_one_is_set(make_client: Make) -> None:
    client = make_client(api_keys=("first", "열쇠"))
    body = {"texts": ["good"]}
    assert refused(client.post(V1, json=body)) == (401, None)
    assert client.post(V1, json=body).json()["error"].startswith("a key is needed; send one as the header")
    for wrong in ({"Authorization": "Bearer firs"}, {"X-API-Key": "firs"}):
        answer = client.post(V1, json=body, headers=wrong)
        assert refused(answer) == (401, None)
        assert answer.json()["error"].startswith("this key is none of the service's; send one")
    assert refused(client.get("/metrics")) == (401, None)
    assert client.post(V1, json=body, headers={"Authorization": "Bearer first"}).status_code == 200
    assert client.post(V1, json=body, headers={"X-API-Key": "first"}).status_code == 200
    assert client.get("/health").status_code == 200
    assert client.get("/openapi.json").json()["security"] == [{"key": []}]
    assert refused(client.post("/", json={"inputs": "a"})) == (401, None)


def test_a_service_without_models_is_starting() -> None:
    with TestClient(create_app({})) as client:
        for path in ("/health", "/v2/health/ready", "/v1/models"):
            response = client.get(path)
            assert refused(response) == (503, None)
            assert response.headers["Retry-After"] == "1"
        assert client.get("/v2/health/live").status_code == 200
        assert client.get("/metrics").status_code == 200


def test_a_service_that_ends_accepts_nothing(app: Starlette, client: TestClient) -> None:
    service_of(app).is_draining = True
    response = client.post(V1, json={"texts": ["good"]})
    assert refused(response) == (503, None)
    assert response.headers["Connection"] == "close"
    assert client.get("/health").status_code == 503


def test_a_model_that_fails_is_reported_without_its_reason(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(Classifier, "predict", fail)
    with TestClient(app) as client:
        response = client.post(V1, json={"texts": ["good"]})
        assert refused(response) == (500, None)
        assert "secret" not in response.text
        monkeypatch.undo()
        assert client.post(V1, json={"texts": ["good"]}).status_code == 200


def test_every_response_has_protecting_headers(client: TestClient) -> None:
    for path in ("/health", "/nothing", "/v1/models"):
        headers = client.get(path, headers={"X-Request-ID": "a.b-1"}).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Request-ID"] == "a.b-1"
    assert client.get("/health", headers={"X-Request-ID": "a b"}).headers["X-Request-ID"] != "a b"


def test_other_origins_may_call_if_they_are_allowed(make_client: Make) -> None:
    origin = {"Origin": "https://example.com"}
    asked = {**origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    assert "Access-Control-Allow-Origin" not in make_client().get("/health", headers=origin).headers
    client = make_client(allow_origins=("https://example.com",), api_keys=("k",))
    assert client.options(V1, headers=asked).headers["Access-Control-Allow-Origin"] == "https://example.com"
    assert client.get("/health", headers=origin).headers["Access-Control-Allow-Origin"] == "https://example.com"
    assert "Access-Control-Allow-Origin" not in client.get("/health", headers={"Origin": "https://other.com"}).headers


@pytest.mark.parametrize("with_texts", [False, True])
def test_the_log_has_a_line_per_request_and_texts_only_if_asked_for(make_client: Make, with_texts: bool) -> None:
    lines: list[Any] = []
    client = make_client(log=lines.append, log_texts=with_texts)
    client.post(V1, json={"texts": ["good film"]}, headers={"X-Request-ID": "r1"})
    client.post(V1, json={"texts": 3})
    assert [line["status"] for line in lines] == [200, 422]
    assert (lines[0]["id"], lines[0]["num_texts"], lines[0]["model"]) == ("r1", 1, "tiny")
    assert lines[0].get("texts") == (["good film"] if with_texts else None)
    assert "good film" not in json.dumps(lines) or with_texts


def test_texts_in_scripts_that_are_not_read_get_no_answer(classifier: Classifier) -> None:
    with TestClient(create_app({"tiny": classifier}, scripts={"tiny": ["Latin"]})) as client:
        answers = client.post(V1, json={"texts": ["good", "배우가"]}).json()["predictions"]
        assert [answer["label"] is None for answer in answers] == [False, True]
        assert answers[1]["no_answer"] == "written in Hangul, which tiny does not read"
        assert client.post("/", json={"inputs": ["배우가", "good"], "parameters": {"top_k": 1}}).json()[0] == []


def test_counts_are_shown_to_prometheus(client: TestClient) -> None:
    client.post(V1, json={"texts": ["good", "bad"]})
    client.get("/nothing")
    page = client.get("/metrics").text
    assert 'sentiment_requests_total{method="POST",route="/v1/models/{name}/predict",status="200"} 1.0' in page
    assert 'sentiment_requests_total{method="GET",route="none",status="404"} 1.0' in page
    assert 'sentiment_texts_total{model="tiny"} 2.0' in page
    assert "sentiment_batch_texts_sum 2.0" in page
    assert "sentiment_waiting_texts 0.0" in page
