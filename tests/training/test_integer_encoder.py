"""Encoders with integer products: near the trained network, exact on every processor, blind to neighbours."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sentiment.inference.graph import check_graph
from sentiment.inference.network import Network
from sentiment.nn import RecurrentClassifier
from sentiment.text.sequences import TokenSequences
from sentiment.training.export.integer_cells import INTEGER_CELLS, LARGEST_WEIGHT
from sentiment.training.export.integer_encoder import MIN_HIDDEN_SIZE, use_integer_encoder
from sentiment.training.export.onnx import ValidationChange, compare_onnx, export_onnx, write_onnx
from sentiment.training.loop.answers import predict_logits
from sentiment.training.loop.rows import LabelledSequences
from tests.training.exports import difference, logits_of

Build = Callable[..., RecurrentClassifier]
Draw = Callable[[Sequence[int]], TokenSequences]

LENGTHS = [1, 2, 2, 2, 17, 17, 300]


def export_integers(model: RecurrentClassifier, path: Path) -> Path:
    export_onnx(model, path)
    file = onnx.load(path)
    use_integer_encoder(file.graph, model)
    onnx.checker.check_model(file)
    path.write_bytes(file.SerializeToString())
    return path


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", INTEGER_CELLS)
def test_every_cell_answers_nearly_as_torch_does(
    tmp_path: Path, build_network: Build, draw_sequences: Draw, cell: str, bidirectional: bool, num_layers: int
) -> None:
    model = build_network(cell=cell, bidirectional=bidirectional, num_layers=num_layers)
    path = export_integers(model, tmp_path / "model.onnx")
    assert 1e-6 < difference(model, path, draw_sequences(LENGTHS)) <= 0.02
    assert check_graph(path.read_bytes()).num_logits == model.output.out_features
    operators = {node.op_type for node in onnx.load(path).graph.node}
    assert "Scan" in operators
    assert not operators & {"LSTM", "GRU", "RNN"}


@pytest.mark.parametrize("pooling", [("last",), ("mean",), ("max",), ("attention",), ("max", "attention", "last")])
def test_every_pooling_is_that_of_torch(
    tmp_path: Path, build_network: Build, draw_sequences: Draw, pooling: tuple[str, ...]
) -> None:
    model = build_network(cell="rnn_tanh", pooling=pooling)
    with torch.no_grad():  # whatever is rounded is exact: a state is 1 or -1, and weights are all alike
        for name, parameter in model.encoder.named_parameters():
            parameter.fill_(0.0) if "bias" in name else parameter.fill_(30.0)
        model.embedding.weight.copy_(torch.where(model.embedding.weight > 0, 1.0, -1.0))
    path = export_integers(model, tmp_path / "model.onnx")
    assert difference(model, path, draw_sequences(LENGTHS)) <= 1e-5


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("cell", INTEGER_CELLS)
def test_sums_of_the_largest_products_do_not_overflow(
    tmp_path: Path, build_network: Build, draw_sequences: Draw, cell: str, sign: float
) -> None:
    """Pairs of the largest products must fit in 16 bits, as processors without VNNI add them so."""
    assert 2 * 255 * LARGEST_WEIGHT < 2**15
    model = build_network(cell=cell, embedding_size=64, hidden_size=66, pooling=("mean", "last"))
    with torch.no_grad():
        for name, parameter in model.encoder.named_parameters():
            parameter.fill_(0.0 if "bias" in name else sign)
        model.embedding.weight.fill_(1.0)
    path = export_integers(model, tmp_path / "model.onnx")
    assert difference(model, path, draw_sequences(LENGTHS)) <= 1e-5


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, build_network: Build) -> Network:
    model = build_network(cell="lstm", num_layers=2)
    path = export_integers(model, tmp_path_factory.mktemp("integers") / "model.onnx")
    return Network(path.read_bytes(), path, model.output.out_features)


@given(rows=st.lists(st.lists(st.integers(0, 99), min_size=7, max_size=7), min_size=2, max_size=9))
def test_neighbours_do_not_change_an_answer(network: Network, rows: list[list[int]]) -> None:
    together = network.logits(np.array(rows, dtype=np.int64))
    alone = [network.logits(np.array([row], dtype=np.int64))[0] for row in rows]
    np.testing.assert_allclose(together, alone, rtol=0.0, atol=1e-6)


class TestAuto:
    @pytest.mark.parametrize(
        ("changes", "precision"),
        [
            ({"cell": "lstm", "hidden_size": MIN_HIDDEN_SIZE}, "int8"),
            ({"cell": "lstm", "hidden_size": MIN_HIDDEN_SIZE - 1}, "float32"),
            ({"cell": "rnn_relu", "hidden_size": MIN_HIDDEN_SIZE}, "float32"),
        ],
    )
    def test_wide_networks_of_bounded_states_are_stored_as_int8(
        self, tmp_path: Path, build_network: Build, draw_sequences: Draw, changes: dict[str, object], precision: str
    ) -> None:
        model, rows = build_network(**changes), draw_sequences([3, 5])
        written = write_onnx(model, tmp_path / "model.onnx", "auto", rows, None, "do this", pytest.fail)
        assert written.precision == precision
        assert compare_onnx(model, tmp_path / "model.onnx", written, rows).precision == precision

    def test_a_costly_rounding_is_told_and_not_used(
        self, tmp_path: Path, build_network: Build, draw_sequences: Draw, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ValidationChange, "fault", lambda _: "model.onnx: int8 costs a lot")
        model, rows = build_network(cell="gru", hidden_size=MIN_HIDDEN_SIZE), draw_sequences([3, 5])
        told: list[str] = []
        validation = LabelledSequences(rows, np.zeros(2, dtype=np.int64))
        written = write_onnx(model, tmp_path / "model.onnx", "auto", rows, validation, "do this", told.append)
        assert (written.precision, written.change) == ("float32", None)
        assert told == ["model.onnx: int8 costs a lot; it is stored as float32"]
        assert written.logits is not None
        np.testing.assert_allclose(written.logits, predict_logits(model, rows), atol=1e-5)
        np.testing.assert_array_equal(written.logits, logits_of(model, tmp_path / "model.onnx", rows))
