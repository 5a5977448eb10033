"""Nodes and tensors to add to an ONNX graph."""

from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper


class GraphPart:
    """Nodes in the order of their execution, with the tensors that they need, under a common prefix.

    Attributes:
        prefix: of the name of each tensor.
        nodes: as added.
        tensors: as stored.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.nodes: list[NodeProto] = []
        self.tensors: list[TensorProto] = []

    def store(self, name: str, value: Any) -> str:
        """Add a tensor, and return its full name."""
        self.tensors.append(numpy_helper.from_array(np.array(value, order="C"), self.prefix + name))
        return self.tensors[-1].name

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node with one output, and return its full name."""
        return self.add_many(operator, inputs, [output], **attributes)[0]

    def add_many(self, operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> list[str]:
        """Add a node, and return the full names of its outputs."""
        named = [self.prefix + output for output in outputs]
        self.nodes.append(helper.make_node(operator, inputs, named, **attributes))
        return named
