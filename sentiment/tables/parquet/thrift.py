"""The compact protocol of Thrift, as far as it takes to change a Parquet footer: where each value lies in the bytes.

Nothing is decoded that need not change, so a footer of a newer Parquet keeps the fields that this code does not know.

Source: thrift/doc/specs/thrift-compact-protocol.md.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_MAX_DEPTH = 32


class Span(NamedTuple):
    """Where the bytes of a value begin and end."""

    start: int
    end: int


class ListSpan(NamedTuple):
    """A list: how many elements it has, the code of their type, and where they begin and end."""

    size: int
    element_type: int
    start: int
    end: int


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """Return an unsigned number of seven bits a byte, and where the next value begins."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def varint(value: int) -> bytes:
    """Return an unsigned number as seven bits a byte."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def read_integer(data: bytes, span: Span) -> int:
    """Return a number of type i16, i32 or i64."""
    value, _ = read_varint(data, span.start)
    return value >> 1 ^ -(value & 1)


def integer(value: int) -> bytes:
    """Return a number as i16, i32 or i64."""
    return varint(value << 1 ^ value >> 63)


def read_binary(data: bytes, span: Span) -> bytes:
    """Return a value of type binary or string."""
    length, start = read_varint(data, span.start)
    return data[start : start + length]


def binary(value: bytes) -> bytes:
    """Return bytes as a value of type binary or string."""
    return varint(len(value)) + value


def fields(data: bytes, start: int = 0) -> dict[int, Span]:
    """Return where the value of each field of a struct lies."""
    found: dict[int, Span] = {}
    at, field_id = start, 0
    while (header := data[at]) != 0:
        at += 1
        if delta := header >> 4:
            field_id += delta
        else:
            number, at = read_varint(data, at)
            field_id = number >> 1 ^ -(number & 1)
        end = at if header & 0xF in {_TRUE, _FALSE} else _skip(data, at, header & 0xF, 0)
        found[field_id] = Span(at, end)
        at = end
    return found


def with_values(data: bytes, struct: Span, values: Mapping[int, bytes]) -> bytes:
    """Return a struct in which the values of some fields are others; each field must be there."""
    spans = fields(data, struct.start)
    pieces, copied = [], struct.start
    for field_id, value in sorted(values.items(), key=lambda item: spans[item[0]]):
        pieces += [data[copied : spans[field_id].start], value]
        copied = spans[field_id].end
    return b"".join([*pieces, data[copied : struct.end]])


def read_list(data: bytes, span: Span) -> ListSpan:
    """Return where the elements of a list lie."""
    size, element_type, at = _list_header(data, span.start)
    return ListSpan(size, element_type, at, span.end)


def elements(data: bytes, items: ListSpan) -> Iterator[Span]:
    """Yield where each element of a list lies."""
    at = items.start
    for _ in range(items.size):
        end = _skip(data, at, items.element_type, 0)
        yield Span(at, end)
        at = end


def list_of(element_type: int, encoded: list[bytes]) -> bytes:
    """Return a list of values that are encoded already."""
    return _header_of_list(len(encoded), element_type) + b"".join(encoded)


def extended(data: bytes, items: ListSpan, more: list[bytes]) -> bytes:
    """Return a list with more elements at its end, of the same type."""
    header = _header_of_list(items.size + len(more), items.element_type)
    return b"".join([header, data[items.start : items.end], *more])


def _list_header(data: bytes, at: int) -> tuple[int, int, int]:
    size, element_type = data[at] >> 4, data[at] & 0xF
    at += 1
    if size == 0xF:
        size, at = read_varint(data, at)
    return size, element_type, at


def _header_of_list(size: int, element_type: int) -> bytes:
    return bytes([size << 4 | element_type]) if size < 0xF else bytes([0xF0 | element_type]) + varint(size)


def _skip(data: bytes, at: int, kind: int, depth: int) -> int:
    """Return where the value after this one begins."""
    if depth > _MAX_DEPTH:
        raise ValueError("values too deep in one another")
    match kind:
        case 1 | 2 | 3:  # a boolean in a list, or a byte
            return at + 1
        case 4 | 5 | 6:
            return read_varint(data, at)[1]
        case 7:
            return at + 8
        case 8:
            length, at = read_varint(data, at)
            return at + length
        case 9 | 10:
            size, element_type, at = _list_header(data, at)
            for _ in range(size):
                at = _skip(data, at, element_type, depth + 1)
            return at
        case 12:
            return _skip_struct(data, at, depth)
    raise ValueError(f"a value of the type {kind}, which no footer has")


def _skip_struct(data: bytes, at: int, depth: int) -> int:
    while (header := data[at]) != 0:
        at += 1
        if not header >> 4:
            at = read_varint(data, at)[1]
        if header & 0xF not in {_TRUE, _FALSE}:
            at = _skip(data, at, header & 0xF, depth + 1)
    return at + 1
