"""More outputs of a graph than those that it was exported with."""

from collections.abc import Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from sentiment.inference.ends import INPUT
from sentiment.inference.graph.messages import FLOAT
from sentiment.inference.graph.protobuf import LENGTH_DELIMITED, VARINT
from sentiment.inference.network import new_session

_MODEL_GRAPH, _GRAPH_OUTPUT = 7, 12
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TENSOR_TYPE, _ELEMENT_TYPE = 1, 1


class OutputsSession:
    """A session of its own that returns float32 tensors from the middle of a graph."""

    def __init__(self, graph: bytes, names: Sequence[str]) -> None:
        """Load a graph with some of its tensors as further outputs.

        Args:
            graph: The content of an ONNX file that passed the checks of `Network`.
            names: Tensors that its nodes compute.
        """
        # In the wire format, two halves of a message one after the other are one message with the fields of both.
        outputs = b"".join(_field(_GRAPH_OUTPUT, _value(name)) for name in names)
        self._session = new_session(graph + _field(_MODEL_GRAPH, outputs))
        self._how = onnxruntime.RunOptions()
        self._how.only_execute_path_to_fetches = True

    def run(self, input_ids: NDArray[np.int64], names: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return outputs for tokens, (batch, time)."""
        found: list[NDArray[np.float32]] = self._session.run(list(names), {INPUT: input_ids}, self._how)
        return found


def _value(name: str) -> bytes:
    """Return a ValueInfoProto: a float32 tensor of any shape."""
    tensor_type = bytes([_ELEMENT_TYPE << 3 | VARINT, FLOAT])
    return _field(_VALUE_NAME, name.encode()) + _field(_VALUE_TYPE, _field(_TENSOR_TYPE, tensor_type))


def _field(number: int, content: bytes) -> bytes:
    length, encoded = len(content), bytearray()
    while length >= 0x80:
        encoded.append(length & 0x7F | 0x80)
        length >>= 7
    encoded.append(length)
    return bytes([number << 3 | LENGTH_DELIMITED]) + bytes(encoded) + content
