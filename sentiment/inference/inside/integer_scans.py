"""Layers of int8 models: Scans that multiply rounded inputs and states, together, by integers.

`sentiment.training.export.integer_cells` writes them, and has the equations.
"""

import numpy as np
from numpy.typing import NDArray

from sentiment.cells import CELLS, LARGEST_STATE, ZERO_POINT
from sentiment.inference.graph.messages import Graph, Node
from sentiment.inference.inside.constants import Outline, UnreadableGraphError
from sentiment.numpy_network.cells import Array, RoundedCellWeights

_ROWS: dict[str, tuple[str, ...]] = {
    "rnn_tanh": ("state",),
    "lstm": ("input", "output", "forget", "candidate"),
    "gru": ("reset", "update", "candidate", "candidate of state"),
}
"""The gates in the order of their rows. A GRU's candidate has its product with the input apart from that with h."""

POOLS = {"sum": "mean", "max": "max", "h": "last"}
"""By the last part of the name of a Scan's output: what is kept from step to step, and the pooling that it is for."""


def body_of(scan: Node) -> Graph:
    """Return the graph of one step."""
    body = scan.attributes["body"]
    if not isinstance(body, Graph):
        raise UnreadableGraphError(f"{scan} has no body")
    return body


def has_integers(body: Graph) -> bool:
    """Return whether a step multiplies integers."""
    return any(node.operator == "MatMulInteger" for node in body.nodes)


def unrounded(rounded: NDArray[np.generic]) -> Array:
    """Return the numbers, multiples of 1 / 127, that are stored as uint8."""
    numbers: Array = (rounded.astype(np.float32) - np.float32(ZERO_POINT)) / np.float32(LARGEST_STATE)
    return numbers


def weights_of_integers(body: Graph, cell: str) -> RoundedCellWeights:
    """Read the weights of one direction of a layer.

    Args:
        body: Of its Scan.
        cell: Its kind.

    Raises:
        UnreadableGraphError: It is not written as exports do.
    """
    products = [_product_of(Outline(body), node) for node in body.nodes if node.operator == "MatMulInteger"]
    if cell not in _ROWS or len(body.inputs) < 2:
        raise UnreadableGraphError("its layers multiply integers in an unknown way")
    weights, bias = (np.concatenate(parts) for parts in zip(*products, strict=True))
    input_size = (body.inputs[-1].dims or (None, None))[-1] or 0
    names = _ROWS[cell]
    of_gates = zip(np.split(weights, len(names)), np.split(bias, len(names)), strict=True)
    parts = dict(zip(names, of_gates, strict=True))
    rows = [parts[gate] for gate in CELLS[cell].gates]
    input_ = np.concatenate([part[:, :input_size] for part, _ in rows])
    input_bias = np.concatenate([part for _, part in rows])
    hidden = np.concatenate([part[:, input_size:] for part, _ in rows])
    hidden_bias = np.zeros_like(input_bias)
    if apart := parts.get("candidate of state"):
        size = hidden.shape[1]
        hidden[-size:], hidden_bias[-size:] = apart[0][:, input_size:], apart[1]
    return RoundedCellWeights(input_, hidden, input_bias, hidden_bias)


def _product_of(step: Outline, product: Node) -> tuple[Array, Array]:
    """Return what a step computes of [x; h] for some gates: weights, (rows, input_size + hidden_size), and bias."""
    scaled = _reader_of(step, _reader_of(step, product, "Cast"), "Mul")
    added = _reader_of(step, scaled, "Add")
    if (scale := step.producer(scaled.inputs[1])) is not None:
        scales = step.floats(scale.inputs[1])
    else:  # earlier exports store the scales of weights and states as one number
        scales = step.floats(scaled.inputs[1]) * np.float32(LARGEST_STATE)
    return (step.floats(product.inputs[1]) * scales).T, step.floats(added.inputs[1])


def _reader_of(step: Outline, node: Node, operator: str) -> Node:
    """Return the only node that reads the output of another."""
    readers = step.consumers(node.outputs[0])
    if len(readers) != 1 or readers[0].operator != operator:
        raise UnreadableGraphError("its layers multiply integers in an unknown way")
    return readers[0]
