"""The network of a model directory, run by onnxruntime."""

import os
from pathlib import Path
from typing import Self

# onnxruntime 1.32 writes a machine id into the user's cache and sends telemetry. It reads this variable when it is
# loaded; a program that has loaded it earlier has made its own choice.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from sentiment.errors import ModelDirectoryError
from sentiment.inference.batching import MAX_BATCH_TOKENS
from sentiment.inference.ends import INPUT, OUTPUT

MAX_BATCH_BYTES = 2**29
"""Of all tensors of a batch; a network of width 128 stays far below."""
MAX_WINDOW_BYTES = 2**32
"""Of all tensors of one window, whatever max_tokens the manifest has."""

_LOG_FATAL = 4
"""onnxruntime's exceptions contain all that its log would print on the terminal."""


class Network:
    """An ONNX graph from `input_ids` to `logits`; `prove` checks that it runs and fits its tokenizer.

    onnxruntime trusts a graph: some kill the process, or take all memory or time. So it only gets graphs that passed
    `check_graph` or come with sentiment: anyone who can change those can change its code. The tests check those.

    A graph runs on the calling thread. Sharing one product among threads pays off only for matrices larger than
    these; several batches at once, each on its own thread, use all cores as well, and one sentence needs no pool.

    Attributes:
        max_batch_tokens: Most tokens of a batch, so that memory stays flat whatever the network.
        max_window_tokens: Most tokens of a window, so that it fits into memory whatever the manifest's max_tokens.
    """

    def __init__(self, graph: bytes, source: Path, num_labels: int, *, is_shipped: bool = False) -> None:
        """Check the graph and load it.

        Args:
            graph: The content of an ONNX file.
            source: Its path, for messages.
            num_labels: Number of classes.
            is_shipped: Whether it comes with sentiment, and is loaded unchecked.

        Raises:
            ModelDirectoryError: It is not a graph, is not like an export's, or has another number of logits.
        """
        self._source = source
        self._num_labels = num_labels
        bytes_per_token = 1 if is_shipped else self._checked(graph)
        self.max_batch_tokens = min(MAX_BATCH_TOKENS, max(1, MAX_BATCH_BYTES // bytes_per_token))
        self.max_window_tokens = max(1, MAX_WINDOW_BYTES // bytes_per_token)
        try:
            self._session = new_session(graph)
        except Exception as error:  # its own errors, and Python's, share no other base class
            raise self._unusable(f"onnxruntime cannot load it ({_first_line(error)})") from error

    def prove(self, *, vocab_size: int) -> Self:
        """Run the graph once, on the smallest and the largest id, to find too small an embedding table early.

        Args:
            vocab_size: Number of tokens of its tokenizer.

        Raises:
            ModelDirectoryError: It does not run.
        """
        self.logits(np.array([[0, vocab_size - 1]]))
        return self

    def logits(self, input_ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the logits of sequences of equal length.

        Args:
            input_ids: (batch, time), time >= 1.

        Returns:
            (batch, classes), all finite.

        Raises:
            ModelDirectoryError: The graph fails, or its logits have another shape, or are NaN or infinite.
        """
        try:
            logits: NDArray[np.float32] = self._session.run([OUTPUT], {INPUT: input_ids})[0]
        except Exception as error:  # as above
            raise self._unusable(f"onnxruntime cannot run it ({_first_line(error)})") from error
        # A single row for all texts would be broadcast as the result of each.
        if logits.shape != (len(input_ids), self._num_labels) or logits.dtype != np.float32:
            raise self._unusable(
                f"its logits of {len(input_ids)} texts are {logits.dtype} {logits.shape}, "
                f"but the manifest lists {self._num_labels} labels"
            )
        if not np.isfinite(logits).all():
            raise self._unusable("its logits are NaN or infinite")
        return logits

    def _checked(self, graph: bytes) -> int:
        """Check a graph, and return an upper bound on the memory per token, in bytes."""
        from sentiment.inference.graph import GraphError, check_graph

        try:
            num_logits, bytes_per_token = check_graph(graph)
        except GraphError as error:
            raise self._unusable(str(error)) from error
        if num_logits != self._num_labels:
            raise self._unusable(f"it has {num_logits} logits, but the manifest lists {self._num_labels} labels")
        return max(1, bytes_per_token)

    def _unusable(self, fault: str) -> ModelDirectoryError:
        return ModelDirectoryError(f"{self._source}: {fault}; train the model again")


def new_session(graph: bytes) -> onnxruntime.InferenceSession:
    """Load a graph that passed the checks; raises onnxruntime's errors, or Python's."""
    return onnxruntime.InferenceSession(graph, _options(), providers=["CPUExecutionProvider"])


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _LOG_FATAL
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    # Both keep memory for the largest batch so far: after one of long texts, 1.1 GB instead of 0.1. Speed is the same.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    # Convert int8 weights to float32 once, here, and not in every run: onnxruntime folds DequantizeLinear only if it
    # may not fuse it. With this, one sentence takes as long as from float32; without, 4 times as long.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return options


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
