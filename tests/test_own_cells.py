"""A cell of one's own, defined outside the package, does all that the others do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import sentiment
from sentiment.cells import CELLS
from sentiment.config import ModelConfig
from sentiment.errors import ConfigError, ModelDirectoryError
from sentiment.model_dir import ONNX_FILE
from sentiment.nn.cells import TORCH_CELLS
from sentiment.numpy_network.cells import NUMPY_CELLS
from sentiment.own_cells import OwnCell, Values, _tell_configs
from tests.toy_cell import MinimalGatedUnit

pytestmark = pytest.mark.usefixtures("without_curves")


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Let no other test know the cell."""
    yield
    for cells in (CELLS, NUMPY_CELLS, TORCH_CELLS):
        cells.pop(MinimalGatedUnit.name, None)
    _tell_configs()


def test_it_is_trained_exported_and_looked_into() -> None:
    texts = ["good film", "bad film", "good night", "bad night"] * 6
    labels = ["positive", "negative"] * 12
    classifier = sentiment.train(
        texts,
        labels,
        config="quick",
        cell=MinimalGatedUnit,
        threads=1,
        training={"epochs": 12, "learning_rate": 0.03, "batch_size": 8},
        model={"embedding_size": 8, "hidden_size": 8, "character_ngrams": 0, "pooling": ["last"]},
    )
    assert [answer.label for answer in classifier.predict(["good film", "bad film"])] == ["positive", "negative"]
    graph = onnx.load_from_string(classifier._read_file(ONNX_FILE)).graph
    assert [node.op_type for node in graph.node].count("Scan") == 2

    gates = classifier.gates("good film")
    assert (gates.cell, len(gates.cells)) == ("toy_mgu", 2)
    forward = gates.cells[0].values
    assert list(forward) == ["forget", "candidate", "hidden"]
    expected = np.zeros(8)
    for forget, candidate, hidden in zip(*forward.values(), strict=True):
        expected = (1 - forget) * expected + forget * candidate
        np.testing.assert_allclose(hidden, expected, atol=1e-6)
    traced = classifier.trace("good film")
    assert (traced.label, len(traced.steps)) == ("positive", 2)
    assert max(classifier.explain("good film").words, key=lambda word: word.share).text == "good"


def test_without_the_cell_a_model_does_all_but_show_it(
    run_command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [(f"{word} film {row}", word) for row in range(30) for word in ("good", "bad")]
    texts, labels = zip(*rows, strict=True)
    small = {"embedding_size": 8, "hidden_size": 8, "pooling": ["last"]}
    sentiment.train(texts, labels, config="quick", cell=MinimalGatedUnit, model=small, training__epochs=1, out="mine")
    CELLS.pop(MinimalGatedUnit.name)
    _tell_configs()
    Path("rows.csv").write_text("\n".join(["text,label", *(f"{text} again,{label}" for text, label in rows)]))
    for command in (
        ("eval", "--model", "mine", "--data", "rows.csv", "--no-baseline"),
        ("calibrate", "mine", "--data", "rows.csv", "--out", "calibrated"),
        ("compare", "mine", "calibrated", "--data", "rows.csv"),
        ("models", "show", "calibrated"),
        ("predict", "--model", "calibrated", "--explain", "good film"),
    ):
        outcome = run_command(*command)
        assert outcome.exit_code == 0, (command, outcome.stderr)
    for command in (
        ("predict", "--model", "calibrated", "--trace", "good film"),
        ("train", "--from", "mine", "--data", "rows.csv"),
    ):
        outcome = run_command(*command)
        assert outcome.exit_code == ModelDirectoryError.exit_code
        assert "its cell 'toy_mgu' is not one of sentiment's; in Python, make it known first" in outcome.stderr


def test_a_name_that_another_cell_has_is_refused() -> None:
    class Taken(OwnCell):
        name = "gru"
        gates = ("only",)

        @staticmethod
        def open_gates(from_input: Values, from_hidden: Values) -> Values:
            return from_input

        @staticmethod
        def next_state(gates: Values, state: Values) -> Values:
            return gates

    with pytest.raises(ConfigError, match="cell=Taken: there is another cell named gru; choose another name"):
        sentiment.train(["good", "bad"], [1, 0], cell=Taken)
    assert ModelConfig(cell="gru").cell == "gru"
