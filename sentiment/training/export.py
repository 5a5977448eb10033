"""The ONNX export, and the proof that it answers as torch does."""

import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from sentiment.errors import TrainingError
from sentiment.nn import RecurrentClassifier
from sentiment.text import TokenSequences, batches_by_length

OPSET = 17
TOLERANCE = 1e-5


def export_onnx(model: RecurrentClassifier, path: Path) -> None:
    """Write the network as ONNX: `input_ids`, (batch, time), int64, to `logits`, (batch, classes), float32.

    Batch and time are dynamic; time >= 1. The exporter is torch's older one, since the newer freezes the time axis of
    the RNN operators.
    """
    model.eval()
    example = torch.zeros(2, 3, dtype=torch.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (example,),
            path,
            input_names=["input_ids"],
            output_names=["logits"],
            dynamic_axes={"input_ids": {0: "batch", 1: "time"}, "logits": {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )


@torch.inference_mode()
def largest_difference(model: RecurrentClassifier, path: Path, sequences: TokenSequences) -> float:
    """Return the largest difference in probability between torch and the exported file.

    Args:
        model: the network that was exported.
        path: the ONNX file.
        sequences: rows of at least one token each.
    """
    model.eval()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    difference = 0.0
    for rows in batches_by_length(sequences.lengths, 64):
        input_ids = sequences.batch(rows)
        expected = model(torch.from_numpy(input_ids)).softmax(dim=1).numpy()
        answer = _softmax(session.run(["logits"], {"input_ids": input_ids})[0])
        difference = max(difference, float(np.abs(answer - expected).max()))
    return difference


def check_export(model: RecurrentClassifier, path: Path, sequences: TokenSequences) -> float:
    """Compare torch and the exported file on real rows, and return their largest difference in probability.

    Raises:
        TrainingError: they differ by more than 1e-5.
    """
    difference = largest_difference(model, path, sequences)
    if not difference <= TOLERANCE:
        raise TrainingError(
            f"{path.name}: its probabilities differ from torch's by {difference:.2g}, more than {TOLERANCE:g}; "
            "try another torch or onnxruntime release"
        )
    return difference


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    exponentials: NDArray[np.float32] = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
