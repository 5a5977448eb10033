"""Applications around tiny models."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sentiment import Classifier
from sentiment.serving import ServingSettings, create_app

MakeClient = Callable[..., TestClient]
NAME = "tiny"


@pytest.fixture(scope="session")
def classifier(shared_tiny_model_dir: Path) -> Classifier:
    return Classifier.load(shared_tiny_model_dir, threads=1)


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory, write_model: Callable[..., Path]) -> Classifier:
    """A model with other labels, which reads four tokens at once, and whose errors are known."""
    metrics = {"data": {}, "validation": {"confusion_matrix": [[80, 10, 10], [5, 90, 5], [10, 10, 80]]}}
    folder = tmp_path_factory.mktemp("models") / "other"
    path = write_model(folder, labels=("bad", "so-so", "good"), max_tokens=4, metrics=metrics)
    return Classifier.load(path, threads=1)


@pytest.fixture
def app(classifier: Classifier, other: Classifier) -> Starlette:
    """An application with two models and the default settings."""
    return create_app({NAME: classifier, "other": other})


@pytest.fixture
def client(app: Starlette) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def make_client(classifier: Classifier) -> Iterator[MakeClient]:
    """The function that makes a client of an application with certain settings: `make_client(max_queue=1)`."""
    clients: list[TestClient] = []

    def make(**settings: Any) -> TestClient:
        client = TestClient(create_app({NAME: classifier}, ServingSettings(**settings)))
        clients.append(client.__enter__())
        return client

    yield make
    for client in clients:
        client.__exit__()
