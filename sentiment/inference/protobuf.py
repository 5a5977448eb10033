"""The wire format of Protocol Buffers: the fields of one message, read strictly and without copying their content."""

from collections.abc import Iterator

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5
"""Wire types. 3 and 4, a group's begin and end, have been out of use since before ONNX, and are refused."""

_MAX_VARINT_BYTES = 10
_WIDTHS = {FIXED64: 8, FIXED32: 4}


class WireFormatError(ValueError):
    """The bytes are no message."""


def read_fields(message: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """Yield the number, the wire type and the value of every field, in their order.

    The value is an int of 0 to 2**64 - 1 for a varint, and else the bytes themselves. A message within the message is
    such bytes: it is read by calling this again, so nothing here recurses.

    Raises:
        WireFormatError: A field is cut off, or has a number or a wire type that there isn't.
    """
    position, end = 0, len(message)
    while position < end:
        # The first byte of a key or a length is nearly always its last one, too: no call is made for it.
        key = message[position]
        position += 1
        if key >= 0x80:
            key, position = _varint(message, position - 1)
        number, wire_type = key >> 3, key & 7
        if not 1 <= number < 2**29:
            raise WireFormatError(f"there is no field number {number}")
        if wire_type == VARINT:
            value, position = _varint(message, position)
            yield number, wire_type, value
            continue
        if wire_type == LENGTH_DELIMITED:
            if position >= end:
                raise WireFormatError("it is cut off")
            width = message[position]
            position += 1
            if width >= 0x80:
                width, position = _varint(message, position - 1)
        elif wire_type in _WIDTHS:
            width = _WIDTHS[wire_type]
        else:
            raise WireFormatError(f"there is no wire type {wire_type}")
        if width > end - position:
            raise WireFormatError("it is cut off")
        yield number, wire_type, message[position : position + width]
        position += width


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """Return the number that begins at `position`, and where the next thing begins."""
    value = 0
    for place, byte in enumerate(message[position : position + _MAX_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            if value >= 2**64:
                break
            return value, position + place + 1
    raise WireFormatError("a number is cut off, or has more than 64 bits")
