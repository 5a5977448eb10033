"""The page about the model format: whoever reads a model as it says gets the answers of this package."""

import json
import re
import shutil
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sentiment import Classifier
from sentiment.model_dir import MANIFEST_FILE, ModelDirectory

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "model_format.md").read_text(encoding="utf-8")
FORMATS = ROOT / "tests" / "formats"
TEXTS = [
    "이 영화 정말 최고예요",
    "돈이 아까워요ㅠㅠㅠㅠㅠ ㅋㅋㅋㅋㅋㅋ",
    "A GOOD   film!!!!!! 10/10",
    "a bad film",
    "",
    "\u200b",
    "재미있었지만 뒤로 갈수록 지루했다. The end was good. " * 60,
]


def answers(directory: Path, texts: list[str]) -> NDArray[np.float64]:
    """Read a model as the page tells, with nothing of the package."""
    manifest = json.loads((directory / MANIFEST_FILE).read_text())
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    session = onnxruntime.InferenceSession(directory / "model.onnx")
    by_length: dict[int, list[tuple[int, list[int]]]] = defaultdict(list)
    for row, text in enumerate(texts):
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        count = -(-len(ids) // manifest["max_tokens"])
        for i in range(count):
            window = ids[i * len(ids) // count : (i + 1) * len(ids) // count]
            by_length[len(window)].append((row, window))
    sums, totals = np.zeros((len(texts), len(manifest["labels"]))), np.zeros((len(texts), 1))
    for length, windows in by_length.items():
        logits = session.run(["logits"], {"input_ids": np.array([window for _, window in windows])})[0]
        if "scales" in manifest:
            centred = logits - logits.mean(axis=1, keepdims=True)
            powers = np.exp(centred.astype(np.float64) * manifest["scales"] + manifest["biases"])
        else:
            powers = np.exp(logits.astype(np.float64) / manifest.get("temperature", 1.0))
        for (row, _), probabilities in zip(windows, powers / powers.sum(axis=1, keepdims=True), strict=True):
            sums[row] += length * probabilities
            totals[row] += length
    with np.errstate(invalid="ignore"):
        return sums / totals


@pytest.mark.parametrize("name", ["classifier-1", "classifier-2"])
def test_a_reader_of_its_own_gets_the_same_probabilities(name: str) -> None:
    classifier = Classifier.load(FORMATS / name)
    assert classifier.score(TEXTS).num_windows.tolist() == [1, 1, 1, 1, 0, 0, 5]
    np.testing.assert_allclose(answers(FORMATS / name, TEXTS), classifier.probabilities(TEXTS), atol=1e-6)


def test_scales_and_biases_of_each_class(tmp_path: Path) -> None:
    shutil.copytree(FORMATS / "classifier-2", tmp_path / "scaled")
    manifest = ModelDirectory.open(tmp_path / "scaled").manifest
    classes = range(len(manifest.labels))
    scaled = replace(manifest, scales=tuple(1.0 + 0.5 * i for i in classes), biases=tuple(0.3 * i for i in classes))
    (tmp_path / "scaled" / MANIFEST_FILE).write_text(scaled.to_json(), encoding="utf-8")
    expected = Classifier.load(tmp_path / "scaled").probabilities(TEXTS)
    np.testing.assert_allclose(answers(tmp_path / "scaled", TEXTS), expected, atol=1e-6)
    assert not np.allclose(expected[:4], Classifier.load(FORMATS / "classifier-2").probabilities(TEXTS)[:4])


def table_after(heading: str) -> set[str]:
    """Return what the first column of a table names."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", section, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall("`([^`]+)`", cell)}


def test_every_file_and_every_field_is_on_the_page() -> None:
    manifest: dict[str, Any] = json.loads((FORMATS / "classifier-2" / MANIFEST_FILE).read_text())
    assert table_after("Manifest") == {*manifest, "scales", "biases"}
    assert table_after("Files") == {*manifest["files"], MANIFEST_FILE, "calibration.json"}
    example = json.loads(re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)[0])
    assert list(example) == list(manifest)
