"""The recurrent layers of a graph: their cell and weights, whichever operators compute them.

The only place that knows how an export writes a layer. What it cannot read it refuses; `OpenedNetwork` then checks
that the weights give the answers of the graph.
"""

from collections.abc import Callable, Mapping

import numpy as np

from sentiment.cells import CELLS
from sentiment.inference.graph.messages import Node
from sentiment.inference.inside.constants import Outline, UnreadableGraphError
from sentiment.inference.inside.integer_scans import body_of, has_integers, unrounded, weights_of_integers
from sentiment.numpy_network.cells import NUMPY_CELLS, Array, CellWeights
from sentiment.numpy_network.encoder import Encoder

_GATES_IN_ONNX: Mapping[str, tuple[str, ...]] = {
    "RNN": ("state",),
    "LSTM": ("input", "output", "forget", "candidate"),
    "GRU": ("update", "reset", "candidate"),
}


def encoder_of(outline: Outline, scanned_cell: Callable[[], str]) -> tuple[Array, Encoder]:
    """Read what a graph embeds tokens with, and its recurrent layers.

    Args:
        outline: The graph.
        scanned_cell: Returns the name of the cell whose step is the body of a Scan.

    Returns:
        The embeddings, (vocab_size, embedding_size), and the encoder.

    Raises:
        UnreadableGraphError: It has no recurrent layer, or one that is not written as exports do.
    """
    layers: list[tuple[CellWeights, ...]] = []
    cells: list[str] = []
    scans: dict[str, list[Node]] = {}
    lowest = ""
    for node in outline.nodes:
        if node.operator in _GATES_IN_ONNX:
            cells.append(_cell_of(node))
            layers.append(_of_operator(outline, node, cells[-1]))
            lowest = lowest or node.inputs[0]
        elif node.operator == "Scan":
            scans.setdefault(_sequence_of(outline, node), []).append(node)
    for sequence, nodes in scans.items():
        cells.append(scanned_cell())
        layers.append(tuple(_of_scan(outline, node, cells[-1]) for node in nodes))
        lowest = lowest or sequence
    if len(set(cells)) != 1 or cells[0] not in NUMPY_CELLS:
        raise UnreadableGraphError("its recurrent layers are not of one known cell")
    return _embedding_of(outline, lowest), Encoder(cells[0], tuple(layers))


def _sequence_of(outline: Outline, scan: Node) -> str:
    """Return the tensor that a Scan reads, before any product."""
    return scan.inputs[-1] if has_integers(body_of(scan)) else _product_of(outline, scan).inputs[0]


def _embedding_of(outline: Outline, sequence: str) -> Array:
    node = outline.producer(sequence, "Transpose", "Cast", "Identity")
    if node is None or node.operator != "Gather":
        raise UnreadableGraphError("its lowest recurrent layer does not read embeddings")
    embedding = outline.numbers(node.inputs[0])
    return unrounded(embedding) if embedding.dtype == np.uint8 else outline.floats(node.inputs[0])


def _cell_of(node: Node) -> str:
    """Return the cell that an operator computes."""
    activations = node.attributes.get("activations", ("Tanh",))
    activation = activations[0] if node.operator == "RNN" and isinstance(activations, tuple) else None
    for cell in CELLS.values():
        if cell.onnx_operator == node.operator and cell.onnx_activation in (None, activation):
            if node.operator == "GRU" and node.attributes.get("linear_before_reset") != 1:
                break
            return cell.name
    raise UnreadableGraphError(f"{node} computes no known cell")


def _of_operator(outline: Outline, node: Node, cell: str) -> tuple[CellWeights, ...]:
    """Read RNN, LSTM or GRU: one node for all directions, with weights (directions, gates * hidden_size, ...)."""
    order = [_GATES_IN_ONNX[node.operator].index(gate) for gate in CELLS[cell].gates]
    inputs, hidden = outline.floats(node.inputs[1]), outline.floats(node.inputs[2])
    if len(node.inputs) > 3 and node.inputs[3]:
        biases = outline.floats(node.inputs[3])
    else:
        biases = np.zeros((len(inputs), 2 * inputs.shape[1]), np.float32)

    def ordered(rows: Array) -> Array:
        gates = np.split(rows, len(order))
        return np.concatenate([gates[place] for place in order])

    return tuple(
        CellWeights(ordered(of_input), ordered(of_hidden), *map(ordered, np.split(bias, 2)))
        for of_input, of_hidden, bias in zip(inputs, hidden, biases, strict=True)
    )


def _of_scan(outline: Outline, node: Node, cell: str) -> CellWeights:
    """Read a Scan; one node a direction.

    It reads integers, or W_x x_t + b_x: then its body has W_h and b_h from outside.
    """
    if has_integers(body := body_of(node)):
        return weights_of_integers(body, cell)
    product = _product_of(outline, node)
    bias = next(name for name in _sum_of(outline, node).inputs if name not in product.outputs)
    step = next((each for each in body.nodes if each.operator == "Gemm"), None)
    if step is None:
        raise UnreadableGraphError(f"{node} has no product with W_h")
    return CellWeights(
        outline.floats(product.inputs[1]).T,
        outline.floats(step.inputs[1]),
        outline.floats(bias),
        outline.floats(step.inputs[2]),
    )


def _sum_of(outline: Outline, scan: Node) -> Node:
    """Return the Add of W_x x_t + b_x."""
    node = outline.producer(scan.inputs[-1], "Transpose", "Cast")
    if node is None or node.operator != "Add":
        raise UnreadableGraphError(f"{scan} does not read W_x x_t + b_x")
    return node


def _product_of(outline: Outline, scan: Node) -> Node:
    """Return the MatMul of W_x x_t + b_x."""
    products = [outline.producer(name) for name in _sum_of(outline, scan).inputs]
    for node in products:
        if node is not None and node.operator == "MatMul":
            return node
    raise UnreadableGraphError(f"{scan} does not read W_x x_t + b_x")
