"""Cells with integer products: one step of each, as the body of ONNX's Scan.

`sentiment.nn.cells` has the equations. A state h lies in [-1, 1], so it can be rounded with a fixed scale; with one
taken from the batch, neighbours would change an answer. A step rounds h and multiplies it together with the layer's
input x, which is rounded too and whose scales are part of W_x:

    W_x x + W_h h  ≈  s ⊙ (Q [x; q]),   q = round(127 h),   Q = round([W_x, W_h] / r),   s = r / 127,

with r = max |[W_x, W_h]| / 64 of each row. The gates are computed in float32.

Sums of integers are exact, so every processor gives the same answer. Those without VNNI add products in pairs, as
int16: 2 · 255 · 64 fits, 2 · 255 · 127 does not. That is why these weights have 7 bits and not 8.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, TensorProto, ValueInfoProto, helper

from sentiment.cells import CELLS, LARGEST_STATE, ZERO_POINT
from sentiment.training.export.graph_part import GraphPart
from sentiment.training.export.rounding import quantize_rows

LARGEST_WEIGHT = 64

Float32 = NDArray[np.float32]


class Weights(NamedTuple):
    """Weights of a gate, or of all gates of a direction below each other.

    Attributes:
        input: W_x, (rows, input_size), for inputs of the scale of states.
        hidden: W_h, (rows, hidden_size).
        input_bias: b_x, (rows,).
        hidden_bias: b_h, (rows,).
    """

    input: Float32
    hidden: Float32
    input_bias: Float32
    hidden_bias: Float32


class Product(NamedTuple):
    """What a step computes of [x; h]: weights, (rows, input_size + hidden_size), and bias, (rows,)."""

    weights: Float32
    bias: Float32


class IntegerCell(NamedTuple):
    """A cell with states in [-1, 1].

    Attributes:
        own_states: the states that a step needs besides the rounded h.
        arrange: from the weights of each gate to the product of a step.
        step: adds the nodes from the product and the states of the last step to h and the own states of this one.
    """

    own_states: tuple[str, ...]
    arrange: Callable[[Mapping[str, Weights]], Product]
    step: Callable[[GraphPart, str, Mapping[str, str], int], dict[str, str]]


def scan_body(cell: str, weights: Weights, prefix: str, carried: Sequence[str], collected: Sequence[str]) -> GraphProto:
    """Return the graph of one step, which reads the states and a rounded input.

    Args:
        cell: its name, one of `INTEGER_CELLS`.
        weights: of all gates, in the order of `Cell.gates`.
        prefix: of all names.
        carried: the states, in the order of inputs and outputs: `rounded`, (batch, hidden_size), uint8; `h` and `c`;
            `sum` and `max` of h so far.
        collected: what is returned for every step, after the states: `rounded` or `h`.
    """
    rule, gates = INTEGER_CELLS[cell], CELLS[cell].gates
    hidden_size, input_size = weights.hidden.shape[1], weights.input.shape[1]
    of_gates = zip(*(np.split(each, len(gates)) for each in weights), strict=True)
    product = rule.arrange(dict(zip(gates, (Weights(*each) for each in of_gates), strict=True)))
    body = GraphPart(prefix)
    last = {name: prefix + name for name in carried}
    following = rule.step(body, _add_product(body, product, last["rounded"]), last, hidden_size)
    scale = body.store("state.scale", np.float32(1 / LARGEST_STATE))
    zero = body.store("state.zero", np.uint8(ZERO_POINT))
    following["rounded"] = body.add("QuantizeLinear", [following["h"], scale, zero], "next.rounded")
    if "sum" in last:
        following["sum"] = body.add("Add", [last["sum"], following["h"]], "next.sum")
    if "max" in last:
        following["max"] = body.add("Max", [last["max"], following["h"]], "next.max")
    # The carried states and the collected outputs need separate names, or onnxruntime computes wrong results.
    every = [body.add("Identity", [following[name]], f"every.{name}") for name in collected]

    def declared(full_name: str, name: str, size: int = hidden_size) -> ValueInfoProto:
        kind = TensorProto.UINT8 if name in {"rounded", "input"} else TensorProto.FLOAT
        return helper.make_tensor_value_info(full_name, kind, ["batch", size])

    inputs = [*(declared(last[name], name) for name in carried), declared(f"{prefix}input", "input", input_size)]
    outputs = [declared(following[name], name) for name in carried]
    outputs += [declared(full_name, name) for full_name, name in zip(every, collected, strict=True)]
    return helper.make_graph(body.nodes, f"{prefix}body", inputs, outputs, body.tensors)


def _add_product(body: GraphPart, product: Product, rounded: str) -> str:
    integers, scales = quantize_rows(product.weights, 0, LARGEST_WEIGHT)
    joined = body.add("Concat", [f"{body.prefix}input", rounded], "joined", axis=1)
    operands = [joined, body.store("weight.int8", integers.T), body.store("input.zero", np.uint8(ZERO_POINT))]
    summed = body.add("Cast", [body.add("MatMulInteger", operands, "summed.int32")], "summed", to=TensorProto.FLOAT)
    scaled = body.add("Mul", [summed, body.store("weight.scale", scales / np.float32(LARGEST_STATE))], "scaled")
    return body.add("Add", [scaled, body.store("bias", product.bias)], "product")


def _joined(gates: Mapping[str, Weights], *names: str) -> Product:
    """Return the product that adds what x and h give to each gate, in this order."""
    weights = [np.hstack([gates[name].input, gates[name].hidden]) for name in names]
    biases = [gates[name].input_bias + gates[name].hidden_bias for name in names]
    return Product(np.vstack(weights), np.concatenate(biases))


def _rnn(body: GraphPart, product: str, *_: Any) -> dict[str, str]:
    return {"h": body.add("Tanh", [product], "next.h")}


def _lstm(body: GraphPart, product: str, states: Mapping[str, str], hidden_size: int) -> dict[str, str]:
    gates, candidate = body.split(product, [3 * hidden_size, hidden_size], ["gates.product", "candidate.product"])
    opened = body.add("Sigmoid", [gates], "gates")
    add, give, keep = body.split(opened, [hidden_size] * 3, ["input_gate", "output_gate", "forget_gate"])
    kept = body.add("Mul", [keep, states["c"]], "kept")
    added = body.add("Mul", [add, body.add("Tanh", [candidate], "candidate")], "added")
    c = body.add("Add", [kept, added], "next.c")
    return {"c": c, "h": body.add("Mul", [give, body.add("Tanh", [c], "tanh.c")], "next.h")}


def _arrange_gru(gates: Mapping[str, Weights]) -> Product:
    """Keep what x and h give to the candidate apart: the reset gate only applies to the second."""
    both, (input_, hidden, input_bias, hidden_bias) = _joined(gates, "reset", "update"), gates["candidate"]
    from_input = np.hstack([input_, np.zeros_like(hidden)])
    from_hidden = np.hstack([np.zeros_like(input_), hidden])
    return Product(
        np.vstack([both.weights, from_input, from_hidden]), np.concatenate([both.bias, input_bias, hidden_bias])
    )


def _gru(body: GraphPart, product: str, states: Mapping[str, str], hidden_size: int) -> dict[str, str]:
    sizes = [2 * hidden_size, hidden_size, hidden_size]
    gates, from_input, from_hidden = body.split(product, sizes, ["gates.product", "new.input", "new.hidden"])
    reset, update = body.split(body.add("Sigmoid", [gates], "gates"), [hidden_size] * 2, ["reset", "update"])
    new_product = body.add("Add", [from_input, body.add("Mul", [reset, from_hidden], "new.reset")], "new.product")
    new = body.add("Tanh", [new_product], "new")
    kept = body.add("Mul", [update, body.add("Sub", [states["h"], new], "difference")], "kept")
    return {"h": body.add("Add", [new, kept], "next.h")}


INTEGER_CELLS: Mapping[str, IntegerCell] = {
    "rnn_tanh": IntegerCell((), lambda gates: _joined(gates, "state"), _rnn),
    "lstm": IntegerCell(("c",), lambda gates: _joined(gates, "input", "output", "forget", "candidate"), _lstm),
    "gru": IntegerCell(("h",), _arrange_gru, _gru),
}
"""A ReLU's states have no bound, so its products stay float32."""
