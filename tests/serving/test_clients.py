"""Clients that others wrote, and nginx in front, as docs/serving.md has them."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import numpy as np
import pytest
from huggingface_hub import InferenceClient
from tritonclient import http as triton

from sentiment import Classifier
from sentiment.serving import create_app
from tests.serving.live import listening

DOCS = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
TEXT = "good film"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


@pytest.fixture(scope="module")
def port(classifier: Classifier) -> Iterator[int]:
    with listening(create_app({"tiny": classifier})) as port:
        yield port


def test_the_client_of_hugging_face(port: int, classifier: Classifier) -> None:
    (answer,) = classifier.predict([TEXT])
    client = InferenceClient(f"http://127.0.0.1:{port}/")
    found = client.text_classification(TEXT)
    assert {element.label: element.score for element in found} == answer.probabilities
    assert client.text_classification(TEXT, top_k=1)[0].label == answer.label


def test_the_client_of_triton(port: int, classifier: Classifier) -> None:
    texts = [TEXT, "배우가 아깝다"]
    client = triton.InferenceServerClient(f"127.0.0.1:{port}")
    assert client.is_server_live()
    assert client.is_model_ready("tiny")
    assert client.get_model_metadata("tiny")["inputs"][0]["name"] == "text"
    for is_binary in (True, False):
        tensor = triton.InferInput("text", [2], "BYTES")
        tensor.set_data_from_numpy(np.array([text.encode() for text in texts], dtype=object), binary_data=is_binary)
        answer = client.infer("tiny", [tensor])
        assert np.array_equal(answer.as_numpy("probabilities"), classifier.score(texts).probabilities)
        labels = [label.decode() for label in answer.as_numpy("label")]
        assert labels == [prediction.label for prediction in classifier.predict(texts)]
    client.close()


@pytest.fixture
def proxy(port: int, tmp_path: Path) -> Iterator[str]:
    """nginx with the configuration of the page, at another port."""
    if NGINX is None:
        if os.environ.get("CI"):
            pytest.fail("there is no nginx: .ci/run must install it")
        pytest.skip("needs nginx")
    with socket.create_server(("127.0.0.1", 0)) as free:
        other = free.getsockname()[1]
    (site,) = re.findall(r"```nginx\n(.*?)```", DOCS, re.DOTALL)
    site = site.replace("127.0.0.1:8080", f"127.0.0.1:{port}").replace("listen 80;", f"listen 127.0.0.1:{other};")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {paths} {site} }}"
    )
    process = subprocess.Popen([NGINX, "-c", tmp_path / "nginx.conf", "-p", tmp_path], stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{other}"
    try:
        for _ in range(200):
            try:
                httpx.get(f"{address}/health")
                break
            except httpx.ConnectError:
                time.sleep(0.02)
        yield address
    finally:
        process.terminate()
        process.wait()


def test_nginx_in_front(proxy: str, classifier: Classifier) -> None:
    with httpx.Client(base_url=proxy, timeout=30) as client:
        answers = client.post("/v1/models/tiny/predict", json={"texts": [TEXT]}).json()["predictions"]
        assert answers[0]["probabilities"] == classifier.predict([TEXT])[0].probabilities
        content = b"text\n" + b"good film\n" * 20_000
        table = client.post("/v1/models/tiny/table", files={"file": ("a.csv", content)})
        assert table.content.count(b"\n") == 20_001
        files, headers = {"file": ("a.csv", content)}, {"Prefer": "respond-async"}
        later = client.post("/v1/models/tiny/table", files=files, headers=headers)
        assert client.get(later.headers["Location"]).json()["name"] == "a.csv"
        assert client.get("/").text.startswith("<!doctype html>")
