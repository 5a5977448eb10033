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
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from sentiment.errors import ModelDirectoryError

INPUT, OUTPUT = "input_ids", "logits"
_LOG_ERRORS = 3

_FAILURES = (
    failures.EPFail,
    failures.Fail,
    failures.InvalidArgument,
    failures.InvalidGraph,
    failures.InvalidProtobuf,
    failures.NoSuchFile,
    failures.NotImplemented,
    failures.RuntimeException,
)
"""What onnxruntime raises for a graph that it can't load or run; they share no base class but Exception."""


class Network:
    """An ONNX graph from `input_ids` to `logits`; `prove` shows that it runs and fits its labels and its tokenizer.

    A graph runs on the thread that calls it. Sharing one product among threads pays only for matrices larger than
    these; several batches at once, each on its own thread, use all cores as well, and one sentence needs no pool.
    """

    def __init__(self, graph: bytes, source: Path) -> None:
        """Load the graph.

        Args:
            graph: The content of an ONNX file.
            source: Its path, for messages.

        Raises:
            ModelDirectoryError: It is no graph, or doesn't take `input_ids` or give `logits`.
        """
        self._source = source
        try:
            self._session = onnxruntime.InferenceSession(graph, _options(), providers=["CPUExecutionProvider"])
        except _FAILURES as error:
            raise self._unusable(f"onnxruntime cannot load it ({_first_line(error)})") from error
        inputs = {(node.name, node.type, len(node.shape)) for node in self._session.get_inputs()}
        outputs = {(node.name, node.type) for node in self._session.get_outputs()}
        if inputs != {(INPUT, "tensor(int64)", 2)} or outputs != {(OUTPUT, "tensor(float)")}:
            raise self._unusable("it does not map int64 input_ids (batch, time) to float32 logits (batch, classes)")

    def prove(self, *, num_labels: int, vocab_size: int) -> Self:
        """Ask the graph once, for the smallest and the largest id: too small a table of embeddings shows at once.

        Args:
            num_labels: Classes that the model directory names.
            vocab_size: Tokens that its tokenizer can give.

        Raises:
            ModelDirectoryError: It doesn't run, or gives logits of another number of classes.
        """
        logits = self.logits(np.array([[0, vocab_size - 1]]))
        if logits.shape != (1, num_labels):
            raise self._unusable(f"its logits are {logits.shape}, and the manifest names {num_labels} labels")
        return self

    def logits(self, input_ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score sequences of one length.

        Args:
            input_ids: (batch, time), time >= 1.

        Returns:
            (batch, classes), all finite.

        Raises:
            ModelDirectoryError: The graph fails, or gives what is no number.
        """
        try:
            logits: NDArray[np.float32] = self._session.run([OUTPUT], {INPUT: input_ids})[0]
        except _FAILURES as error:
            raise self._unusable(f"onnxruntime cannot run it ({_first_line(error)})") from error
        if not np.isfinite(logits).all():
            raise self._unusable("it gives logits that are no numbers")
        return logits

    def _unusable(self, fault: str) -> ModelDirectoryError:
        return ModelDirectoryError(f"{self._source}: {fault}; train the model again")


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _LOG_ERRORS
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
