"""The encoder of an int8 model: from `input_ids` to one vector per text, with integer products.

Tokens are embedded as uint8, layers hand on their rounded states, and the pools of the top layer are kept from step to
step, so that its states are stored for attention only.
"""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from onnx import GraphProto, TensorProto, numpy_helper
from torch import Tensor

from sentiment.cells import LARGEST_STATE, ZERO_POINT
from sentiment.nn import RecurrentClassifier, RecurrentLayer
from sentiment.nn.pooling import Pooling
from sentiment.training.export.graph_part import GraphPart
from sentiment.training.export.integer_cells import (
    INTEGER_CELLS,
    Float32,
    Weights,
    scan_body,
)
from sentiment.training.export.rounding import quantize_rows

_KEPT = {"last": "h", "mean": "sum", "max": "max"}
"""The state of a Scan that a pool needs; attention needs every h instead."""

_STARTS = {"rounded": np.uint8(ZERO_POINT), "max": np.float32(-1)}
"""States that do not start at 0; no h is below -1."""


_PARAMETERS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
"""Of a layer, in the order of `Weights`."""


MIN_HIDDEN_SIZE = 192
"""In narrower layers, the small operators of a step take longer than its product: a single text would take longer."""


def gains_from_integers(model: RecurrentClassifier) -> bool:
    """Return whether integer products make a network faster, for a single text as for many."""
    layers = [cast(RecurrentLayer, layer) for layer in model.encoder.layers]
    return all(layer.cell in INTEGER_CELLS and layer.hidden_size >= MIN_HIDDEN_SIZE for layer in layers)


def use_integer_encoder(graph: GraphProto, model: RecurrentClassifier) -> None:
    """Replace the encoder of an exported classifier by one with integer products.

    Args:
        graph: of a file of `export_onnx`.
        model: the network that was exported, of cells in `INTEGER_CELLS`.
    """
    layers = [cast(RecurrentLayer, layer) for layer in model.encoder.layers]
    encoder = _Encoder(layers[0].hidden_size)
    pooled = encoder.encode(_array(model.embedding.weight), layers, model.pooling)
    (output,) = (node for node in graph.node if "output.weight" in node.input)
    output.input[0] = pooled
    nodes = [*encoder.part.nodes, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(encoder.part.tensors)
    _remove_unused(graph)


class _Encoder:
    """The nodes and tensors of an encoder.

    Attributes:
        part: what `encode` has added.
    """

    def __init__(self, hidden_size: int) -> None:
        self.part = GraphPart("encoder.")
        self._sizes = self.part.add("Shape", ["input_ids"], "sizes")
        batch = self.part.add("Gather", [self._sizes, self.part.store("batch.place", [0])], "batch")
        self._shape = self.part.add("Concat", [batch, self.part.store("width", [hidden_size])], "shape", axis=0)
        # It is computed because onnxruntime would fold a constant, and would then not join product and scale.
        unit = numpy_helper.from_array(np.array([1 / LARGEST_STATE], dtype=np.float32))
        units = self.part.add("ConstantOfShape", [batch], "units", value=unit)
        self._unit = self.part.add("Gather", [units, self.part.store("first", np.int64(0))], "unit")

    def encode(self, embedding: Float32, layers: Sequence[RecurrentLayer], pooling: Pooling) -> str:
        """Return the name of the pooled states, (batch, pooling.output_size)."""
        rounded, scales = self._embed(embedding)
        for depth, layer in enumerate(layers[:-1]):
            directions = self._read(layer, f"layers.{depth}", rounded, scales, (), ("rounded",))
            rounded = self._beside(directions, "every.rounded", f"layers.{depth}.rounded", axis=2)
            scales = np.ones(len(directions) * layer.hidden_size, dtype=np.float32)
        carried = [_KEPT[kind] for kind in pooling.kinds if kind in _KEPT]
        collected = ("h",) if "attention" in pooling.kinds else ()
        directions = self._read(layers[-1], f"layers.{len(layers) - 1}", rounded, scales, carried, collected)
        pools = [self._pool(kind, directions, pooling) for kind in pooling.kinds]
        return self.part.add("Concat", pools, "pooled", axis=1)

    def _embed(self, embedding: Float32) -> tuple[str, Float32]:
        """Add the embedding of tokens, (time, batch, features), uint8, and return the scales of features."""
        integers, scales = quantize_rows(embedding, 1)
        table = self.part.store("embedding.uint8", (integers.astype(np.int16) + ZERO_POINT).astype(np.uint8))
        by_time = self.part.add("Transpose", ["input_ids"], "by_time", perm=[1, 0])
        return self.part.add("Gather", [table, by_time], "embedded"), scales * np.float32(LARGEST_STATE)

    def _read(
        self,
        layer: RecurrentLayer,
        name: str,
        rounded: str,
        scales: Float32,
        carried: Sequence[str],
        collected: Sequence[str],
    ) -> list[dict[str, str]]:
        """Add a Scan for each direction, and return its outputs: the last states, and all of those to collect."""
        states = tuple(dict.fromkeys(("rounded", *INTEGER_CELLS[layer.cell].own_states, *carried)))
        starts = [self._start(f"{name}.start.{state}", _STARTS.get(state, np.float32(0))) for state in states]
        outputs = (*states, *(f"every.{each}" for each in collected))
        directions = []
        for number, suffix in enumerate(layer.directions):
            weights = Weights(*(_array(getattr(layer, each + suffix)) for each in _PARAMETERS))
            weights = weights._replace(input=weights.input * scales)
            scan = self.part.add_many(
                "Scan",
                [*starts, rounded],
                [f"{name}.{number}.{output}" for output in outputs],
                body=scan_body(
                    layer.cell, weights, f"{self.part.prefix}{name}.{number}.step.", self._unit, states, collected
                ),
                num_scan_inputs=1,
                scan_input_directions=[number],
                **({"scan_output_directions": [number] * len(collected)} if collected else {}),
            )
            directions.append(dict(zip(outputs, scan, strict=True)))
        return directions

    def _start(self, name: str, value: Any) -> str:
        filled = numpy_helper.from_array(np.array([value]))
        return self.part.add("ConstantOfShape", [self._shape], name, value=filled)

    def _pool(self, kind: str, directions: list[dict[str, str]], pooling: Pooling) -> str:
        if kind == "attention":
            return self._attend(self._beside(directions, "every.h", "states", axis=2), pooling)
        pooled = self._beside(directions, _KEPT[kind], f"pooled.{kind}", axis=1)
        if kind != "mean":
            return pooled
        time = self.part.add("Gather", [self._sizes, self.part.store("time.place", [1])], "time")
        return self.part.add("Div", [pooled, self.part.add("Cast", [time], "steps", to=TensorProto.FLOAT)], "mean")

    def _attend(self, states: str, pooling: Pooling) -> str:
        """Add the weighted mean of states, (time, batch, state_size); `AttentionPooling` has the equations."""
        attention = pooling.attention
        projection, bias, query = (
            _array(each) for each in (attention.projection.weight, attention.projection.bias, attention.query.weight)
        )
        projected = self.part.add("MatMul", [states, self.part.store("projection", projection.T)], "projected")
        shifted = self.part.add("Add", [projected, self.part.store("bias", bias)], "shifted")
        content = self.part.add("Tanh", [shifted], "content")
        scores = self.part.add("MatMul", [content, self.part.store("query", query.T)], "scores")
        weighted = self.part.add("Mul", [self.part.add("Softmax", [scores], "weights", axis=0), states], "weighted")
        return self.part.add("ReduceSum", [weighted, self.part.store("time.axis", [0])], "attended", keepdims=0)

    def _beside(self, directions: list[dict[str, str]], output: str, name: str, axis: int) -> str:
        return self.part.add("Concat", [direction[output] for direction in directions], name, axis=axis)


def _array(parameter: Tensor) -> Float32:
    array: Float32 = parameter.detach().numpy()
    return array


def _remove_unused(graph: GraphProto) -> None:
    """Remove nodes and tensors that nothing reads."""
    used = {value.name for value in graph.output}
    for node in reversed(list(graph.node)):
        if used.isdisjoint(node.output):
            graph.node.remove(node)
        else:
            used.update(node.input)
            used.update(name for each in node.attribute for inner in each.g.node for name in inner.input)
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)
