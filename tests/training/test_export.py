"""The ONNX export answers as torch does, for every network and any length."""

from pathlib import Path

import numpy as np
import pytest
import torch

from sentiment.config import ModelConfig
from sentiment.errors import TrainingError
from sentiment.nn import RecurrentClassifier
from sentiment.text import TokenSequences
from sentiment.training.export import check_export, export_onnx, largest_difference

POOLINGS = ("last", "mean", "max", "attention")


def sequences(lengths: list[int]) -> TokenSequences:
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    input_ids = np.random.default_rng(0).integers(0, 30, size=offsets[-1]).astype(np.int32)
    return TokenSequences(input_ids, offsets, np.zeros(len(lengths), dtype=np.bool_))


def network(cell: str, bidirectional: bool, num_layers: int) -> RecurrentClassifier:
    torch.manual_seed(0)
    values = {"cell": cell, "bidirectional": bidirectional, "num_layers": num_layers, "pooling": POOLINGS}
    return RecurrentClassifier(ModelConfig.model_validate(values | {"embedding_size": 12, "hidden_size": 16}), 30, 3)


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["rnn_tanh", "rnn_relu", "lstm", "gru"])
def test_onnx_agrees_with_torch(tmp_path: Path, cell: str, bidirectional: bool, num_layers: int) -> None:
    model, path = network(cell, bidirectional, num_layers), tmp_path / "model.onnx"
    export_onnx(model, path)
    lengths = [1, 1, 2, 3, 3, 3, 17, 128, 500, 2_000]
    assert check_export(model, path, sequences(lengths)) <= 1e-5


def test_a_file_of_other_weights_is_refused(tmp_path: Path) -> None:
    model, path = network("lstm", True, 1), tmp_path / "model.onnx"
    export_onnx(model, path)
    with torch.no_grad():
        model.output.bias.add_(torch.tensor([0.0, 0.01, 0.0]))
    assert largest_difference(model, path, sequences([5])) > 1e-5
    with pytest.raises(
        TrainingError, match=r"model.onnx: its probabilities differ from torch's by .*, more than 1e-05"
    ):
        check_export(model, path, sequences([5]))
