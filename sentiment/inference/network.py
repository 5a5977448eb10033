"""The network of a model directory, run by onnxruntime."""

import os
from pathlib import Path
from typing import Self

# onnxruntime 1.32 writes an id of the machine into the user's cache and sends what it is used for. It looks at this
# when it is loaded; a program that has loaded it before has chosen for itself.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from sentiment.errors import ModelDirectoryError
from sentiment.inference.batching import MAX_BATCH_TOKENS
from sentiment.inference.ends import INPUT, OUTPUT

MAX_BATCH_BYTES = 2**29
"""Of all tensors of a batch; a network 128 wide stays far below."""
MAX_WINDOW_BYTES = 2**32
"""Of all tensors of one window, however many tokens the manifest lets it have."""

_LOG_FATAL = 4
"""What onnxruntime raises tells all that its log would print on the terminal."""


class Network:
    """An ONNX graph from `input_ids` to `logits`; `prove` shows that it runs and fits its tokenizer.

    onnxruntime trusts a graph: some end the process, or take all memory or time. So it is given none that `check_graph`
    has not passed, but what comes with sentiment: who can change that can change its code. The tests check those.

    A graph runs on the thread that calls it. Sharing one product among threads pays only for matrices larger than
    these; several batches at once, each on its own thread, use all cores as well, and one sentence needs no pool.

    Attributes:
        max_batch_tokens: Tokens of a batch, at most, so that memory stays flat whatever the network.
        max_window_tokens: Tokens of one window, at most, so that it fits into memory whatever the manifest says.
    """

    def __init__(self, graph: bytes, source: Path, num_labels: int, *, is_shipped: bool = False) -> None:
        """Check the graph and load it.

        Args:
            graph: The content of an ONNX file.
            source: Its path, for messages.
            num_labels: Classes that it should tell apart.
            is_shipped: Whether it comes with sentiment, and is loaded unchecked.

        Raises:
            ModelDirectoryError: It is no graph, or holds what no export writes, or gives logits of other classes.
        """
        self._source = source
        self._num_labels = num_labels
        bytes_per_token = 1 if is_shipped else self._checked(graph)
        self.max_batch_tokens = min(MAX_BATCH_TOKENS, max(1, MAX_BATCH_BYTES // bytes_per_token))
        self.max_window_tokens = max(1, MAX_WINDOW_BYTES // bytes_per_token)
        try:
            self._session = onnxruntime.InferenceSession(graph, _options(), providers=["CPUExecutionProvider"])
        except Exception as error:  # its own errors, and Python's, share no other base class
            raise self._unusable(f"onnxruntime cannot load it ({_first_line(error)})") from error

    def prove(self, *, vocab_size: int) -> Self:
        """Ask the graph once, for the smallest and the largest id: too small a table of embeddings shows at once.

        Args:
            vocab_size: Tokens that its tokenizer can give.

        Raises:
            ModelDirectoryError: It doesn't run.
        """
        self.logits(np.array([[0, vocab_size - 1]]))
        return self

    def logits(self, input_ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score sequences of one length.

        Args:
            input_ids: (batch, time), time >= 1.

        Returns:
            (batch, classes), all finite.

        Raises:
            ModelDirectoryError: The graph fails, or gives logits of another shape, or NaN or infinite ones.
        """
        try:
            logits: NDArray[np.float32] = self._session.run([OUTPUT], {INPUT: input_ids})[0]
        except Exception as error:  # as above
            raise self._unusable(f"onnxruntime cannot run it ({_first_line(error)})") from error
        # One row for all texts would be taken for the answer to each.
        if logits.shape != (len(input_ids), self._num_labels) or logits.dtype != np.float32:
            raise self._unusable(
                f"its logits of {len(input_ids)} texts are {logits.dtype} {logits.shape}, "
                f"but the manifest lists {self._num_labels} labels"
            )
        if not np.isfinite(logits).all():
            raise self._unusable("it gives NaN or infinite logits")
        return logits

    def _checked(self, graph: bytes) -> int:
        """Check a graph, and return the memory that a token takes, at most, in bytes."""
        from sentiment.inference.graph import GraphError, check_graph

        try:
            num_logits, bytes_per_token = check_graph(graph)
        except GraphError as error:
            raise self._unusable(str(error)) from error
        if num_logits != self._num_labels:
            raise self._unusable(f"it gives {num_logits} logits, but the manifest lists {self._num_labels} labels")
        return max(1, bytes_per_token)

    def _unusable(self, fault: str) -> ModelDirectoryError:
        return ModelDirectoryError(f"{self._source}: {fault}; train the model again")


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _LOG_FATAL
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    # Both keep memory for the largest batch ever seen: after one of long texts, 1.1 GB instead of 0.1. Speed is equal.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    # Weights stored as int8 become float32 once, here, and not in every run: onnxruntime folds DequantizeLinear only
    # where it may not fuse it. With this, one sentence takes as long as from float32; without, 4 times as long.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return options


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
