"""What a graph may cost: memory and work for each token, and in all."""

from sentiment.inference.graph.faults import GraphError, shown
from sentiment.inference.graph.sizes import Size

MEMORY_PER_TOKEN = 2**19
"""Bytes of all tensors that are computed for one token of one text, beside the file's length divided by
`BYTES_PER_MEMORY_PER_TOKEN`: wide networks have large files. The model that comes with the package needs 47,000."""
BYTES_PER_MEMORY_PER_TOKEN = 64
MEMORY_IN_ALL = 2**25
"""Bytes of all tensors that depend on no text, beside `MEMORY_IN_ALL_PER_BYTE` times the file: int8 weights become
float32, and those of two directions are joined, which takes 8."""
MEMORY_IN_ALL_PER_BYTE = 12

WORK_PER_TOKEN = 2**25
"""Multiplications for one token of one text, beside `WORK_PER_TOKEN_AND_BYTE` times the file: a weight, of one byte or
four, is multiplied once a token."""
WORK_PER_TOKEN_AND_BYTE = 4
WORK_IN_ALL = 2**27
"""Multiplications that depend on no text, beside `WORK_IN_ALL_PER_BYTE` times the file: to make float32 weights of int8
ones, join and read them takes as long as 40."""
WORK_IN_ALL_PER_BYTE = 128

WORK_PER_NODE = 2**12
"""What onnxruntime takes for a node whatever it does, about a microsecond."""
WORK_PER_ELEMENT = 8
"""What reading or writing a number takes, a logarithm or a remainder among them."""


class Ledger:
    """Adds up what the nodes of a graph take, and refuses a graph that takes too much.

    Every tensor must grow no faster than the batch, and no faster than the texts: one of all pairs of tokens, or of all
    pairs of texts, is none that a recurrent network needs.
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
        """Bytes of all tensors that were counted for one token of one text."""
        return self._memory[1]

    def add_memory(self, count: Size, item_bytes: int, node: object) -> None:
        """Count a tensor.

        Args:
            count: Its elements.
            item_bytes: What each takes.
            node: Whose it is, for messages.

        Raises:
            GraphError: It grows too fast, or all together are too large.
        """
        _add(self._memory, self._memory_limits, count, item_bytes, node, "memory")

    def add_work(self, count: Size, weight: int, node: object) -> None:
        """Count what a node does.

        Args:
            count: How often it does something.
            weight: How many multiplications would take as long.
            node: The node, for messages.

        Raises:
            GraphError: It grows too fast, or all together takes too long.
        """
        _add(self._work, self._work_limits, count, weight, node, "time")


def _add(spent: list[int], limits: tuple[int, int], count: Size, weight: int, node: object, what: str) -> None:
    """Add to what is spent in all, or for each token."""
    if count.batch > 1 or count.time > 1:
        raise GraphError(f"{shown(str(node))} takes {what} that grows with the square of a batch or of a text")
    kind = 1 if count.batch or count.time else 0
    spent[kind] += count.factor * weight
    if spent[kind] > limits[kind]:
        raise GraphError(f"up to {shown(str(node))} it takes more {what} than a network of its size needs")
