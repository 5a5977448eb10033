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
    """What a step computes of [x; h]: weights, (hidden_size, input_size + hidden_size), and bias, (hidden_size,)."""

    weights: Float32
    bias: Float32


class IntegerCell(NamedTuple):
    """A cell with states in [-1, 1].

    Attributes:
        own_states: the states that a step needs besides the rounded h.
        arrange: from the weights of each gate to the products of a step.
        step: adds the nodes from the products and the states of the last step to h and the own states of this one.
    """

    own_states: tuple[str, ...]
    arrange: Callable[[Mapping[str, Weights]], dict[str, Product]]
    step: Callable[[GraphPart, Mapping[str, str], Mapping[str, str]], dict[str, str]]


def scan_body(
    cell: str, weights: Weights, prefix: str, unit: str, carried: Sequence[str], collected: Sequence[str]
) -> GraphProto:
    """Return the graph of one step, which reads the states and a rounded input.

    Args:
        cell: its name, one of `INTEGER_CELLS`.
        weights: of all gates, in the order of `Cell.gates`.
        prefix: of all names.
        unit: the tensor outside that holds 1 / 127, what a rounded state counts in.
        carried: the states, in the order of inputs and outputs: `rounded`, (batch, hidden_size), uint8; `h` and `c`;
            `sum` and `max` of h so far.
        collected: what is returned for every step, after the states: `rounded` or `h`.
    """
    rule, gates = INTEGER_CELLS[cell], CELLS[cell].gates
    hidden_size, input_size = weights.hidden.shape[1], weights.input.shape[1]
    of_gates = zip(*(np.split(each, len(gates)) for each in weights), strict=True)
    products = rule.arrange(dict(zip(gates, (Weights(*each) for each in of_gates), strict=True)))
    body = GraphPart(prefix)
    last = {name: prefix + name for name in carried}
    zero = body.store("rounded.zero", np.uint8(ZERO_POINT))
    joined = body.add("Concat", [f"{prefix}input", last["rounded"]], "joined", axis=1)
    sums = {name: _add_product(body, name, product, joined, zero, unit) for name, product in products.items()}
    following = rule.step(body, sums, last)
    scale = body.store("rounded.scale", np.float32(1 / LARGEST_STATE))
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


def _add_product(body: GraphPart, name: str, product: Product, joined: str, zero: str, unit: str) -> str:
    """Add W [x; h] + b of one gate.

    One product per gate spares the copies that cutting a common one into gates would take. Where `unit` is no constant,
    onnxruntime computes the integers, their scale and the bias at once, as MatMulIntegerToFloat.
    """
    integers, scales = quantize_rows(product.weights, 0, LARGEST_WEIGHT)
    summed = body.add("MatMulInteger", [joined, body.store(f"{name}.weight", integers.T), zero], f"{name}.int32")
    scale = body.add("Mul", [unit, body.store(f"{name}.scale", scales)], f"{name}.unit")
    scaled = body.add("Mul", [body.add("Cast", [summed], f"{name}.sum", to=TensorProto.FLOAT), scale], f"{name}.scaled")
    return body.add("Add", [scaled, body.store(f"{name}.bias", product.bias)], f"{name}.product")


def _joined(gates: Mapping[str, Weights], *names: str) -> dict[str, Product]:
    """Return the products that add what x and h give to each gate."""
    return {
        name: Product(np.hstack([gate.input, gate.hidden]), gate.input_bias + gate.hidden_bias)
        for name, gate in ((name, gates[name]) for name in names)
    }


def _rnn(body: GraphPart, sums: Mapping[str, str], _: Any) -> dict[str, str]:
    return {"h": body.add("Tanh", [sums["state"]], "next.h")}


def _lstm(body: GraphPart, sums: Mapping[str, str], states: Mapping[str, str]) -> dict[str, str]:
    add, give, keep = (body.add("Sigmoid", [sums[gate]], f"{gate}.gate") for gate in ("input", "output", "forget"))
    kept = body.add("Mul", [keep, states["c"]], "kept")
    added = body.add("Mul", [add, body.add("Tanh", [sums["candidate"]], "candidate")], "added")
    c = body.add("Add", [kept, added], "next.c")
    return {"c": c, "h": body.add("Mul", [give, body.add("Tanh", [c], "tanh.c")], "next.h")}


def _arrange_gru(gates: Mapping[str, Weights]) -> dict[str, Product]:
    """Keep what x and h give to the candidate apart: the reset gate only applies to the second."""
    input_, hidden, input_bias, hidden_bias = gates["candidate"]
    return _joined(gates, "reset", "update") | {
        "candidate.input": Product(np.hstack([input_, np.zeros_like(hidden)]), input_bias),
        "candidate.hidden": Product(np.hstack([np.zeros_like(input_), hidden]), hidden_bias),
    }


def _gru(body: GraphPart, sums: Mapping[str, str], states: Mapping[str, str]) -> dict[str, str]:
    reset, update = (body.add("Sigmoid", [sums[gate]], f"{gate}.gate") for gate in ("reset", "update"))
    hidden = body.add("Mul", [reset, sums["candidate.hidden"]], "candidate.reset")
    new = body.add("Tanh", [body.add("Add", [sums["candidate.input"], hidden], "candidate.sum")], "candidate")
    kept = body.add("Mul", [update, body.add("Sub", [states["h"], new], "difference")], "kept")
    return {"h": body.add("Add", [new, kept], "next.h")}


INTEGER_CELLS: Mapping[str, IntegerCell] = {
    "rnn_tanh": IntegerCell((), lambda gates: _joined(gates, "state"), _rnn),
    "lstm": IntegerCell(("c",), lambda gates: _joined(gates, "input", "output", "forget", "candidate"), _lstm),
    "gru": IntegerCell(("h",), _arrange_gru, _gru),
}
"""A ReLU's states have no bound, so its products stay float32."""
