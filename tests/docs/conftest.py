"""The model that the pages of docs/ are run with: it weighs characters, so that its answers can be understood."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from sentiment.model_dir import TOKENIZER_FILE
from sentiment.text.tokenizer_file import load_tokenizer

WriteModel = Callable[..., Path]


@pytest.fixture(scope="session")
def write_page_model(write_model: WriteModel) -> WriteModel:
    """The function that writes it: `write_page_model(path)`."""

    def write(path: Path) -> Path:
        write_model(path)
        vocab = load_tokenizer((path / TOKENIZER_FILE).read_bytes(), "test").get_vocab()
        return write_model(path, graph=mean_of_characters(vocab), replace=True)

    return write


def mean_of_characters(vocab: dict[str, int]) -> bytes:
    """Build a network that takes the mean of what each character weighs for and against a text."""
    liked, disliked = set("최고예요go"), set("아깝다ba")
    weights = np.zeros((len(vocab), 2), dtype=np.float32)
    for token, number in vocab.items():
        weights[number] = (6 * (token in disliked), 6 * (token in liked))
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["weights", "input_ids"], ["weighed"]),
            helper.make_node("ReduceMean", ["weighed"], ["logits"], axes=[1], keepdims=0),
        ],
        "mean",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "time"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 2])],
        [numpy_helper.from_array(weights, "weights")],
    )
    serialized: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    ).SerializeToString()
    return serialized
