"""Limits on the cost of a graph: memory and work, per token and in total."""

from sentiment.inference.graph.faults import GraphError, shown
from sentiment.inference.graph.sizes import Size

MEMORY_PER_TOKEN = 2**19
"""Bytes of all tensors computed for one token of one text, in addition to the file's length divided by
`BYTES_PER_MEMORY_PER_TOKEN`: wide networks have large files. The model that comes with the package needs 47,000."""
BYTES_PER_MEMORY_PER_TOKEN = 64
MEMORY_IN_ALL = 2**25
"""Bytes of all tensors that depend on no text, in addition to `MEMORY_IN_ALL_PER_BYTE` times the file: int8 weights
become float32, and those of two directions are joined, which takes 8."""
MEMORY_IN_ALL_PER_BYTE = 12

WORK_PER_TOKEN = 2**25
"""Multiplications for one token of one text, in addition to `WORK_PER_TOKEN_AND_BYTE` times the file: a weight, of one
byte or four, is multiplied once per token."""
WORK_PER_TOKEN_AND_BYTE = 4
WORK_IN_ALL = 2**27
"""Multiplications that depend on no text, in addition to `WORK_IN_ALL_PER_BYTE` times the file: converting int8 weights
to float32, joining and reading them takes as long as 40."""
WORK_IN_ALL_PER_BYTE = 128

WORK_PER_NODE = 2**12
"""The fixed cost of a node in onnxruntime, about a microsecond."""
WORK_PER_ELEMENT = 8
"""The cost of reading or writing a number, including a logarithm or a remainder."""


class Ledger:
    """Adds up the cost of a graph's nodes, and refuses a graph that costs too much.

    No tensor may grow faster than linearly in the batch or in the texts: a recurrent network needs none over all pairs
    of tokens or of texts.
    """

    def __init__(self, file_bytes: int) -> None:
        self._memory_limits = (
            MEMORY_IN_ALL + MEMORY_IN_ALL_PER_BYTE * file_bytes,
            MEMORY_PER_TOKEN + file_bytes // BYTES_PER_MEMORY_PER_TOKEN,
        )
        self._work_limits = (
            WORK_IN_ALL + WORK_IN_ALL_PER_BYTE * file_bytes,
            WORK_PER_TOKEN + WORK_PER_TOKEN_AND_BYTE * file_bytes,
        )
        self._memory = [0, 0]
        self._work = [0, 0]

    @property
    def bytes_per_token(self) -> int:
        """Bytes of all counted tensors for one token of one text."""
        return self._memory[1]

    def add_memory(self, count: Size, item_bytes: int, node: object) -> None:
        """Count a tensor.

        Args:
            count: Its elements.
            item_bytes: Bytes per element.
            node: The node that computes it, for messages.

        Raises:
            GraphError: It grows too fast, or all together are too large.
        """
        _add(self._memory, self._memory_limits, count, item_bytes, node, "memory")

    def add_work(self, count: Size, weight: int, node: object) -> None:
        """Count the work of a node.

        Args:
            count: Number of operations.
            weight: Cost of one operation, in multiplications.
            node: The node, for messages.

        Raises:
            GraphError: It grows too fast, or all together takes too long.
        """
        _add(self._work, self._work_limits, count, weight, node, "time")


def _add(spent: list[int], limits: tuple[int, int], count: Size, weight: int, node: object, what: str) -> None:
    """Add a cost to the total, or to the cost per token."""
    if count.batch > 1 or count.time > 1:
        raise GraphError(f"{shown(str(node))} takes {what} that grows with the square of a batch or of a text")
    kind = 1 if count.batch or count.time else 0
    spent[kind] += count.factor * weight
    if spent[kind] > limits[kind]:
        raise GraphError(f"up to {shown(str(node))}, it takes more {what} than a network of its size needs")
