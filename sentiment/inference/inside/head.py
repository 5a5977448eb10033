"""What a graph does with the states of its top layer: pooling, output layer, and what is added to its logits."""

from dataclasses import dataclass

import numpy as np

from sentiment.inference.ends import OUTPUT
from sentiment.inference.graph.messages import Node
from sentiment.inference.inside.constants import Outline, UnreadableGraphError
from sentiment.inference.inside.integer_scans import POOLS
from sentiment.numpy_network.cells import Array
from sentiment.numpy_network.pooling import Attention, Pooling

NGRAM_WEIGHTS = "ngrams.weight"
"""Name of the tensor of all n-grams' weights."""

_POOLS = {"ReduceMean": "mean", "ReduceMax": "max", "Flatten": "last", "ReduceSum": "attention"}
"""The operator that ends each pooling."""


@dataclass(frozen=True)
class Head:
    """From pooled states to the logits of the network, before n-grams are added.

    Attributes:
        pooling: Of the states.
        weight: (classes, pooled).
        bias: (classes,).
        divisor: What the graph divides the sum of all logits by.
        name: Of the tensor of the network's logits.
    """

    pooling: Pooling
    weight: Array
    bias: Array
    divisor: float
    name: str

    def logits(self, pooled: Array) -> Array:
        """Return the logits, (..., classes), of pooled states, (..., pooled)."""
        logits: Array = pooled @ self.weight.T + self.bias
        return logits


def head_of(outline: Outline) -> Head:
    """Read the end of a graph.

    Raises:
        UnreadableGraphError: It has no single output layer, or another pooling than exports have.
    """
    layers = [node for node in outline.nodes if node.operator == "Gemm"]
    if len(layers) != 1 or layers[0].attributes.get("transB") != 1:
        raise UnreadableGraphError("it has no output layer like an export's")
    (layer,) = layers
    pooled, weight, bias = layer.inputs
    divisor = _divisor(outline, layer.outputs[0])
    return Head(_pooling_of(outline, pooled), outline.floats(weight), outline.floats(bias), divisor, layer.outputs[0])


def ngram_lookups(outline: Outline) -> tuple[str, ...]:
    """Return the tensors of the weights of n-grams, (batch, n-grams, columns): one for each kind; none without any."""
    return tuple(
        node.outputs[0] for node in outline.nodes if node.operator == "Gather" and node.inputs[0] == NGRAM_WEIGHTS
    )


def _pooling_of(outline: Outline, pooled: str) -> Pooling:
    joined = outline.producer(pooled)
    parts = joined.inputs if joined is not None and joined.operator == "Concat" else (pooled,)
    ends = [outline.producer(part) for part in parts]
    kinds = tuple(_pool_of(outline, end) for end in ends)
    return Pooling(kinds, _attention_of(outline) if "attention" in kinds else None)


def _pool_of(outline: Outline, end: Node | None) -> str:
    """Return the pooling whose last operator this is; that of an int8 model joins what the Scans of a layer kept."""
    if end is not None and end.operator in _POOLS:
        return _POOLS[end.operator]
    kept = outline.producer(end.inputs[0]) if end is not None and end.operator == "Div" else end
    if kept is not None and kept.operator == "Concat" and (pool := POOLS.get(kept.inputs[0].rpartition(".")[2])):
        return pool
    raise UnreadableGraphError("it has a pooling unlike those of exports")


def _attention_of(outline: Outline) -> Attention:
    """Read softmax(tanh(W h_t + b) · q)."""
    for node in outline.nodes:
        if node.operator != "Softmax":
            continue
        query = outline.producer(node.inputs[0], "Squeeze")
        added = query and outline.producer(query.inputs[0], "Tanh")
        product = added and next(filter(None, map(outline.producer, added.inputs)), None)
        if query and added and product:
            bias = next(name for name in added.inputs if name not in product.outputs)
            projection = outline.floats(product.inputs[1]).T
            return Attention(projection, outline.floats(bias), outline.floats(query.inputs[1])[:, 0])
    raise UnreadableGraphError("it has an attention unlike that of exports")


def _divisor(outline: Outline, name: str) -> float:
    """Follow the logits of the network to those of the graph, through the addition of n-grams and a division."""
    divisor = 1.0
    while name != OUTPUT:
        match outline.consumers(name):
            case [Node(operator="Add" | "Identity", outputs=(following,))]:
                name = following
            case [Node(operator="Div", inputs=(_, by), outputs=(following,))]:
                divisor *= float(np.asarray(outline.floats(by)).item())
                name = following
            case _:
                raise UnreadableGraphError("it does more to the logits of its network than exports do")
    return divisor
