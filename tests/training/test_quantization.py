"""Weights as int8: what rounding costs each, and what is left alone."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from numpy.typing import NDArray
from onnx import numpy_helper

from sentiment.config import ModelConfig
from sentiment.inference.network import Network
from sentiment.nn import RecurrentClassifier
from sentiment.text.token_spelling import TokenSpelling
from sentiment.training.export.onnx import export_onnx
from sentiment.training.export.quantization import quantize_onnx
from sentiment.training.export.rounding import quantize_rows

FLOATS = st.floats(-float(np.float32(1e38)), float(np.float32(1e38)), width=32)
MATRICES = st_numpy.arrays(np.float32, st_numpy.array_shapes(min_dims=2, max_dims=3, max_side=6), elements=FLOATS)


def dequantize(quantized: NDArray[np.int8], scales: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    shape = [-1 if place == axis else 1 for place in range(quantized.ndim)]
    product: NDArray[np.float32] = quantized.astype(np.float32) * scales.reshape(shape)
    return product


@given(MATRICES, st.integers(0, 1))
@example(np.zeros((2, 3), dtype=np.float32), 0)
@example(np.array([[1e-45, 0.0], [-1e-38, 1e-39]], dtype=np.float32), 0)
@example(np.array([[1e38, -1e38], [1.0, 1e-30]], dtype=np.float32), 1)
def test_each_weight_is_off_by_half_a_scale_at_most(weights: NDArray[np.float32], axis: int) -> None:
    quantized, scales = quantize_rows(weights, axis)
    assert quantized.dtype == np.int8
    assert quantized.min() >= -127
    assert scales.shape == (weights.shape[axis],)
    assert scales.min() >= np.finfo(np.float32).tiny
    assert np.isfinite(scales).all()
    error = np.moveaxis(np.abs(dequantize(quantized, scales, axis).astype(np.float64) - weights), axis, -1)
    half = scales / 2 * (1 + 1e-4)  # q · s is rounded to float32
    assert (error <= half).all()


@given(MATRICES)
def test_rows_do_not_touch_each_other(weights: NDArray[np.float32]) -> None:
    quantized, scales = quantize_rows(weights, 0)
    for row in range(len(weights)):
        alone, scale = quantize_rows(weights[row : row + 1], 0)
        assert np.array_equal(alone[0], quantized[row])
        assert scale == scales[row]


@given(MATRICES)
def test_signs_and_zeros_stay(weights: NDArray[np.float32]) -> None:
    quantized, scales = quantize_rows(weights, 0)
    opposite, same = quantize_rows(-weights, 0)
    assert np.array_equal(opposite, -quantized)
    assert np.array_equal(same, scales)
    assert not quantized[weights == 0].any()


def realistic_network() -> RecurrentClassifier:
    torch.manual_seed(0)
    config = ModelConfig(embedding_size=64, hidden_size=64, pooling=("mean", "max", "last", "attention"))
    return RecurrentClassifier(config, 8_000, 2).eval()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A graph of 8,000 tokens, as float32 and as int8."""
    folder = tmp_path_factory.mktemp("graphs")
    export_onnx(realistic_network(), folder / "float32.onnx")
    quantize_onnx(realistic_network(), folder / "float32.onnx", folder / "int8.onnx")
    return folder / "float32.onnx", folder / "int8.onnx"


def test_a_graph_takes_about_a_quarter_of_the_bytes(files: tuple[Path, Path]) -> None:
    float32, int8 = files
    assert int8.stat().st_size < 0.28 * float32.stat().st_size


def test_vectors_and_small_matrices_stay_as_they_were(files: tuple[Path, Path]) -> None:
    before, after = (
        {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer} for path in files
    )
    kept = before.keys() & after.keys()
    assert {before[name].shape for name in kept} == {(2,), (128,), (128, 1), (2, 512)}
    for name in kept:
        assert np.array_equal(before[name], after[name])
    assert sum(array.dtype == np.int8 for array in after.values()) == 6


def test_a_table_of_three_classes_has_a_scale_for_each_column(tmp_path: Path) -> None:
    spelling = TokenSpelling(np.arange(1, 101, dtype=np.int16)[:, None], np.array([0] + [1] * 100))
    config = ModelConfig(embedding_size=4, hidden_size=4, character_ngrams=2, ngram_buckets=20_000)
    model = RecurrentClassifier(config, 100, 3, spelling).eval()
    assert model.ngrams is not None
    torch.nn.init.normal_(model.ngrams.weight, generator=torch.Generator().manual_seed(0))
    export_onnx(model, tmp_path / "model.onnx")
    quantize_onnx(model, tmp_path / "model.onnx", tmp_path / "int8.onnx")
    stored = {
        tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(tmp_path / "int8.onnx").graph.initializer
    }
    assert stored["ngrams.weight.int8"].shape == (20_000, 2)
    assert stored["ngrams.weight.scale"].shape == (2,)
    input_ids = np.arange(60, dtype=np.int64).reshape(3, 20)
    float32, int8 = (
        Network((tmp_path / name).read_bytes(), tmp_path / name, 3).logits(input_ids)
        for name in ("model.onnx", "int8.onnx")
    )
    np.testing.assert_allclose(int8, float32, atol=0.05)


def test_an_output_channel_that_is_large_spoils_no_other(tmp_path: Path) -> None:
    model = realistic_network()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 2 and len(parameter) > 1:
                parameter[1] *= 1_000  # torch's rows are the output channels
    paths = [tmp_path / "float32.onnx", tmp_path / "int8.onnx"]
    export_onnx(model, paths[0])
    quantize_onnx(model, *paths)
    before = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(paths[0]).graph.initializer}
    graph = onnx.load(paths[1]).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    errors = []
    for node in (node for node in graph.node if node.op_type == "DequantizeLinear"):
        quantized, scales = (stored[name] for name in node.input)
        name, _, direction = node.output[0].rpartition(".")
        exact = before[node.output[0]] if node.output[0] in before else before[name][int(direction) :][:1]
        errors.append(np.median(np.abs(dequantize(quantized, scales, node.attribute[0].i) - exact)))
    assert len(errors) == 6
    assert max(errors) < 1e-3


def test_nothing_is_dequantized_while_it_answers(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    optimized = tmp_path / "optimized.onnx"

    class RecordingOptions(onnxruntime.SessionOptions):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.optimized_model_filepath = str(optimized)

    monkeypatch.setattr(onnxruntime, "SessionOptions", RecordingOptions)
    Network(files[1].read_bytes(), files[1], 2).prove(vocab_size=8_000)
    operators = {node.op_type for node in onnx.load(optimized).graph.node}
    assert "LSTM" in operators
    assert not operators & {"DequantizeLinear", "MatMulNBits"}


def test_onnxruntime_without_our_options_answers_nearly_alike(files: tuple[Path, Path]) -> None:
    input_ids = np.random.default_rng(0).integers(0, 8_000, (4, 12))
    session = onnxruntime.InferenceSession(files[1], providers=["CPUExecutionProvider"])
    network = Network(files[1].read_bytes(), files[1], 2).prove(vocab_size=8_000)
    np.testing.assert_allclose(
        session.run(["logits"], {"input_ids": input_ids})[0], network.logits(input_ids), atol=1e-3
    )


def test_layers_that_share_one_matrix_share_it_still(
    tmp_path: Path, build_network: Callable[..., RecurrentClassifier]
) -> None:
    model = build_network(cell="rnn_relu", embedding_size=64, hidden_size=64, num_layers=2, bidirectional=False)
    paths = [tmp_path / "float32.onnx", tmp_path / "int8.onnx"]
    export_onnx(model, paths[0])
    quantize_onnx(model, *paths)
    stored = [tensor.data_type for tensor in onnx.load(paths[1]).graph.initializer]
    assert stored.count(onnx.TensorProto.INT8) == 5  # tokens, input to state twice, state to state once, attention
    networks = [Network(path.read_bytes(), path, 3).prove(vocab_size=100) for path in paths]
    first, second = (network.logits(np.array([[1, 2]])) for network in networks)
    np.testing.assert_allclose(first, second, atol=0.02)
