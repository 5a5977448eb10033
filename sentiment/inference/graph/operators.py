"""The operators of exports, including those that spell out a recurrent network without ONNX's recurrent operators."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sentiment.inference.graph import elementwise, products, shaping
from sentiment.inference.graph.facts import Call, Facts
from sentiment.inference.graph.sizes import Size

OPSET = 17
"""The ONNX operator set of exports."""


class Rule(NamedTuple):
    """The number of inputs of an operator, and its outputs; raises GraphError for uses that exports do not have."""

    least_inputs: int
    most_inputs: int
    results: Callable[[Call], list[Facts]]


MAX_JOINED = 64

RULES: Mapping[str, Rule] = {
    "Add": Rule(2, 2, elementwise.add),
    "Cast": Rule(1, 1, elementwise.cast),
    "Clip": Rule(1, 3, elementwise.clip),
    "Concat": Rule(1, MAX_JOINED, shaping.concat),
    "Constant": Rule(0, 0, shaping.constant),
    "ConstantOfShape": Rule(1, 1, shaping.constant_of_shape),
    "CumSum": Rule(2, 2, elementwise.cumulative_sum),
    "DequantizeLinear": Rule(2, 3, products.dequantize),
    "Div": Rule(2, 2, elementwise.divide),
    "Equal": Rule(2, 2, elementwise.equal),
    "Flatten": Rule(1, 1, shaping.flatten),
    "GRU": Rule(3, 6, products.recurrent),
    "Gather": Rule(2, 2, shaping.gather),
    "Gemm": Rule(2, 3, products.gemm),
    "Identity": Rule(1, 1, elementwise.identity),
    "LSTM": Rule(3, 7, products.recurrent),
    "MatMul": Rule(2, 2, products.matrix_product),
    "MatMulInteger": Rule(2, 4, products.integer_product),
    "Max": Rule(2, 2, elementwise.arithmetic),
    "Mod": Rule(2, 2, elementwise.modulo),
    "Mul": Rule(2, 2, elementwise.arithmetic),
    "Not": Rule(1, 1, elementwise.negate),
    "Pad": Rule(2, 3, shaping.pad),
    "QuantizeLinear": Rule(2, 3, products.quantize),
    "RNN": Rule(3, 6, products.recurrent),
    "Range": Rule(3, 3, elementwise.count_up),
    "ReduceMax": Rule(1, 1, elementwise.reduce_by_attribute),
    "ReduceMean": Rule(1, 1, elementwise.reduce_by_attribute),
    "ReduceSum": Rule(2, 2, elementwise.reduce_sum),
    "Relu": Rule(1, 1, elementwise.same),
    "Reshape": Rule(2, 2, shaping.reshape),
    "ScatterElements": Rule(3, 3, shaping.scatter_elements),
    "Shape": Rule(1, 1, shaping.shape),
    "Sigmoid": Rule(1, 1, elementwise.same),
    "Slice": Rule(5, 5, shaping.slice_),
    "Softmax": Rule(1, 1, elementwise.softmax),
    "Split": Rule(1, 2, shaping.split),
    "Sqrt": Rule(1, 1, elementwise.same),
    "Squeeze": Rule(2, 2, shaping.squeeze),
    "Sub": Rule(2, 2, elementwise.arithmetic),
    "Tanh": Rule(1, 1, elementwise.same),
    "Transpose": Rule(1, 1, shaping.transpose),
    "Unsqueeze": Rule(2, 2, shaping.unsqueeze),
}
"""Every allowed operator except Scan, whose body `check` follows."""

_READ_IN_PART = {"Gather", "Shape"}
"""Operators that read no more of their first input than they output."""


def multiplications(call: Call, results: list[Facts]) -> Size | None:
    """Return the multiplications of a matrix operator."""
    operator = call.node.operator
    if operator in products.GATES:
        return products.recurrent_work(call)
    if operator in {"MatMul", "MatMulInteger", "Gemm"}:
        return results[0].elements * products.inner_size(call)
    return None


def scratch(call: Call, results: list[Facts]) -> Size | None:
    """Return the number of floats that an operator needs while it runs, besides its outputs: those of its gates."""
    gates = products.GATES.get(call.node.operator)
    return Size(gates) * results[0].elements if gates else None


def touched(call: Call, results: list[Facts]) -> list[Size]:
    """Return the number of elements that a node reads and writes."""
    read = call.inputs[1:] if call.node.operator in _READ_IN_PART else call.inputs
    return [facts.elements for facts in (*read, *results) if facts is not None]
