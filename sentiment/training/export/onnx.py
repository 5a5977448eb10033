"""The ONNX export, in float32 or with int8 weights, and its comparison with torch."""

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import onnx
import torch

from sentiment.errors import TrainingError
from sentiment.nn import RecurrentClassifier
from sentiment.probabilities import most_probable
from sentiment.text.sequences import TokenSequences
from sentiment.training.export.agreement import check_agreement, exported_logits, largest_difference
from sentiment.training.export.quantization import quantize_onnx
from sentiment.training.export.scan import expand_steps
from sentiment.training.loop.answers import predict_logits
from sentiment.training.loop.rows import LabelledSequences

OPSET = 17

MAX_ACCURACY_LOSS = 0.005
MIN_ROWS_FOR_LOSS = 1_000
"""With fewer validation rows, half a point of accuracy is a handful of rows: the loss is reported, not refused."""


@dataclass(frozen=True)
class ValidationChange:
    """What int8 weights change on the validation rows.

    Attributes:
        n: number of rows.
        accuracy: of model.onnx, as int8.
        float32_accuracy: of the weights as they were trained.
        changed_labels: share of the rows whose label changes.
    """

    n: int
    accuracy: float
    float32_accuracy: float
    changed_labels: float


@dataclass(frozen=True)
class Export:
    """A model.onnx that has been compared with torch.

    Attributes:
        precision: how it stores its large matrices.
        size_bytes: its size.
        largest_difference: in probability, between its answers and torch's, over the rows of the check.
        validation: None for float32, whose answers are the same, or without validation rows.
    """

    precision: Literal["float32", "int8"]
    size_bytes: int
    largest_difference: float
    validation: ValidationChange | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        validation = None if self.validation is None else asdict(self.validation)
        return {"precision": self.precision, "size_bytes": self.size_bytes, "validation": validation}

    def summary(self) -> str:
        """Return a one-line description for people."""
        if self.precision == "float32":
            return f"model.onnx agrees with torch: largest difference in probability {self.largest_difference:.1g}"
        summary = (
            f"model.onnx stores its weights as int8, {self.size_bytes / 1e6:.1f} MB: largest difference in probability "
            f"from float32 {self.largest_difference:.1g}"
        )
        if (change := self.validation) is None:
            return summary
        return (
            f"{summary}; validation accuracy {change.accuracy:.2%} instead of {change.float32_accuracy:.2%}, "
            f"{change.changed_labels:.2%} of the labels change"
        )


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
        graph = onnx.load(path)
        expand_steps(graph)
        path.write_bytes(graph.SerializeToString())


def write_onnx(
    model: RecurrentClassifier,
    path: Path,
    precision: Literal["float32", "int8"],
    sequences: TokenSequences,
    validation: LabelledSequences | None,
    temperature: float = 1.0,
) -> Export:
    """Export the network and compare the file with torch.

    Args:
        model: the network.
        path: the ONNX file to write.
        precision: `int8` stores the large matrices as int8, rounded from the float32 file, which is checked first.
        sequences: rows to compare the probabilities on.
        validation: rows to compare the labels on; unused for float32.
        temperature: of the probabilities.

    Raises:
        TrainingError: the float32 file differs from torch by more than 1e-5.
    """
    export_onnx(model, path)
    difference = check_agreement(model, path, sequences, temperature)
    if precision == "float32":
        return Export(precision, path.stat().st_size, difference)
    quantize_onnx(path, path)
    difference = largest_difference(model, path, sequences, temperature)
    change = None if validation is None else _validation_change(model, path, validation)
    return Export(precision, path.stat().st_size, difference, change)


def check_accuracy(export: Export, remedy: str) -> None:
    """Refuse an int8 file that loses more than half a point of validation accuracy, on 1,000 rows or more.

    Args:
        export: as `write_onnx` returned it.
        remedy: what to do.

    Raises:
        TrainingError: it does.
    """
    change = export.validation
    if change is None or change.n < MIN_ROWS_FOR_LOSS:
        return
    loss = change.float32_accuracy - change.accuracy
    if loss > MAX_ACCURACY_LOSS:
        raise TrainingError(
            f"model.onnx: int8 lowers validation accuracy from {change.float32_accuracy:.2%} to {change.accuracy:.2%}, "
            f"more than {100 * MAX_ACCURACY_LOSS:g} points; {remedy}"
        )


def _validation_change(model: RecurrentClassifier, path: Path, validation: LabelledSequences) -> ValidationChange:
    trained = most_probable(predict_logits(model, validation.sequences))
    exported = most_probable(exported_logits(model, path, validation.sequences))
    return ValidationChange(
        n=len(validation.labels),
        accuracy=float((exported == validation.labels).mean()),
        float32_accuracy=float((trained == validation.labels).mean()),
        changed_labels=float((exported != trained).mean()),
    )
