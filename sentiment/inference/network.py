"""The network of a model directory, run by onnxruntime."""

import os
from contextlib import suppress
from pathlib import Path
from threading import Lock
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

RUNS_WORTH_PADDING = 48
"""Runs of short texts that take as long as making the graph that accepts pads."""
MAX_PADDED_GRAPH_BYTES = 2**26
"""A larger file is not kept in memory until that is worth it: its rows have equal length."""

_INTEGER_PRODUCT = b"MatMulInteger"
_LOG_FATAL = 4
"""onnxruntime's exceptions contain all that its log would print on the terminal."""


class Network:
    """An ONNX graph from `input_ids` to `logits`; `prove` checks that it runs and fits its tokenizer.

    onnxruntime trusts a graph: some kill the process, or take all memory or time. So it only gets graphs that passed
    `check_graph` or come with sentiment: anyone who can change those can change its code. The tests check those.

    The graph that accepts pads is made from such a one: it has more tensors by token, and none of another size.

    A graph runs on the calling thread. Sharing one product among threads pays off only for matrices larger than
    these; several batches at once, each on its own thread, use all cores as well, and one sentence needs no pool.

    Attributes:
        num_labels: Number of classes.
        max_batch_tokens: Most tokens of a batch, so that memory stays flat whatever the network.
        max_padded_tokens: The same with pads: both directions of a layer embed the tokens then, and masks are added.
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
        self.num_labels = num_labels
        bytes_per_token = 1 if is_shipped else self._checked(graph)
        self.max_batch_tokens = min(MAX_BATCH_TOKENS, max(1, MAX_BATCH_BYTES // bytes_per_token))
        self.max_padded_tokens = min(MAX_BATCH_TOKENS, max(1, MAX_BATCH_BYTES // (2 * bytes_per_token)))
        self.max_window_tokens = max(1, MAX_WINDOW_BYTES // bytes_per_token)
        try:
            self._session = new_session(graph)
        except Exception as error:  # its own errors, and Python's, share no other base class
            raise self._unusable(f"onnxruntime cannot load it ({_first_line(error)})") from error
        may_accept = _INTEGER_PRODUCT in graph and len(graph) <= MAX_PADDED_GRAPH_BYTES
        self._pad_accepting = _PadAccepting(graph, self._session) if may_accept else None

    def prove(self, *, vocab_size: int) -> Self:
        """Run the graph once, on the smallest and the largest id, to find too small an embedding table early.

        Args:
            vocab_size: Number of tokens of its tokenizer.

        Raises:
            ModelDirectoryError: It does not run.
        """
        self.logits(np.array([[0, vocab_size - 1]]))
        return self

    @property
    def may_accept_pads(self) -> bool:
        """Whether rows may have different length by now or later."""
        return self._pad_accepting is not None and self._pad_accepting.is_possible

    def prepare_pads(self) -> None:
        """Make the graph that accepts pads now, if there is one, and not with the first calls that gain from it."""
        self.pad_to_spare(RUNS_WORTH_PADDING)

    def pad_to_spare(self, num_runs: int) -> int | None:
        """Return what may follow the tokens of a row that is shorter than others, if that is worth it by now.

        Making the graph that accepts pads takes a while: it is made once so many runs could have been spared.

        Args:
            num_runs: What a caller can spare by rows of different length.

        Returns:
            None as long as rows must have equal length.
        """
        return self._pad_accepting.pad_to_spare(num_runs) if self._pad_accepting is not None and num_runs > 0 else None

    def logits(self, input_ids: NDArray[np.int64], *, has_pads: bool = False) -> NDArray[np.float32]:
        """Return the logits of sequences.

        Args:
            input_ids: (batch, time), time >= 1.
            has_pads: Whether some rows end with the pad of `pad_to_spare`.

        Returns:
            (batch, classes), all finite.

        Raises:
            ModelDirectoryError: The graph fails, or its logits have another shape, or are NaN or infinite.
        """
        accepting = self._pad_accepting if has_pads else None
        session = self._session if accepting is None else accepting.session
        try:
            logits: NDArray[np.float32] = session.run([OUTPUT], {INPUT: input_ids})[0]
        except Exception as error:  # as above
            raise self._unusable(f"onnxruntime cannot run it ({_first_line(error)})") from error
        # A single row for all texts would be broadcast as the result of each.
        if logits.shape != (len(input_ids), self.num_labels) or logits.dtype != np.float32:
            raise self._unusable(
                f"its logits of {len(input_ids)} texts are {logits.dtype} {logits.shape}, "
                f"but the manifest lists {self.num_labels} labels"
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
        if num_logits != self.num_labels:
            raise self._unusable(f"it has {num_logits} logits, but the manifest lists {self.num_labels} labels")
        return max(1, bytes_per_token)

    def _unusable(self, fault: str) -> ModelDirectoryError:
        return ModelDirectoryError(f"{self._source}: {fault}; train the model again")


class _PadAccepting:
    """The graph of an int8 model for rows of different length, made when it is first worth it.

    Attributes:
        session: It, once `pad_to_spare` has returned a pad.
    """

    session: onnxruntime.InferenceSession

    def __init__(self, graph: bytes, plain: onnxruntime.InferenceSession) -> None:
        self._graph = graph
        self._plain = plain
        self._pad: int | None = None
        self._missing = RUNS_WORTH_PADDING
        self._lock = Lock()

    @property
    def is_possible(self) -> bool:
        """Whether the graph is made, or may be."""
        return self._pad is not None or bool(self._graph)

    def pad_to_spare(self, num_runs: int) -> int | None:
        """Return the pad; None if it is not worth it yet, or rows must have equal length."""
        if self._missing > 0:
            with self._lock:
                self._missing -= num_runs
                if self._graph and self._missing <= 0:
                    self._make()
        return self._pad

    def _make(self) -> None:
        from sentiment.inference.graph.messages import read_model
        from sentiment.inference.graph.writing import write_model
        from sentiment.inference.padding import accept_pads

        graph, self._graph = self._graph, b""
        # A graph that passed the checks may still be none of an export. Whatever is wrong, its rows have equal length.
        with suppress(Exception):
            if (accepting := accept_pads(read_model(memoryview(graph)))) is not None:
                self.session = new_session(write_model(accepting.model))
                if _answers_alike(self._plain, self.session, accepting.pad):
                    self._pad = accepting.pad


def _answers_alike(plain: onnxruntime.InferenceSession, with_pads: onnxruntime.InferenceSession, pad: int) -> bool:
    """Return whether pads leave the logits of some texts as they are, bit by bit."""
    lengths = [1, 2, 3, 5, 8]
    texts = np.random.default_rng(0).integers(0, pad, (len(lengths), max(lengths)))
    padded = np.where(np.arange(max(lengths)) < np.array(lengths)[:, np.newaxis], texts, pad)
    (together,) = with_pads.run([OUTPUT], {INPUT: padded})
    alone = [plain.run([OUTPUT], {INPUT: texts[[row], :length]})[0] for row, length in enumerate(lengths)]
    return np.array_equal(together, np.concatenate(alone))


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
