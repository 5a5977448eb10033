"""A graph of the tiny model with more in it, and a recurrent network written out as a Scan."""

from collections.abc import Callable

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

BuildGraph = Callable[..., bytes]
EMBEDDING_SIZE, HIDDEN_SIZE = 4, 3
VOCAB_SIZE = 200


@pytest.fixture
def extended(build_graph: BuildGraph) -> Callable[..., bytes]:
    """The function that puts nodes, and tensors by name, at the end of the tiny graph: `extended(*nodes, W=...)`."""

    def extend(*nodes: NodeProto, **tensors: NDArray[np.generic]) -> bytes:
        model = onnx.load_from_string(build_graph(VOCAB_SIZE))
        model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in tensors.items())
        model.graph.node.extend(nodes)
        content: bytes = model.SerializeToString()
        return content

    return extend


@pytest.fixture(scope="session")
def scan_model() -> onnx.ModelProto:
    """An LSTM of int8 weights with a fixed scale for its state, as a Scan over standard operators."""
    rng = np.random.default_rng(0)
    tensors = {
        "embedding": rng.normal(size=(VOCAB_SIZE, EMBEDDING_SIZE)).astype(np.float32),
        "W": rng.normal(size=(EMBEDDING_SIZE, 4 * HIDDEN_SIZE)).astype(np.float32),
        "R": rng.integers(-60, 60, (HIDDEN_SIZE, 4 * HIDDEN_SIZE)).astype(np.int8),
        "h_scale": np.float32(1 / 127),
        "h_zero": np.uint8(128),
        "r_scale": np.full(4 * HIDDEN_SIZE, 0.001, np.float32),
        "gates": np.array([HIDDEN_SIZE] * 4),
        "first": np.array([0]),
        "width": np.array([HIDDEN_SIZE]),
        "classes": rng.normal(size=(HIDDEN_SIZE, 2)).astype(np.float32),
    }
    step = helper.make_graph(
        [
            helper.make_node("QuantizeLinear", ["h", "h_scale", "h_zero"], ["h_int8"]),
            helper.make_node("MatMulInteger", ["h_int8", "R", "h_zero"], ["r_int32"]),
            helper.make_node("Cast", ["r_int32"], ["r_float"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["r_float", "r_scale"], ["r"]),
            helper.make_node("Add", ["x", "r"], ["before"]),
            helper.make_node("Split", ["before", "gates"], ["i", "f", "o", "g"], axis=1),
            *[helper.make_node("Sigmoid", [gate], [f"{gate}_open"]) for gate in "ifo"],
            helper.make_node("Tanh", ["g"], ["new"]),
            helper.make_node("Mul", ["f_open", "c"], ["kept"]),
            helper.make_node("Mul", ["i_open", "new"], ["added"]),
            helper.make_node("Add", ["kept", "added"], ["next_c"]),
            helper.make_node("Tanh", ["next_c"], ["shown"]),
            helper.make_node("Mul", ["o_open", "shown"], ["next_h"]),
            helper.make_node("Max", ["highest", "next_h"], ["next_highest"]),
        ],
        "step",
        [_floats(name, "batch", HIDDEN_SIZE) for name in ("h", "c", "highest")]
        + [_floats("x", "batch", 4 * HIDDEN_SIZE)],
        [_floats(name, "batch", HIDDEN_SIZE) for name in ("next_h", "next_c", "next_highest")],
    )
    zero = numpy_helper.from_array(np.zeros(1, np.float32))
    nodes = [
        helper.make_node("Gather", ["embedding", "input_ids"], ["embedded"]),
        helper.make_node("Transpose", ["embedded"], ["by_time"], perm=[1, 0, 2]),
        helper.make_node("MatMul", ["by_time", "W"], ["xs"]),
        helper.make_node("Shape", ["input_ids"], ["shape"]),
        helper.make_node("Gather", ["shape", "first"], ["batch_size"]),
        helper.make_node("Concat", ["batch_size", "width"], ["start_shape"], axis=0),
        helper.make_node("ConstantOfShape", ["start_shape"], ["start"], value=zero),
        helper.make_node("Scan", ["start", "start", "start", "xs"], ["H", "C", "top"], num_scan_inputs=1, body=step),
        helper.make_node("MatMul", ["top", "classes"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "scan",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "time"])],
        [_floats("logits", "batch", 2)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def _floats(name: str, *dims: str | int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)
