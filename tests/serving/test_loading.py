from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from sentiment import Classifier
from sentiment.errors import ModelDirectoryError
from sentiment.model_dir import DEFAULT_CLASSIFIER, ENGLISH_CLASSIFIER, ONNX_FILE
from sentiment.serving import create_app
from sentiment.serving.process.loading import AUTO, load_models
from sentiment.serving.service import service_of

KOREAN, ENGLISH = "이 영화 정말 좋아요", "a good film"


@pytest.fixture
def both(shipped: Path, write_model: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the shipped models, with one for texts in Latin script."""
    write_model(shipped / ENGLISH_CLASSIFIER, texts=["a good film", "a bad film"])
    monkeypatch.delenv("SENTIMENT_MODEL", raising=False)
    monkeypatch.chdir(tmp_path)
    return shipped


def test_without_a_name_the_script_chooses_among_the_shipped(both: Path) -> None:
    notes: list[str] = []
    models = load_models((), notes.append, prove=True)
    assert [model.name for model in models] == [AUTO, DEFAULT_CLASSIFIER, ENGLISH_CLASSIFIER]
    assert notes[-1] == "model auto: the default, one of them by the script of each text"
    alone = [Classifier.load(both / name) for name in (DEFAULT_CLASSIFIER, ENGLISH_CLASSIFIER)]
    expected = [one.predict([text])[0] for one, text in zip(alone, (KOREAN, ENGLISH), strict=True)]
    assert models[0].predict([KOREAN, ENGLISH]) == expected
    assert models[0].classifier.max_tokens == alone[0].max_tokens


def test_the_default_answers_over_http_by_script(both: Path) -> None:
    app = create_app({})
    service_of(app).exchange(load_models((), lambda _note: None))
    with TestClient(app) as client:
        answered = client.post("/v1/models/auto/predict", json={"texts": [ENGLISH, "こんにちは"]}).json()["predictions"]
        alone = client.post(f"/v1/models/{ENGLISH_CLASSIFIER}/predict", json={"texts": [ENGLISH]}).json()["predictions"]
        assert answered[0] == alone[0]
        assert answered[1]["no_answer"] == "written in Hiragana, which auto does not read"
        rows = f"text\n{ENGLISH}\n{KOREAN}\nこんにちは\n".encode()
        table = client.post("/v1/models/auto/table", files={"file": ("a.csv", rows)}).text.splitlines()
        assert [row.split(",")[1] != "" for row in table[1:]] == [True, True, False]
        ranked = client.post("/predict", json={"inputs": ENGLISH}).json()
        assert ranked[0]["label"] == alone[0]["label"]
        assert client.get("/info").json()["model_id"] == AUTO


def test_models_of_other_classes_answer_as_one(both: Path, write_model: Callable[..., Path]) -> None:
    three = ("negative", "neutral", "positive")
    write_model(both / DEFAULT_CLASSIFIER, labels=three, replace=True)
    app = create_app({})
    service_of(app).exchange(load_models((), lambda _note: None))
    tensor = {"name": "text", "datatype": "BYTES", "shape": [2], "data": [ENGLISH, KOREAN]}
    with TestClient(app) as client:
        assert client.get("/v1/models/auto").json()["labels"] == [*three]
        english, korean = client.post("/v1/models/auto/predict", json={"texts": [ENGLISH, KOREAN]}).json()[
            "predictions"
        ]
        assert [*english["probabilities"]] == [*korean["probabilities"]] == [*three]
        assert english["probabilities"]["neutral"] == 0.0 < korean["probabilities"]["neutral"]
        outputs = client.post("/v2/models/auto/infer", json={"inputs": [tensor]}).json()["outputs"]
        (probabilities,) = (output for output in outputs if output["name"] == "probabilities")
        assert probabilities["shape"] == [2, 3]
        assert probabilities["data"][1] == 0.0
        ranked = client.post("/predict", json={"inputs": [[ENGLISH], [KOREAN]]}).json()
        assert [len(classes) for classes in ranked] == [3, 3]


def test_a_named_model_is_served_alone(both: Path) -> None:
    assert [model.name for model in load_models([DEFAULT_CLASSIFIER], lambda _note: None)] == [DEFAULT_CLASSIFIER]


def test_a_damaged_one_of_them_is_not_served(both: Path) -> None:
    path = both / ENGLISH_CLASSIFIER / ONNX_FILE
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelDirectoryError, match=ONNX_FILE):
        load_models((), lambda _note: None, prove=True)
