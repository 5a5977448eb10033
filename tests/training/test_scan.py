"""A cell that neither torch nor ONNX has, by the equation of one step: a minimal gated unit (Zhou et al. 2016)."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from sentiment.cells import CELLS, Cell
from sentiment.nn import RecurrentClassifier, RecurrentLayer
from sentiment.nn.cells import TORCH_CELLS, Gates, State, SteppedCell
from sentiment.numpy_network.cells import CellWeights
from sentiment.numpy_network.cells import State as Arrays
from sentiment.text.sequences import TokenSequences
from sentiment.training.export.onnx import export_onnx, write_onnx
from tests.training.exports import difference

Build = Callable[..., RecurrentClassifier]
Draw = Callable[[Sequence[int]], TokenSequences]

LENGTHS = [1, 2, 2, 2, 17, 17, 60]


def minimal_gated_unit(from_input: Gates, from_hidden: Gates, state: State) -> State:
    """With a second state, which counts the steps, so that more than h is handed on."""
    h, steps = state
    forget = torch.sigmoid(from_input[0] + from_hidden[0])
    candidate = torch.tanh(from_input[1] + forget * from_hidden[1])
    return (1.0 - forget) * h + forget * candidate + 0.01 * steps, steps + 1.0


def in_numpy(weights: CellWeights, x: np.ndarray, state: Arrays) -> Arrays:
    h, steps = state
    forget_x, new_x = np.split(weights.of_input(x), 2, axis=1)
    forget_h, new_h = np.split(weights.of_hidden(h), 2, axis=1)
    forget = 1.0 / (1.0 + np.exp(-(forget_x + forget_h)))
    return (1.0 - forget) * h + forget * np.tanh(new_x + forget * new_h) + 0.01 * steps, steps + 1.0


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CELLS, "mgu", Cell("mgu", ("forget", "candidate"), 2))
    monkeypatch.setitem(TORCH_CELLS, "mgu", SteppedCell("mgu", minimal_gated_unit))


@pytest.fixture
def build_mgu(build_network: Build, monkeypatch: pytest.MonkeyPatch) -> Build:
    """A network of these cells; a config names none that was not there when it was defined."""

    def build(**changes: object) -> RecurrentClassifier:
        model = build_network(cell="rnn_tanh", **changes)
        for name, layer in list(model.encoder.layers.named_children()):
            assert isinstance(layer, RecurrentLayer)
            _, input_size = dict(layer.named_parameters())["weight_ih"].shape
            mgu = RecurrentLayer("mgu", input_size, layer.hidden_size, layer.bidirectional, weight_dropout=0.0)
            setattr(model.encoder.layers, name, mgu)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.02 * torch.randn_like(parameter))
        return model.eval()

    return build


@pytest.mark.parametrize("backward", [False, True])
def test_a_step_is_repeated_over_time(backward: bool) -> None:
    torch.manual_seed(0)
    layer = RecurrentLayer("mgu", 3, 5, bidirectional=True, weight_dropout=0.0)
    sequence = torch.randn(2, 7, 3)
    states, final = layer(sequence)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    suffix = "_reverse" if backward else ""
    weights = CellWeights(*(getattr(layer, name + suffix).detach().numpy() for name in names))
    half = slice(5, 10) if backward else slice(5)
    state: Arrays = (np.zeros((2, 5), np.float32),) * 2
    for t in reversed(range(7)) if backward else range(7):
        state = in_numpy(weights, sequence[:, t].numpy(), state)
        np.testing.assert_allclose(states[:, t, half].detach().numpy(), state[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(final[:, half].detach().numpy(), state[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_its_export_answers_as_torch_does(
    tmp_path: Path, build_mgu: Build, draw_sequences: Draw, bidirectional: bool
) -> None:
    model = build_mgu(num_layers=2, bidirectional=bidirectional)
    export_onnx(model, tmp_path / "model.onnx")
    assert difference(model, tmp_path / "model.onnx", draw_sequences(LENGTHS)) <= 1e-5
    graph = onnx.load(tmp_path / "model.onnx")
    assert [node.op_type for node in graph.graph.node].count("Scan") == (4 if bidirectional else 2)
    onnx.checker.check_model(graph, full_check=True)


def test_int8_rounds_its_matrices_too(tmp_path: Path, build_mgu: Build, draw_sequences: Draw) -> None:
    model = build_mgu(embedding_size=64, hidden_size=66, bidirectional=False)
    write_onnx(model, tmp_path / "model.onnx", "int8", draw_sequences(LENGTHS), None, "do this", print)
    assert 1e-5 < difference(model, tmp_path / "model.onnx", draw_sequences(LENGTHS)) <= 0.02
    stored = {tensor.name: tensor.data_type for tensor in onnx.load(tmp_path / "model.onnx").graph.initializer}
    assert stored["encoder.layers.0.weight_hh.int8"] == onnx.TensorProto.INT8
    assert list(stored.values()).count(onnx.TensorProto.INT8) == 4  # tokens, input, hidden, attention
