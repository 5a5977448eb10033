"""The wire format of Protocol Buffers: a strict reader of the fields of one message."""

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5
"""Wire types. 3 and 4, the start and end of a group, were deprecated before ONNX existed, and are refused."""

_MAX_VARINT_BYTES = 10
_WIDTHS = {FIXED64: 8, FIXED32: 4}


class WireFormatError(ValueError):
    """The bytes are not a message; the error text is to be preceded by the name of what they should be."""


def read_fields(message: bytes | memoryview, most: int) -> list[tuple[int, int | bytes | memoryview]]:
    """Return the key and the value of every field, in order.

    A key is the field number times 8 plus its wire type. The value is an int of 0 to 2**64 - 1 for a varint, otherwise
    a slice of `message`. A nested message is such a slice, read by calling this again, so nothing here recurses.

    Args:
        message: The bytes.
        most: Fields that it may have; a long list of them takes far more memory than the bytes.

    Raises:
        WireFormatError: A field is cut off, or has an unknown wire type, or there are too many.
    """
    fields: list[tuple[int, int | bytes | memoryview]] = []
    position, end = 0, len(message)
    try:
        while position < end:
            if len(fields) == most:
                raise WireFormatError(f"has more than {most:,} fields")
            # A key, a length and a number nearly always have one byte: read that without a call.
            key = message[position]
            position += 1
            if key >= 0x80:
                key, position = _varint(message, position - 1)
            wire_type = key & 7
            if wire_type in {VARINT, LENGTH_DELIMITED}:
                number = message[position]
                position += 1
                if number >= 0x80:
                    number, position = _varint(message, position - 1)
                if wire_type == VARINT:
                    fields.append((key, number))
                    continue
                stop = position + number
            else:
                stop = position + _WIDTHS[wire_type]
            if stop > end:
                raise WireFormatError("is cut off or altered")
            fields.append((key, message[position:stop]))
            position = stop
    except (IndexError, KeyError):
        raise WireFormatError("is cut off or altered") from None
    return fields


def _varint(message: bytes | memoryview, position: int) -> tuple[int, int]:
    """Return the varint at `position`, and the position after it."""
    value = 0
    for place in range(_MAX_VARINT_BYTES):
        byte = message[position + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    if byte >= 0x80 or value >= 2**64:
        raise WireFormatError("contains a number of more than 64 bits")
    return value, position + place + 1
