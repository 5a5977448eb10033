"""int8 weights for an ONNX graph: a quarter of the size, the same operators, nearly the same answers."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from sentiment.cells import CELLS

MIN_WEIGHTS = 4_096
"""Smaller matrices, such as an output layer of two or three classes, stay float32: int8 would save less than 12 KB."""

LARGEST_INT8 = 127

MIN_ROW = 16
"""A table of shorter rows has a scale per column: one per row would take more space than int8 saves."""

CHANNEL_AXES = {
    "Gather": {0: 0},
    **{cell.onnx_operator: {1: 1, 2: 1} for cell in CELLS.values() if cell.onnx_operator},
    "MatMul": {1: 1},
    "Gemm": {1: 0},
}
"""Which input of an operator is its matrix, and which axis of the matrix is that of the output channels.

    Gather      (tokens, embedding_size), or (buckets, classes) along the other
    RNN, ...    (directions, gates * hidden_size, input_size), and the same from state to state
    MatMul      (input_size, output_size)
    Gemm        (output_size, input_size), transposed by the operator
"""


def quantize_rows(weights: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round weights to int8 times a scale for each row: symmetric, without a zero point.

    A weight w becomes q · s with q = round(w / s), s = max |w| / 127 over its row, so that |w - q · s| <= s / 2 but for
    the rounding of float32. No scale is 0 or subnormal: a row of zeros, or of numbers that round to them, gets the
    smallest normal number.

    Args:
        weights: of any shape, each below 1e38 in size.
        axis: the axis of the rows, each of which has a scale.

    Returns:
        q, in the shape of `weights`, and s, (rows,).
    """
    others = tuple(other for other in range(weights.ndim) if other != axis)
    exact = weights.astype(np.float64)
    largest = np.abs(exact).max(axis=others, keepdims=True)
    scales = np.maximum(largest / LARGEST_INT8, np.finfo(np.float32).tiny).astype(np.float32)
    return np.rint(exact / scales).astype(np.int8), scales.reshape(-1)


def quantize_onnx(source: Path, target: Path) -> None:
    """Rewrite a graph with its large matrices as int8; biases, small matrices and the arithmetic stay float32.

    `DequantizeLinear` is inserted between a matrix and its operators. `Network` lets onnxruntime fold it when loading
    the graph, so that an answer takes no longer than with float32; other runtimes may compute it each time.

    Args:
        source: a file of `export_onnx`.
        target: the file to write; it may be `source`.
    """
    model = onnx.load(source)
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    first: list[NodeProto] = []
    for name, axis in _matrices(graph):
        matrix = numpy_helper.to_array(weights[name])
        if matrix.size >= MIN_WEIGHTS:
            graph.initializer.remove(weights[name])
            tensors, nodes = _dequantized(name, matrix, axis)
            graph.initializer.extend(tensors)
            first += nodes
    following = list(graph.node)
    del graph.node[:]
    graph.node.extend(first + following)
    onnx.checker.check_model(model)
    target.write_bytes(model.SerializeToString())


def _matrices(graph: GraphProto) -> Iterable[tuple[str, int]]:
    """Return the name and the channel axis of every stored matrix, once even where several operators share it."""
    stored = {tensor.name: tensor.dims for tensor in graph.initializer}
    found: dict[str, int] = {}
    bodies = [attribute.g for node in graph.node for attribute in node.attribute if attribute.HasField("g")]
    for node in chain(graph.node, *(body.node for body in bodies)):
        for place, axis in CHANNEL_AXES.get(node.op_type, {}).items():
            if node.input[place] in stored:
                is_narrow = node.op_type == "Gather" and stored[node.input[place]][-1] < MIN_ROW
                found.setdefault(node.input[place], 1 if is_narrow else axis)
    return found.items()


def _dequantized(name: str, matrix: NDArray[np.float32], axis: int) -> tuple[list[TensorProto], list[NodeProto]]:
    """Return the tensors and nodes that give `matrix` under its old name.

    A scale belongs to an index along one axis. The directions of a recurrent layer share these indices, so each is
    dequantized by itself. Joining them must not take a Reshape: where onnxruntime may fuse quantized graphs, it has
    turned what is reshaped after DequantizeLinear to uint8, and negative weights to 0 (its issue 27845).
    """
    directions = np.split(matrix, len(matrix)) if matrix.ndim == 3 else [matrix]
    outputs = [f"{name}.{number}" for number in range(len(directions))] if len(directions) > 1 else [name]
    tensors: list[TensorProto] = []
    nodes: list[NodeProto] = []
    for part, output in zip(directions, outputs, strict=True):
        quantized, scales = quantize_rows(part, axis)
        tensors += [
            numpy_helper.from_array(quantized, f"{output}.int8"),
            numpy_helper.from_array(scales, f"{output}.scale"),
        ]
        nodes.append(helper.make_node("DequantizeLinear", [f"{output}.int8", f"{output}.scale"], [output], axis=axis))
    if len(outputs) > 1:
        nodes.append(helper.make_node("Concat", outputs, [name], axis=0))
    return tensors, nodes
