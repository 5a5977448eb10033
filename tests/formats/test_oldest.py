"""Every format that was ever written stays readable: the models beside this file are never written again.

They learned from the data set `sample`, the classifier from the encoder; each folder is called after its kind and its
format. A change that breaks one needs a conversion in `sentiment.model_dir`, not another file here.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment import Classifier
from sentiment.inference.verification import verify_model
from sentiment.model_dir import FORMAT_VERSION, MANIFEST_FILE, ModelDirectory

pytestmark = pytest.mark.usefixtures("without_curves")
FORMATS = Path(__file__).parent
TEXTS = ["정말 최고예요", "돈이 아까워요", "배송이 빨라서 좋았어요", "good film ㅋㅋㅋㅋ", ""]
ANSWERS = {
    "classifier-1": [0.731757, 0.428949, 0.763048, 0.594831, np.nan],
    "classifier-2": [0.765427, 0.317778, 0.706327, 0.454027, np.nan],
}
"""Probabilities of the second class, as they were on the day that a model was written."""


def test_there_is_one_of_every_format() -> None:
    written = {json.loads(path.read_text())["format_version"] for path in FORMATS.glob(f"*/{MANIFEST_FILE}")}
    assert written == set(range(1, FORMAT_VERSION + 1))


@pytest.mark.parametrize("path", sorted(FORMATS.glob("*-*")), ids=lambda path: path.name)
def test_it_is_sound(path: Path) -> None:
    assert verify_model(path).manifest.kind == path.name.rpartition("-")[0]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_classifier_answers_as_ever(name: str) -> None:
    probabilities = Classifier.load(FORMATS / name).probabilities(TEXTS)
    np.testing.assert_allclose(probabilities[:, 1], ANSWERS[name], atol=1e-5)


def test_format_2_has_its_temperature_beside_the_graph() -> None:
    manifest = ModelDirectory.open(FORMATS / "classifier-2").manifest
    assert (manifest.format_version, manifest.task, manifest.temperature) == (2, "single_label", 2.90655931630659)
    assert "temperature" not in json.loads((FORMATS / "encoder-2" / MANIFEST_FILE).read_text())


@pytest.mark.parametrize("name", ["classifier-1", "encoder-1", "classifier-2", "encoder-2"])
def test_a_training_starts_from_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_command: Callable[..., Any]
) -> None:
    shutil.copytree(FORMATS / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    steps = ("--set", "training.epochs=1", "--set", "data.max_training_rows=100", "--threads", "1")
    outcome = run_command("train", "small", "--data", "sample", "--from", name, "--out", "model", *steps)
    assert outcome.exit_code == 0, outcome.stderr
    assert f"starting from {name}: its tokens, embedding and encoder" in outcome.stderr
