"""Tensors from the middle of a graph, by what they need of it alone."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from sentiment.inference.inside.outputs import OutputsSession, part_of

INPUT_IDS = np.array([[3, 1, 2], [0, 0, 5]])


@pytest.fixture(scope="module")
def graph() -> bytes:
    """A Scan whose body reads a tensor from outside, and another branch beside it."""
    rng = np.random.default_rng(0)
    body = helper.make_graph(
        [
            helper.make_node("Add", ["x", "bias"], ["shifted"]),
            helper.make_node("Add", ["shifted", "h"], ["h_next"]),
            helper.make_node("Identity", ["h_next"], ["state"]),
        ],
        "body",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("h", "x")],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("h_next", "state")],
    )
    nodes = [
        helper.make_node("Gather", ["embedding", "input_ids"], ["embedded"]),
        helper.make_node("Transpose", ["embedded"], ["by_time"], perm=[1, 0, 2]),
        helper.make_node("Neg", ["stored_bias"], ["bias"]),
        helper.make_node("ReduceMax", ["by_time"], ["start"], axes=[0], keepdims=0),
        helper.make_node("Scan", ["start", "by_time"], ["last", "states"], body=body, num_scan_inputs=1),
        helper.make_node("Gather", ["table", "input_ids"], ["looked_up"]),
        helper.make_node("ReduceSum", ["looked_up", "axes"], ["summed"], keepdims=0),
        helper.make_node("Add", ["last", "summed"], ["logits"]),
    ]
    numbers = {"embedding": (6, 4), "table": (6, 4), "stored_bias": (4,)}
    tensors = [
        onnx.numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), name) for name, shape in numbers.items()
    ]
    tensors.append(onnx.numpy_helper.from_array(np.array([1]), "axes"))
    whole = helper.make_graph(
        nodes,
        "whole",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "time"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 4])],
        tensors,
    )
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


@pytest.mark.parametrize(
    ("name", "nodes", "stored"),
    [
        ("looked_up", ["Gather"], {"table"}),
        ("states", ["Gather", "Transpose", "Neg", "ReduceMax", "Scan"], {"embedding", "stored_bias"}),
    ],
)
def test_what_a_tensor_does_not_need_is_left_out(graph: bytes, name: str, nodes: list[str], stored: set[str]) -> None:
    part = onnx.load_from_string(part_of(graph, [name]))
    assert [node.op_type for node in part.graph.node] == nodes
    assert {tensor.name for tensor in part.graph.initializer} == stored
    assert [output.name for output in part.graph.output] == [name]


def test_its_numbers_are_those_of_the_whole(graph: bytes) -> None:
    names = ["summed", "last", "logits"]
    summed, last, logits = OutputsSession(graph, names).run(INPUT_IDS)
    (whole,) = onnxruntime.InferenceSession(graph).run(None, {"input_ids": INPUT_IDS})
    np.testing.assert_array_equal(logits, whole)
    np.testing.assert_array_equal(logits, last + summed)
    np.testing.assert_array_equal(OutputsSession(graph, names[:1]).run(INPUT_IDS)[0], summed)
