"""Check the header of a safetensors file before the library reads it: not every reader supports all of the format."""

from itertools import pairwise
from math import prod
from typing import Any, Final

from sentiment.files import UnreadableError, parse_json

MAX_HEADER_BYTES: Final = 16 * 2**20
MAX_DIMENSIONS: Final = 8
_LENGTH_BYTES: Final = 8
_NUMBER_BYTES: Final = {"F64": 8, "F32": 4, "F16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
"""The number types that both torch and numpy have."""


def check_safetensors(content: bytes) -> None:
    """Check that the tensors of a file are contiguous, and of number types that every reader supports.

    Raises:
        UnreadableError: They are not, or the header is too long or not valid JSON.
    """
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    begin = _LENGTH_BYTES + length
    if length > MAX_HEADER_BYTES or begin > len(content):
        raise UnreadableError(f"its header claims to be {length:,} bytes long")
    header = parse_json(content[_LENGTH_BYTES:begin])
    if not isinstance(header, dict):
        raise UnreadableError("its header is not a JSON object")
    header.pop("__metadata__", None)
    spans = sorted([(0, 0), *(_span(name, tensor) for name, tensor in header.items())])
    if any(end != next_begin for (_, end), (next_begin, _) in pairwise(spans)) or spans[-1][1] != len(content) - begin:
        raise UnreadableError("its tensors overlap, or leave a gap")


def _span(name: str, tensor: Any) -> tuple[int, int]:
    """Return the start and end of a tensor, in bytes after the header."""
    where = f"tensor {name[:80]!r}"
    if not isinstance(tensor, dict) or tensor.keys() != {"dtype", "shape", "data_offsets"}:
        raise UnreadableError(f"{where} lacks a dtype, shape or data_offsets")
    dtype, shape, offsets = tensor["dtype"], tensor["shape"], tensor["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _NUMBER_BYTES:
        raise UnreadableError(f"{where} contains {str(dtype)[:20]!r}, not one of {', '.join(_NUMBER_BYTES)}")
    if not _are_sizes(shape) or len(shape) > MAX_DIMENSIONS or not _are_sizes(offsets) or len(offsets) != 2:
        raise UnreadableError(f"{where} has an impossible shape or position")
    begin, end = offsets
    if end - begin != prod(shape) * _NUMBER_BYTES[dtype]:
        raise UnreadableError(f"{where} has data that does not match its shape")
    return begin, end


def _are_sizes(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**48 for value in values)
