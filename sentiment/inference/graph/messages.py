"""The messages of an ONNX file, as far as exports use them; anything else is refused."""

import struct
from collections.abc import Callable, Mapping
from math import prod
from typing import Any, NamedTuple, Union

from sentiment.inference.graph.faults import GraphError, shown
from sentiment.inference.graph.protobuf import FIXED32, LENGTH_DELIMITED, VARINT, WireFormatError, read_fields

FLOAT, UINT8, INT8, INT16, INT32, INT64, BOOL, DOUBLE = 1, 2, 3, 5, 6, 7, 9, 11
STRUCT_TYPES = {FLOAT: "f", UINT8: "B", INT8: "b", INT16: "h", INT32: "i", INT64: "q"}
ITEM_BYTES = {FLOAT: 4, UINT8: 1, INT8: 1, INT16: 2, INT32: 4, INT64: 8, BOOL: 1, DOUBLE: 8}
"""The element types of tensors. BOOL and DOUBLE are computed and never stored."""

MAX_RANK = 8
MAX_NODES = 2_000
MAX_TENSORS = 2_000
MAX_FIELDS = 128
"""Most fields of a message other than a graph; the longest is a node that joins many tensors."""
MAX_ATTRIBUTES = 8
"""Most attributes of a node."""
MAX_BODY_DEPTH = 1
"""Nesting of graphs: a Scan has a body, which must not contain another."""


_Fields = Mapping[int, tuple[str, bool]]


def _fields(*single: tuple[int, str, int], repeated: tuple[tuple[int, str, int], ...] = ()) -> _Fields:
    """Return the fields of a message, each with its number, name and wire type, by their wire keys."""
    return {
        number << 3 | kind: (name, group is repeated) for group in (single, repeated) for number, name, kind in group
    }


_MODEL = _fields(
    (1, "ir_version", VARINT),
    (2, "producer_name", LENGTH_DELIMITED),
    (3, "producer_version", LENGTH_DELIMITED),
    (4, "domain", LENGTH_DELIMITED),
    (5, "model_version", VARINT),
    (6, "doc_string", LENGTH_DELIMITED),
    (7, "graph", LENGTH_DELIMITED),
    repeated=((8, "opset_import", LENGTH_DELIMITED),),
)
_OPSET = _fields((1, "domain", LENGTH_DELIMITED), (2, "version", VARINT))
_GRAPH = _fields(
    (2, "name", LENGTH_DELIMITED),
    (10, "doc_string", LENGTH_DELIMITED),
    repeated=(
        (1, "node", LENGTH_DELIMITED),
        (5, "initializer", LENGTH_DELIMITED),
        (11, "input", LENGTH_DELIMITED),
        (12, "output", LENGTH_DELIMITED),
    ),
)
_NODE = _fields(
    (3, "name", LENGTH_DELIMITED),
    (4, "op_type", LENGTH_DELIMITED),
    (6, "doc_string", LENGTH_DELIMITED),
    (7, "domain", LENGTH_DELIMITED),
    repeated=((1, "input", LENGTH_DELIMITED), (2, "output", LENGTH_DELIMITED), (5, "attribute", LENGTH_DELIMITED)),
)
_ATTRIBUTE = _fields(
    (1, "name", LENGTH_DELIMITED),
    (2, "f", FIXED32),
    (3, "i", VARINT),
    (4, "s", LENGTH_DELIMITED),
    (5, "t", LENGTH_DELIMITED),
    (6, "g", LENGTH_DELIMITED),
    (13, "doc_string", LENGTH_DELIMITED),
    (20, "type", VARINT),
    repeated=((8, "ints", VARINT), (9, "strings", LENGTH_DELIMITED)),
)
_TENSOR = _fields(
    (2, "data_type", VARINT),
    (8, "name", LENGTH_DELIMITED),
    (9, "raw_data", LENGTH_DELIMITED),
    (12, "doc_string", LENGTH_DELIMITED),
    repeated=((1, "dims", VARINT),),
)
_VALUE = _fields((1, "name", LENGTH_DELIMITED), (2, "type", LENGTH_DELIMITED), (3, "doc_string", LENGTH_DELIMITED))
_TYPE = _fields((1, "tensor_type", LENGTH_DELIMITED))
_TENSOR_TYPE = _fields((1, "elem_type", VARINT), (2, "shape", LENGTH_DELIMITED))
_SHAPE = _fields(repeated=((1, "dim", LENGTH_DELIMITED),))
_DIMENSION = _fields((1, "dim_value", VARINT), (2, "dim_param", LENGTH_DELIMITED))

_ATTRIBUTE_TYPES = {1: "f", 2: "i", 3: "s", 4: "t", 5: "g", 7: "ints", 8: "strings"}


class Tensor(NamedTuple):
    """Numbers that are stored in the file.

    Attributes:
        name: Empty if it is the value of an attribute.
        element_type: A key of `STRUCT_TYPES`.
        dims: Each 1 or more; none for a single number.
        content: Its bytes, as many as the numbers need.
    """

    name: str
    element_type: int
    dims: tuple[int, ...]
    content: bytes | memoryview

    def numbers(self) -> tuple[int | float, ...]:
        """Return them in storage order."""
        return struct.unpack(f"<{prod(self.dims)}{STRUCT_TYPES[self.element_type]}", self.content)


class Value(NamedTuple):
    """An input or an output of a graph. A dim is a number, or None if dynamic; `dims` is None without a shape."""

    name: str
    element_type: int | None
    dims: tuple[int | None, ...] | None


Attribute = Union[int, float, str, Tensor, "Graph", tuple[int, ...], tuple[str, ...]]


class Node(NamedTuple):
    """An operator with the names of its inputs and outputs, some of which may be empty."""

    operator: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Attribute]

    def __str__(self) -> str:
        return f"the node {self.name or self.outputs[0]!r} ({self.operator})"


class Graph(NamedTuple):
    """Nodes in execution order, with the inputs, stored tensors and outputs of the graph."""

    nodes: tuple[Node, ...]
    initializers: tuple[Tensor, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]


class Model(NamedTuple):
    """A whole ONNX file; `opsets` holds the domain and the version of each operator set."""

    ir_version: int
    opsets: tuple[tuple[str, int], ...]
    graph: Graph


def read_model(content: memoryview) -> Model:
    """Read an ONNX file.

    Raises:
        GraphError: It is not an ONNX file, or has content that exports do not write.
    """
    fields = _parse(content, _MODEL, "the file")
    if "graph" not in fields:
        raise GraphError("it is not an ONNX file (it contains no graph)")
    imports = [_parse(each, _OPSET, "opset_import") for each in fields.get("opset_import", ())]
    opsets = tuple((_text(each.get("domain", b""), "a domain"), each.get("version", 0)) for each in imports)
    return Model(fields.get("ir_version", 0), opsets, _graph(fields["graph"], depth=0))


def _parse(message: bytes | memoryview, fields: _Fields, what: str, most: int = MAX_FIELDS) -> dict[str, Any]:
    """Return the fields of a message by name, repeated ones as lists.

    Parsers differ on a duplicate of a non-repeated field, and on a field of an unexpected type. So both are refused,
    to make sure that what is checked is what runs.
    """
    found: dict[str, Any] = {}
    try:
        for key, value in read_fields(message, most):
            name, is_repeated = fields[key]
            if is_repeated:
                found.setdefault(name, []).append(value)
            elif name in found:
                raise GraphError(f"{what} has two {name} fields")
            else:
                found[name] = value
    except KeyError as error:
        raise GraphError(f"{what} has a field (number {error.args[0] >> 3}) that exports do not write") from None
    except WireFormatError as error:
        raise GraphError(f"it is not an ONNX file ({what} {error})") from None
    return found


def _text(content: bytes | memoryview, what: str) -> str:
    """Return a name. Only printable ASCII is accepted: onnxruntime's messages would print names on the terminal."""
    text = str(content, "latin-1")
    if not (text.isascii() and text.isprintable()):
        raise GraphError(f"{what} contains a character that is not printable ASCII: '{shown(text)}'")
    return text


def _graph(content: bytes | memoryview, depth: int) -> Graph:
    if depth > MAX_BODY_DEPTH:
        raise GraphError("its graphs are nested too deeply")
    fields = _parse(content, _GRAPH, "a graph", MAX_NODES + MAX_TENSORS + MAX_FIELDS)
    if len(fields.get("node", ())) > MAX_NODES:
        raise GraphError(f"it has more than {MAX_NODES:,} nodes")
    _text(fields.get("name", b""), "a graph's name")
    return Graph(
        tuple(_node(each, depth) for each in fields.get("node", ())),
        tuple(_tensor(each) for each in fields.get("initializer", ())),
        tuple(_value(each) for each in fields.get("input", ())),
        tuple(_value(each) for each in fields.get("output", ())),
    )


def _node(content: bytes | memoryview, depth: int) -> Node:
    # Bytes are faster to read than a memoryview, and a node has few.
    fields = _parse(bytes(content), _NODE, "a node")
    operator = _text(fields.get("op_type", b""), "an operator")
    name = _text(fields.get("name", b""), "a node's name")
    if domain := _text(fields.get("domain", b""), "a domain"):
        raise GraphError(f"it has an operator that exports do not use: {shown(domain)}.{shown(operator)}")
    inputs = tuple([_text(each, "a tensor's name") for each in fields.get("input", ())])
    outputs = tuple([_text(each, "a tensor's name") for each in fields.get("output", ())])
    if not any(outputs):
        raise GraphError(f"a node ({shown(operator)}) has no output")
    attributes: dict[str, Attribute] = {}
    if len(fields.get("attribute", ())) > MAX_ATTRIBUTES:
        raise GraphError(f"a node ({shown(operator)}) has more than {MAX_ATTRIBUTES} attributes")
    for each in fields.get("attribute", ()):
        key, value = _attribute(each, depth)
        if key in attributes:
            raise GraphError(f"a node ({shown(operator)}) has two attributes {shown(key)}")
        attributes[key] = value
    return Node(operator, name, inputs, outputs, attributes)


def _attribute(content: bytes | memoryview, depth: int) -> tuple[str, Attribute]:
    fields = _parse(content, _ATTRIBUTE, "an attribute")
    name = _text(fields.get("name", b""), "an attribute's name")
    kind = _ATTRIBUTE_TYPES.get(fields.get("type", 0))
    # Exactly one value, of the declared type: an onnxruntime that read another field would find none.
    if kind not in fields or len(fields.keys() - {"doc_string"}) != 3:
        raise GraphError(f"the attribute {shown(name)} has no value, or one of a type that exports do not write")
    return name, _READERS[kind](fields[kind], depth)


_READERS: Mapping[str, Callable[[Any, int], Attribute]] = {
    "f": lambda value, _: float(struct.unpack("<f", value)[0]),
    "i": lambda value, _: _signed(value),
    "s": lambda value, _: _text(value, "an attribute"),
    "t": lambda value, _: _tensor(value),
    "g": lambda value, depth: _graph(value, depth + 1),
    "ints": lambda values, _: tuple([_signed(value) for value in values]),
    "strings": lambda values, _: tuple([_text(value, "an attribute") for value in values]),
}


def _signed(varint: int) -> int:
    return varint - 2**64 if varint >= 2**63 else varint


def _tensor(content: bytes | memoryview) -> Tensor:
    fields = _parse(content, _TENSOR, "a tensor")
    name = _text(fields.get("name", b""), "a tensor's name")
    element_type, dims = fields.get("data_type", 0), tuple(fields.get("dims", ()))
    if element_type not in STRUCT_TYPES:
        raise GraphError(
            f"the tensor {shown(name)!r} has an element type (number {element_type}) that exports do not use"
        )
    if len(dims) > MAX_RANK or not all(dims):
        raise GraphError(f"the tensor {shown(name)!r} is empty, or has more than {MAX_RANK} dimensions")
    stored = fields.get("raw_data", b"")
    if prod(dims) * ITEM_BYTES[element_type] != len(stored):
        raise GraphError(f"the tensor {shown(name)!r} has {len(stored):,} bytes, which do not match its dimensions")
    return Tensor(name, element_type, dims, stored)


def _value(content: bytes | memoryview) -> Value:
    fields = _parse(content, _VALUE, "an input or output")
    name = _text(fields.get("name", b""), "a tensor's name")
    if "type" not in fields:
        return Value(name, None, None)
    kind = _parse(fields["type"], _TYPE, "a type").get("tensor_type")
    if kind is None:
        raise GraphError(f"{shown(name)!r} is not a tensor")
    tensor_type = _parse(kind, _TENSOR_TYPE, "a type")
    element_type = tensor_type.get("elem_type", 0)
    if element_type not in ITEM_BYTES:
        raise GraphError(f"{shown(name)!r} has an element type (number {element_type}) that exports do not use")
    if "shape" not in tensor_type:
        return Value(name, element_type, None)
    dims = [
        _parse(each, _DIMENSION, "a dimension")
        for each in _parse(tensor_type["shape"], _SHAPE, "a shape").get("dim", ())
    ]
    for dim in dims:
        _text(dim.get("dim_param", b""), "a dimension")
    return Value(name, element_type, tuple([dim.get("dim_value") for dim in dims]))
