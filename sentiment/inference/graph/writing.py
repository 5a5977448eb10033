"""Write an ONNX file from the messages that `messages.py` reads."""

import struct
from collections.abc import Iterable

from sentiment.inference.graph.messages import Attribute, Graph, Model, Node, Tensor, Value
from sentiment.inference.graph.protobuf import FIXED32, LENGTH_DELIMITED, VARINT


def write_model(model: Model) -> bytes:
    """Return the content of an ONNX file; `read_model` returns the same model from it."""
    opsets = (_message(_delimited(1, domain.encode()), _number(2, version)) for domain, version in model.opsets)
    return _message(
        _number(1, model.ir_version),
        _delimited(7, _graph(model.graph)),
        *(_delimited(8, opset) for opset in opsets),
    )


def _graph(graph: Graph) -> bytes:
    return _message(
        *(_delimited(1, _node(node)) for node in graph.nodes),
        _delimited(2, b"graph"),
        *(_delimited(5, _tensor(tensor)) for tensor in graph.initializers),
        *(_delimited(11, _value(value)) for value in graph.inputs),
        *(_delimited(12, _value(value)) for value in graph.outputs),
    )


def _node(node: Node) -> bytes:
    return _message(
        *_texts(1, node.inputs),
        *_texts(2, node.outputs),
        _delimited(3, node.name.encode()),
        _delimited(4, node.operator.encode()),
        *(_delimited(5, _attribute(name, value)) for name, value in node.attributes.items()),
    )


def _attribute(name: str, value: Attribute) -> bytes:
    kind, content = _attribute_value(value)
    return _message(_delimited(1, name.encode()), content, _number(20, kind))


def _attribute_value(value: Attribute) -> tuple[int, bytes]:
    """Return the type of an attribute, and the field with its value."""
    match value:
        case float():
            typed = 1, _key(2, FIXED32) + struct.pack("<f", value)
        case int():
            typed = 2, _number(3, value)
        case str():
            typed = 3, _delimited(4, value.encode())
        case Tensor():
            typed = 4, _delimited(5, _tensor(value))
        case Graph():
            typed = 5, _delimited(6, _graph(value))
        case (str(), *_):
            typed = 8, _message(*(_delimited(9, str(each).encode()) for each in value))
        case _:
            typed = 7, _message(*(_number(8, int(each)) for each in value))
    return typed


def _tensor(tensor: Tensor) -> bytes:
    return _message(
        *(_number(1, dim) for dim in tensor.dims),
        _number(2, tensor.element_type),
        _delimited(8, tensor.name.encode()),
        _delimited(9, tensor.content),
    )


def _value(value: Value) -> bytes:
    name = _delimited(1, value.name.encode())
    if value.element_type is None:
        return name
    shape = b""
    if value.dims is not None:
        dims = (b"" if dim is None else _number(1, dim) for dim in value.dims)
        shape = _delimited(2, _message(*(_delimited(1, dim) for dim in dims)))
    return name + _delimited(2, _delimited(1, _number(1, value.element_type) + shape))


def _message(*fields: bytes) -> bytes:
    return b"".join(fields)


def _texts(number: int, texts: Iterable[str]) -> list[bytes]:
    return [_delimited(number, text.encode()) for text in texts]


def _delimited(number: int, content: bytes | memoryview) -> bytes:
    return b"".join((_key(number, LENGTH_DELIMITED), _varint(len(content)), content))


def _number(number: int, value: int) -> bytes:
    return _key(number, VARINT) + _varint(value % 2**64)


def _key(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
