"""A whole model directory, small enough to write in every test that wants one."""

import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import safetensors.numpy
from hypothesis import settings
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from threadpoolctl import threadpool_limits
from xdist.scheduler import LoadFileScheduling

from sentiment.cli import main
from sentiment.config import Config, DataConfig, PretrainingConfig, TokenizerConfig, dump_config
from sentiment.model_dir import (
    CONFIG_FILE,
    ENCODER,
    METRICS_FILE,
    ONNX_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    known,
    staged_model_dir,
)
from sentiment.text.tokenizer_training import train_tokenizer

TINY_LABELS = ("negative", "positive")
TINY_TEXTS = ("이 영화 정말 최고예요", "배우가 아깝다", "good film", "bad film", "ㅋㅋㅋ 재밌다", "돈이 아까워요")
EMBEDDING_SIZE, HIDDEN_SIZE = 4, 3


# Enough for every day; HYPOTHESIS_PROFILE=thorough looks longer.
# No deadline: a test that is slow on a busy machine has shown no fault.
settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


LONGEST_FIRST = ("e2e", "spark", "training", "test_functions.py", "cli", "bulk", "data", "text", "tables")
"""Folders and files of tests that take long: begun early, so that all processes end at the same time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first; those of a file stay in their order."""
    folder = Path(__file__).parent
    order = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path.relative_to(folder).parts[0], len(order)))


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """Keeps the tests of a file in one process, and those of Spark, which share a Java machine."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return str(Path(file).parent) if "spark" in Path(file).parts else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Divide the tests by file."""
    return ByFile(config, log)


def pytest_configure() -> None:
    """Give each of several test processes a core: threads of theirs that met on one would wait for each other."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})
        threadpool_limits(1)  # numpy counted the cores when it was imported


def tiny_graph(vocab_size: int, num_labels: int = 2) -> bytes:
    """Build embedding, bidirectional LSTM, maximum over time and classes, with weights that a fixed seed draws."""
    weights = _tiny_weights(vocab_size, num_labels)
    nodes = [
        helper.make_node("Gather", ["embedding", "input_ids"], ["embedded"]),
        helper.make_node("Transpose", ["embedded"], ["by_time"], perm=[1, 0, 2]),
        helper.make_node("LSTM", ["by_time", "W", "R"], ["states"], hidden_size=HIDDEN_SIZE, direction="bidirectional"),
        helper.make_node("ReduceMax", ["states"], ["highest"], axes=[0], keepdims=0),
        helper.make_node("Transpose", ["highest"], ["by_row"], perm=[1, 0, 2]),
        helper.make_node("Flatten", ["by_row"], ["pooled"]),
        helper.make_node("MatMul", ["pooled", "classes"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "time"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", num_labels])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    serialized: bytes = model.SerializeToString()
    return serialized


def _tiny_weights(vocab_size: int, num_labels: int) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(0)
    shapes = {
        "embedding": (vocab_size, EMBEDDING_SIZE),
        "W": (2, 4 * HIDDEN_SIZE, EMBEDDING_SIZE),
        "R": (2, 4 * HIDDEN_SIZE, HIDDEN_SIZE),
        "classes": (2 * HIDDEN_SIZE, num_labels),
    }
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def write_tiny_model(
    path: Path,
    *,
    labels: Sequence[str] = TINY_LABELS,
    max_tokens: int = 512,
    graph: bytes | None = None,
    tokenizer: str | None = None,
    texts: Sequence[str] = TINY_TEXTS,
    metrics: dict[str, Any] | None = None,
    source: str = "sample",
    replace: bool = False,
    with_weights: bool = True,
) -> Path:
    """Write a model directory whose tokens are characters; `graph` and `tokenizer` take the place of sound ones."""
    settings = TokenizerConfig(kind="character", vocab_size=200, min_frequency=1, max_tokens=max_tokens)
    config = Config(data=DataConfig(source=source), tokenizer=settings)
    trained = train_tokenizer(list(texts), settings)
    vocab_size = trained.get_vocab_size()
    if metrics is None:
        metrics = {"data": {"source": "sample", "is_fallback": False}, "labels": list(labels)}
    with staged_model_dir(path, labels=labels, replace=replace) as stage:
        (stage / CONFIG_FILE).write_text(dump_config(config), encoding="utf-8")
        (stage / TOKENIZER_FILE).write_text(trained.to_str() if tokenizer is None else tokenizer, encoding="utf-8")
        (stage / ONNX_FILE).write_bytes(tiny_graph(vocab_size, len(labels)) if graph is None else graph)
        if with_weights:
            (stage / WEIGHTS_FILE).write_bytes(safetensors.numpy.save(_tiny_weights(vocab_size, len(labels))))
        (stage / METRICS_FILE).write_text(json.dumps(metrics), encoding="utf-8")
    return path


def write_tiny_encoder(path: Path, *, metrics: dict[str, Any] | None = None, tokenizer: str | None = None) -> Path:
    """Write an encoder directory that learned a language model; `tokenizer` takes the place of a sound one."""
    settings = TokenizerConfig(kind="character", vocab_size=200, min_frequency=1)
    pretraining = PretrainingConfig(sources=("sample",), language_model=1.0, rating=0.5)
    trained = train_tokenizer(list(TINY_TEXTS), settings)
    with staged_model_dir(path, labels=(), replace=False, kind=ENCODER) as stage:
        (stage / CONFIG_FILE).write_text(dump_config(Config(tokenizer=settings, pretraining=pretraining)))
        (stage / TOKENIZER_FILE).write_text(trained.to_str() if tokenizer is None else tokenizer, encoding="utf-8")
        (stage / WEIGHTS_FILE).write_bytes(safetensors.numpy.save(_tiny_weights(trained.get_vocab_size(), 2)))
        (stage / METRICS_FILE).write_text(json.dumps({} if metrics is None else metrics), encoding="utf-8")
    return path


@pytest.fixture(autouse=True, scope="session")
def _nothing_shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let no test depend on which models come with the package; the fixture `shipped` brings stand-ins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(known, "SHIPPED", tmp_path_factory.mktemp("nothing") / "shipped")
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_wait_for_the_disk() -> Iterator[None]:
    """Let what this process writes reach the kernel alone, which outlives all that tests do to it: a disk is slow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", os.fstat)  # fails as the other does where there is no such file
        yield


@pytest.fixture(scope="session")
def without_curves() -> Iterator[None]:
    """Train without drawing learning curves, which takes as long as all the rest of a tiny training."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sentiment.training.classification.job.draw_curves", lambda history, best_epoch: b"<svg/>")
        yield


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the package's own, with a tiny classifier and a tiny encoder."""
    folder = tmp_path / "package" / "shipped"
    write_tiny_model(folder / known.DEFAULT_CLASSIFIER)
    write_tiny_encoder(folder / known.SHIPPED_ENCODER)
    monkeypatch.setattr(known, "SHIPPED", folder)
    return folder


@pytest.fixture(scope="session")
def write_encoder() -> Callable[..., Path]:
    """The function that writes a tiny encoder directory: `write_encoder(path, metrics=..., tokenizer=...)`."""
    return write_tiny_encoder


@pytest.fixture(scope="session")
def write_model() -> Callable[..., Path]:
    """The function that writes a tiny model directory: `write_model(path, labels=..., max_tokens=..., graph=...)`."""
    return write_tiny_model


@pytest.fixture(scope="session")
def build_graph() -> Callable[..., bytes]:
    """The function that builds the tiny ONNX graph: `build_graph(vocab_size, num_labels)`."""
    return tiny_graph


@pytest.fixture(scope="session")
def shared_tiny_model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model directory for tests that only read it."""
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def run_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run `sentiment` in this process: `run_command("predict", "good", stdin=b"...")`; only bugs raise."""

    def run(*arguments: str, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["sentiment", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main()
        captured = capsys.readouterr()
        return Outcome(int(caught.value.code or 0), captured.out, captured.err)

    return run


@pytest.fixture
def tiny_model_dir(shared_tiny_model_dir: Path, tmp_path: Path) -> Path:
    """A model directory of the test's own, to cut, alter or replace."""
    copy = tmp_path / "tiny"
    shutil.copytree(shared_tiny_model_dir, copy)
    return copy
