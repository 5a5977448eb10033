"""The stored numbers of a graph, also those that it stores as int8 and turns to float32 when it is loaded."""

from math import prod

import numpy as np
from numpy.typing import NDArray

from sentiment.inference.graph.messages import FLOAT, INT8, INT16, INT32, INT64, UINT8, Graph, Node, Tensor

_DTYPES = {FLOAT: "<f4", UINT8: "u1", INT8: "i1", INT16: "<i2", INT32: "<i4", INT64: "<i8"}


class UnreadableGraphError(ValueError):
    """A graph is not built as exports are; the message says what is missing, to be preceded by the file's name."""


class Outline:
    """A graph, with the node that computes each tensor, and the numbers of those that depend on no input."""

    def __init__(self, graph: Graph) -> None:
        self.nodes = graph.nodes
        self._stored = {tensor.name: tensor for tensor in graph.initializers}
        self._producers = {name: node for node in graph.nodes for name in node.outputs if name}

    def producer(self, name: str, *passed: str) -> Node | None:
        """Return the node that computes a tensor, or if that is one of the operators `passed`, the one before it."""
        node = self._producers.get(name)
        while node is not None and node.operator in passed:
            node = self._producers.get(node.inputs[0])
        return node

    def consumers(self, name: str) -> list[Node]:
        """Return the nodes that read a tensor."""
        return [node for node in self.nodes if name in node.inputs]

    def numbers(self, name: str) -> NDArray[np.generic]:
        """Return a tensor that depends on no input.

        Raises:
            UnreadableGraphError: It depends on one, or is computed in a way that exports do not use.
        """
        if (stored := self._stored.get(name)) is not None:
            return array_of(stored)
        node = self._producers.get(name)
        match node:
            case Node(operator="Constant", attributes={"value": Tensor() as value}):
                return array_of(value)
            case Node(operator="Identity"):
                return self.numbers(node.inputs[0])
            case Node(operator="Concat"):
                parts = [self.numbers(each) for each in node.inputs]
                return np.concatenate(parts, axis=_integer(node, "axis", 0))
            case Node(operator="DequantizeLinear", inputs=(quantized, scale)):
                integers, scales = self.floats(quantized), self.floats(scale)
                shape = [1] * integers.ndim
                shape[_integer(node, "axis", 1)] = -1
                dequantized: NDArray[np.float32] = integers * scales.reshape(shape)
                return dequantized
        raise UnreadableGraphError(f"{name!r} is not a stored tensor")

    def floats(self, name: str) -> NDArray[np.float32]:
        """Return a tensor that depends on no input, as float32."""
        return self.numbers(name).astype(np.float32, copy=False)


def array_of(tensor: Tensor) -> NDArray[np.generic]:
    """Return a stored tensor as an array that shares its bytes."""
    return np.frombuffer(tensor.content, _DTYPES[tensor.element_type], prod(tensor.dims)).reshape(tensor.dims)


def _integer(node: Node, name: str, default: int) -> int:
    value = node.attributes.get(name, default)
    if not isinstance(value, int):
        raise UnreadableGraphError(f"{node} has no number as its attribute {name}")
    return value
