"""The ONNX export, in float32 or with int8 weights, and its comparison with torch."""

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from sentiment.callbacks import Notify
from sentiment.errors import TrainingError
from sentiment.inference.network import Network
from sentiment.nn import RecurrentClassifier
from sentiment.probabilities import most_probable
from sentiment.text.sequences import TokenSequences
from sentiment.training.export.agreement import (
    check_agreement,
    exported_logits,
    exported_network,
    largest_difference,
    trained_logits,
)
from sentiment.training.export.integer_encoder import gains_from_integers
from sentiment.training.export.quantization import quantize_onnx
from sentiment.training.export.scan import expand_steps
from sentiment.training.loop.answers import predict_logits
from sentiment.training.loop.rows import LabelledSequences

OPSET = 17

MAX_ACCURACY_LOSS = 0.005
MIN_ROWS_FOR_LOSS = 1_000
"""With fewer validation rows, half a point of accuracy is a handful of rows: the loss is reported, not refused."""


Precision = Literal["auto", "float32", "int8"]


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

    @classmethod
    def measure(cls, trained: NDArray[np.float32], exported: NDArray[np.float32], labels: NDArray[np.int64]) -> Self:
        """Compare the logits, (n, classes), of torch and of model.onnx on rows with labels, (n,)."""
        before, after = most_probable(trained), most_probable(exported)
        return cls(
            n=len(labels),
            accuracy=float((after == labels).mean()),
            float32_accuracy=float((before == labels).mean()),
            changed_labels=float((after != before).mean()),
        )

    def fault(self) -> str | None:
        """Return why int8 costs too much: more than half a point, on 1,000 rows or more. None if it does not."""
        if self.n < MIN_ROWS_FOR_LOSS or self.float32_accuracy - self.accuracy <= MAX_ACCURACY_LOSS:
            return None
        return (
            f"model.onnx: int8 lowers validation accuracy from {self.float32_accuracy:.2%} to {self.accuracy:.2%}, "
            f"more than {100 * MAX_ACCURACY_LOSS:g} points"
        )


@dataclass(frozen=True)
class Written:
    """A model.onnx.

    Attributes:
        precision: how it stores its large matrices.
        network: it, loaded as inference does.
        trained: torch's logits of the rows to compare the probabilities on, (rows, classes).
        exported: its own logits of them, (rows, classes).
        logits: its logits of the validation rows, (n, classes); None without such rows.
        change: what int8 changes on them; None for float32, whose answers are the same.
    """

    precision: Literal["float32", "int8"]
    network: Network
    trained: NDArray[np.float32]
    exported: NDArray[np.float32]
    logits: NDArray[np.float32] | None
    change: ValidationChange | None = None


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
    precision: Precision,
    sequences: TokenSequences,
    validation: LabelledSequences | None,
    remedy: str,
    notify: Notify,
) -> Written:
    """Export the network, and compare the float32 file with torch.

    Args:
        model: the network.
        path: the ONNX file to write.
        precision: `int8` stores the large matrices as int8, rounded from the float32 file; `auto` does where that is
            faster and does not cost too much.
        sequences: rows to compare the probabilities on.
        validation: rows to compare the labels on.
        remedy: what to do where int8 costs too much.
        notify: told why `auto` is not int8.

    Raises:
        TrainingError: the float32 file differs from torch by more than 1e-5, or int8 costs too much.
    """
    export_onnx(model, path)
    trained, network = trained_logits(model, sequences), exported_network(model, path)
    exported = exported_logits(network, sequences)
    check_agreement(model, sequences, trained, exported)

    def as_float32() -> Written:
        return Written("float32", network, trained, exported, _validation_logits(network, validation))

    if precision == "float32" or (precision == "auto" and not gains_from_integers(model)):
        return as_float32()
    float32 = path.read_bytes()
    quantize_onnx(model, path, path)
    rounded = exported_network(model, path)
    logits, change = _validation_logits(rounded, validation), None
    if validation is not None and logits is not None:
        change = ValidationChange.measure(predict_logits(model, validation.sequences), logits, validation.labels)
        if fault := change.fault():
            if precision == "int8":
                raise TrainingError(f"{fault}; {remedy}")
            notify(f"{fault}; it is stored as float32")
            path.write_bytes(float32)
            return as_float32()
    return Written("int8", rounded, trained, exported_logits(rounded, sequences), logits, change)


def compare_onnx(
    model: RecurrentClassifier, path: Path, written: Written, sequences: TokenSequences, temperature: float = 1.0
) -> Export:
    """Return the figures of a written file.

    Args:
        model: the network that was exported.
        path: the ONNX file.
        written: as `write_onnx` returned it.
        sequences: rows that the probabilities were compared on.
        temperature: of the probabilities.

    Raises:
        TrainingError: it is float32 and differs from torch by more than 1e-5.
    """
    if written.precision == "float32":
        difference = check_agreement(model, sequences, written.trained, written.exported, temperature)
    else:
        difference = largest_difference(written.trained, written.exported, temperature)
    return Export(written.precision, path.stat().st_size, difference, written.change)


def _validation_logits(network: Network, validation: LabelledSequences | None) -> NDArray[np.float32] | None:
    return None if validation is None else exported_logits(network, validation.sequences)
