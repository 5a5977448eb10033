"""Tensors from the middle of a graph, computed by what they need of it alone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sentiment.inference.ends import INPUT
from sentiment.inference.graph.messages import FLOAT, Graph, Node, read_model
from sentiment.inference.graph.protobuf import LENGTH_DELIMITED, VARINT, read_fields
from sentiment.inference.network import new_session

_MODEL_GRAPH, _GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_OUTPUT = 7, 1, 5, 12
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TENSOR_TYPE, _ELEMENT_TYPE = 1, 1

_Field = tuple[int, int | bytes | memoryview]
"""Key and value, as from `read_fields`."""


class OutputsSession:
    """A session of its own that returns float32 tensors of a graph."""

    def __init__(self, graph: bytes, names: Sequence[str]) -> None:
        """Load the part of a graph that some of its tensors need.

        onnxruntime runs all nodes of a graph for any of its outputs.

        Args:
            graph: The content of an ONNX file that passed the checks of `Network`.
            names: Tensors that its nodes compute.
        """
        self._session = new_session(part_of(graph, names))
        self._names = list(names)

    def run(self, input_ids: NDArray[np.int64]) -> list[NDArray[np.float32]]:
        """Return the tensors for tokens, (batch, time)."""
        found: list[NDArray[np.float32]] = self._session.run(self._names, {INPUT: input_ids})
        return found


def part_of(content: bytes, names: Sequence[str]) -> bytes:
    """Return an ONNX file with some tensors of another as its outputs, and only the nodes that they need."""
    graph = read_model(memoryview(content)).graph
    needed, nodes = set(names), set[int]()
    for place, node in reversed(list(enumerate(graph.nodes))):
        if needed.intersection(node.outputs):
            nodes.add(place)
            needed.update(_read_by(node))
    stored = {place for place, tensor in enumerate(graph.initializers) if tensor.name in needed}
    outputs = b"".join(_field(_GRAPH_OUTPUT, _value(name)) for name in names)

    def pruned(body: bytes | memoryview) -> bytes:
        kept = _kept(_kept(_fields_of(body), _GRAPH_NODE, nodes), _GRAPH_INITIALIZER, stored)
        return b"".join(map(_encoded, _kept(kept, _GRAPH_OUTPUT, set()))) + outputs

    return b"".join(
        _field(_MODEL_GRAPH, pruned(value))
        if key == _key(_MODEL_GRAPH) and not isinstance(value, int)
        else _encoded((key, value))
        for key, value in _fields_of(content)
    )


def _read_by(node: Node) -> set[str]:
    """Return the tensors that a node reads, those that its body takes from outside included."""
    bodies = [value for value in node.attributes.values() if isinstance(value, Graph)]
    return {*node.inputs, *(name for body in bodies for inner in body.nodes for name in _read_by(inner))}


def _fields_of(message: bytes | memoryview) -> list[_Field]:
    return read_fields(message, len(message))


def _kept(fields: list[_Field], number: int, places: set[int]) -> list[_Field]:
    """Return the fields without those of a number whose place among themselves is not one of these."""
    kept, place = [], -1
    for field in fields:
        place += field[0] == _key(number)
        if field[0] != _key(number) or place in places:
            kept.append(field)
    return kept


def _value(name: str) -> bytes:
    """Return a ValueInfoProto: a float32 tensor of any shape."""
    tensor_type = bytes([_ELEMENT_TYPE << 3 | VARINT, FLOAT])
    return _field(_VALUE_NAME, name.encode()) + _field(_VALUE_TYPE, _field(_TENSOR_TYPE, tensor_type))


def _field(number: int, content: bytes) -> bytes:
    return _encoded((_key(number), content))


def _key(number: int) -> int:
    return number << 3 | LENGTH_DELIMITED


def _encoded(field: _Field) -> bytes:
    key, value = field
    if isinstance(value, int):
        return _varint(key) + _varint(value)
    length = _varint(len(value)) if key & 7 == LENGTH_DELIMITED else b""
    return _varint(key) + length + bytes(value)


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
