"""The ONNX export, and the proof that it answers as torch does."""

import warnings
from pathlib import Path

import numpy as np
import torch

from sentiment.errors import TrainingError
from sentiment.inference.classifier import softmax
from sentiment.inference.network import Network
from sentiment.nn import RecurrentClassifier
from sentiment.text import TokenSequences, batches_by_length

OPSET = 17
TOLERANCE = 1e-5
CHECK_BATCH_SIZE = 64


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
    """Return the largest difference in probability between torch and the exported file, as it will be read.

    Args:
        model: the network that was exported.
        path: the ONNX file.
        sequences: rows of at least one token each.
    """
    model.eval()
    exported = Network(
        path.read_bytes(), path, num_labels=model.output.out_features, vocab_size=model.embedding.num_embeddings
    )
    difference = 0.0
    for rows in batches_by_length(sequences.lengths, CHECK_BATCH_SIZE):
        input_ids = sequences.batch(rows)
        expected = model(torch.from_numpy(input_ids)).softmax(dim=1).numpy()
        difference = max(difference, float(np.abs(softmax(exported.logits(input_ids)) - expected).max()))
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
