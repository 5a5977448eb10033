"""int8 weights for an ONNX graph: a quarter of the size, the same operators, nearly the same answers."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from sentiment.cells import CELLS
from sentiment.nn import RecurrentClassifier
from sentiment.training.export.integer_encoder import gains_from_integers, use_integer_encoder
from sentiment.training.export.rounding import quantize_rows

MIN_WEIGHTS = 4_096
"""Smaller matrices, such as an output layer of two or three classes, stay float32: int8 would save less than 12 KB."""

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


def quantize_onnx(model: RecurrentClassifier, source: Path, target: Path) -> None:
    """Rewrite a graph with its large matrices as int8; biases and small matrices stay float32.

    The encoder computes with integers where that is faster. Elsewhere the arithmetic stays float32: `DequantizeLinear`
    is inserted between a matrix and its operators. `Network` lets onnxruntime fold it when loading the graph, so that
    an answer takes no longer than with float32; other runtimes may compute it each time.

    Args:
        model: the network that was exported.
        source: a file of `export_onnx`.
        target: the file to write; it may be `source`.
    """
    file = onnx.load(source)
    graph = file.graph
    if gains_from_integers(model):
        use_integer_encoder(graph, model)
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
    onnx.checker.check_model(file)
    target.write_bytes(file.SerializeToString())


def _matrices(graph: GraphProto) -> Iterable[tuple[str, int]]:
    """Return the name and the channel axis of every stored matrix, once even where several operators share it."""
    stored = {tensor.name: tensor.dims for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT}
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
