"""Each interface gives what the library gives, in its own form."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from sentiment import Classifier
from sentiment.inference.inside import Trace, TraceStep

TEXTS = ["good film", "배우가 아깝다", "", "\ud800 half", "a" * 700]


def post(client: TestClient, path: str, content: object) -> Any:
    response = client.post(path, content=json.dumps(content), headers={"Content-Type": "application/json"})
    assert response.status_code == 200, response.text
    return response.json()


def infer(client: TestClient, texts: list[str], **fields: object) -> Any:
    tensor = {"name": "text", "datatype": "BYTES", "shape": [len(texts)], "data": texts}
    return post(client, "/v2/models/tiny/infer", {"inputs": [tensor], **fields})


def test_v1_gives_all_that_a_prediction_knows(client: TestClient, classifier: Classifier) -> None:
    answer = post(client, "/v1/models/tiny/predict", {"texts": TEXTS})
    assert answer["fingerprint"] == classifier.fingerprint
    expected = [asdict(prediction) for prediction in classifier.predict(TEXTS)]
    for fields, prediction in zip(answer["predictions"], expected, strict=True):
        del prediction["text"]
        assert fields.pop("no_answer") == (None if prediction["label"] else "empty")
        assert json.dumps(fields) == json.dumps(prediction)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(alphabet="good film배우가 아깝다\ud800"), min_size=1, max_size=20))
def test_any_texts_get_the_numbers_of_the_library(client: TestClient, classifier: Classifier, texts: list[str]) -> None:
    answers = post(client, "/v1/models/tiny/predict", {"texts": texts})["predictions"]
    expected = [prediction.probabilities for prediction in classifier.predict(texts)]
    assert json.dumps([answer["probabilities"] for answer in answers]) == json.dumps(expected)


@pytest.mark.parametrize(("text", "no_answer"), [("good film 배우가", None), ("", "empty")])
def test_v1_explains(client: TestClient, other: Classifier, text: str, no_answer: str | None) -> None:
    assert post(client, "/v1/models/other/explain", {"text": text}) == {
        "model": "other",
        "fingerprint": other.fingerprint,
        **json.loads(json.dumps(other.explain(text).to_dict())),
        "no_answer": no_answer,
    }


@pytest.mark.parametrize("text", ["\ud800 half", '\\\udfff \\ud800 "', "\U0001f600"])
def test_texts_that_utf_8_cannot_hold_are_told_back(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    assert post(client, "/v1/models/tiny/explain", {"text": text})["text"] == text
    trace = Trace(text, "positive", 0.75, {"negative": 0.25, "positive": 0.75}, (), is_bidirectional=False)
    monkeypatch.setattr(Classifier, "trace", lambda *_: trace)
    assert post(client, "/v1/models/tiny/trace", {"text": text})["text"] == text
    assert infer(client, ["good film"], id=text)["id"] == text


def test_v1_traces_where_the_model_can(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    response = client.post("/v1/models/tiny/trace", json={"text": "good film"})
    assert (response.status_code, response.json()["error_type"]) == (501, "not_supported")
    step = TraceStep("good", 0, 4, {"negative": 0.25, "positive": 0.75})
    trace = Trace("good", "positive", 0.75, step.probabilities, (step,), is_bidirectional=False)
    monkeypatch.setattr(Classifier, "trace", lambda *_: trace)
    answer = post(client, "/v1/models/tiny/trace", {"text": "good"})
    assert answer["steps"] == [{"text": "good", "start": 0, "end": 4, "probabilities": step.probabilities}]
    assert answer["no_answer"] is None


def test_models_are_named_and_the_first_is_the_default(client: TestClient, other: Classifier) -> None:
    models = client.get("/v1/models").json()["models"]
    assert [model["model"] for model in models] == ["tiny", "other"]
    assert client.get("/v1/models/other").json() == models[1]
    assert models[1] == {
        "model": "other",
        "fingerprint": other.fingerprint,
        "labels": ["bad", "so-so", "good"],
        "max_tokens": 4,
        "scripts": None,
    }
    answer = post(client, "/v1/models/other/predict", {"texts": ["good film"]})["predictions"][0]
    assert answer["probabilities"] == other.predict(["good film"])[0].probabilities
    assert answer["num_windows"] == 3
    assert client.get("/info").json()["model_id"] == "tiny"


def ranked(classifier: Classifier, text: str) -> list[dict[str, object]]:
    probabilities = classifier.predict([text])[0].probabilities or {}
    return [
        {"score": score, "label": label} for label, score in sorted(probabilities.items(), key=lambda i: i[1])[::-1]
    ]


def test_predict_of_text_embeddings_inference(client: TestClient, classifier: Classifier) -> None:
    good, bad = ranked(classifier, "good film"), ranked(classifier, "bad film")
    assert post(client, "/predict", {"inputs": "good film"}) == good
    assert post(client, "/predict", {"inputs": ["good film"]}) == good
    assert post(client, "/predict", {"inputs": [["good film"], ["bad film"]], "truncate": True}) == [good, bad]


def test_a_list_of_two_strings_is_a_pair(client: TestClient, classifier: Classifier) -> None:
    assert post(client, "/predict", {"inputs": ["good", "film"]}) == ranked(classifier, "good film")
    assert post(client, "/predict", {"inputs": [["good", "film"], ["bad film"]]}) == [
        ranked(classifier, "good film"),
        ranked(classifier, "bad film"),
    ]


def test_the_root_answers_like_the_inference_api(client: TestClient, classifier: Classifier) -> None:
    good, bad = ranked(classifier, "good film"), ranked(classifier, "bad film")
    assert post(client, "/", {"inputs": "good film"}) == [good]
    answers = post(client, "/", {"inputs": ["good film", "bad film"], "parameters": {"top_k": 1}})
    assert post(client, "/", {"inputs": ["good film", "bad film"], "parameters": {"top_k": 1.0}}) == answers
    assert answers == [good[:1], bad[:1]]


def test_an_empty_text_has_no_class(client: TestClient) -> None:
    assert post(client, "/predict", {"inputs": " "}) == []
    assert [len(classes) for classes in post(client, "/", {"inputs": ["", "good"]})] == [0, 2]
    outputs = infer(client, ["", "good"])["outputs"]
    assert [output["data"][0] for output in outputs] == ["", 0.0, 0.0]


def test_open_inference_as_json(client: TestClient, classifier: Classifier) -> None:
    texts = ["good film", "배우가 아깝다"]
    answer = infer(client, texts, id="7")
    scores = classifier.score(texts).probabilities
    tensors = {output["name"]: output for output in answer["outputs"]}
    assert (answer["model_name"], answer["id"]) == ("tiny", "7")
    assert tensors["probabilities"]["data"] == scores.ravel().tolist()
    assert tensors["probabilities"]["shape"] == [2, 2]
    assert tensors["probability"]["data"] == scores.max(axis=1).tolist()
    assert tensors["label"]["data"] == [prediction.label for prediction in classifier.predict(texts)]
    assert [o["name"] for o in infer(client, texts, outputs=[{"name": "label"}])["outputs"]] == ["label"]


def test_open_inference_as_binary(client: TestClient, classifier: Classifier) -> None:
    texts = ["good film", "배우가 아깝다"]
    tensor = b"".join(len(text.encode()).to_bytes(4, "little") + text.encode() for text in texts)
    header = json.dumps(
        {
            "inputs": [
                {"name": "text", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": len(tensor)}}
            ],
            "outputs": [{"name": "probabilities", "parameters": {"binary_data": True}}, {"name": "probability"}],
        }
    ).encode()
    response = client.post(
        "/v2/models/tiny/infer",
        content=header + tensor,
        headers={"Inference-Header-Content-Length": str(len(header))},
    )
    length = int(response.headers["Inference-Header-Content-Length"])
    outputs = json.loads(response.content[:length])["outputs"]
    expected = classifier.score(texts).probabilities
    assert outputs[0]["parameters"]["binary_data_size"] == len(response.content) - length
    assert np.array_equal(np.frombuffer(response.content[length:], "<f4").reshape(2, 2), expected)
    assert outputs[1]["data"] == expected.max(axis=1).tolist()


@pytest.mark.parametrize("path", ["/v2/health/live", "/v2/health/ready", "/v2/models/tiny/ready", "/health", "/v2"])
def test_probes(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_metadata_names_the_tensors(client: TestClient) -> None:
    metadata = client.get("/v2/models/other").json()
    assert metadata["inputs"] == [{"name": "text", "datatype": "BYTES", "shape": [-1]}]
    assert {output["name"]: output["shape"] for output in metadata["outputs"]} == {
        "label": [-1],
        "probability": [-1],
        "probabilities": [-1, 3],
    }
