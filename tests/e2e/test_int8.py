"""A training that stores its model as int8, and what may be done when that costs too much."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sentiment.inference import Classifier
from sentiment.model_dir import ModelDirectory
from sentiment.training.export import onnx as export

if TYPE_CHECKING:
    from .conftest import Command

EXPERIMENT = """
tokenizer: {vocab_size: 1000}
model: {embedding_size: 64, hidden_size: 64}
training: {epochs: 1, threads: 1}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, command: "Command") -> Path:
    folder = tmp_path_factory.mktemp("int8")
    (folder / "small.yaml").write_text(EXPERIMENT)
    for out, settings in (("float32", []), ("int8", ["--set", "export.precision=int8"])):
        finished = command.run_here(["train", "small.yaml", "--data", "sample", "--out", out, *settings], folder)
        assert finished.returncode == 0, finished.stderr
        assert ("stores its weights as int8" in finished.stderr) == (out == "int8")
    return folder


def test_the_weights_are_those_of_float32_and_the_graph_a_quarter(folder: Path) -> None:
    float32, int8 = folder / "float32", folder / "int8"
    assert (int8 / "model.safetensors").read_bytes() == (float32 / "model.safetensors").read_bytes()
    assert (int8 / "model.onnx").stat().st_size < 0.3 * (float32 / "model.onnx").stat().st_size
    assert ModelDirectory.open(int8).config.export.precision == "int8"


def test_the_directory_tells_what_it_costs(folder: Path) -> None:
    metrics = json.loads((folder / "int8" / "metrics.json").read_text())
    assert 1e-5 < metrics["onnx_largest_difference"] < 0.05
    told = metrics["export"]
    assert told["precision"] == "int8"
    assert metrics["calibration"]["reason"].endswith("validation rows are too few, at least 100 are needed")
    assert told["size_bytes"] == (folder / "int8" / "model.onnx").stat().st_size
    assert told["validation"]["n"] == metrics["validation"]["n"]
    assert told["validation"]["float32_accuracy"] == metrics["validation"]["accuracy"]
    assert "model.onnx stores its weights as int8" in (folder / "int8" / "README.md").read_text()
    assert json.loads((folder / "float32" / "metrics.json").read_text())["export"]["validation"] is None


def test_it_predicts_nearly_alike(folder: Path, command: "Command") -> None:
    texts = ["정말 최고예요", "돈이 아까워요", "배송이 빨라서 좋았어요"]
    float32, int8 = (Classifier.load(folder / name).probabilities(texts) for name in ("float32", "int8"))
    np.testing.assert_allclose(int8, float32, atol=0.05)
    assert (int8 != float32).all()
    finished = command.run_here(["predict", texts[0], "--model", "int8"], folder)
    assert finished.returncode == 0, finished.stderr


def test_one_that_costs_too_much_is_refused_and_can_be_written_as_float32(
    folder: Path, monkeypatch: pytest.MonkeyPatch, run_command: Callable[..., Any]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(export, "MIN_ROWS_FOR_LOSS", 1)
    monkeypatch.setattr(export, "MAX_ACCURACY_LOSS", -1.0)  # refuses any
    arguments = ["train", "small.yaml", "--data", "sample", "--out", "refused", "--set", "export.precision=int8"]
    refused = run_command(*arguments)
    assert refused.exit_code == 6
    assert not (folder / "refused").exists()
    remedy = "sentiment train --resume refused --set export.precision=float32"
    assert refused.stderr.splitlines()[-1].endswith(f"; write it as float32: {remedy}")
    written = run_command(*remedy.split()[1:])
    assert written.exit_code == 0, written.stderr
    weights = [(folder / out / "model.safetensors").read_bytes() for out in ("refused", "float32")]
    assert weights[0] == weights[1]
    assert ModelDirectory.open(folder / "refused").config.export.precision == "float32"
    metrics = json.loads((folder / "refused" / "metrics.json").read_text())
    assert metrics["export"]["precision"] == "float32"
    assert metrics["command"][1:] == [*arguments[:-1], "export.precision=float32"]


def test_a_training_goes_on_with_no_other_setting(folder: Path, command: "Command") -> None:
    settings = ["--set", "export.precision=int8", "--set", "training.epochs=9"]
    refused = command.run_here(["train", "--resume", "float32", *settings], folder)
    assert refused.returncode == 2
    assert "training.epochs=9" in refused.stderr
    assert "export.precision" not in refused.stderr
