"""Texts of different length in one batch of an int8 model: the same answers, bit by bit."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sentiment.inference.network import RUNS_WORTH_PADDING, Network
from sentiment.nn import RecurrentClassifier
from sentiment.text.sequences import TokenSequences, offsets_of
from sentiment.training.export.integer_cells import INTEGER_CELLS
from sentiment.training.export.integer_encoder import use_integer_encoder
from sentiment.training.export.onnx import export_onnx

Build = Callable[..., RecurrentClassifier]
POOLS = ("mean", "max", "last")
PAD = 100


def integer_graph(model: RecurrentClassifier, path: Path) -> onnx.ModelProto:
    export_onnx(model, path)
    file = onnx.load(path)
    use_integer_encoder(file.graph, model)
    return file


def network_of(file: onnx.ModelProto) -> Network:
    return Network(file.SerializeToString(), Path("model.onnx"), 3)


def padded(texts: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    sequences = TokenSequences(
        np.concatenate(texts).astype(np.int32), offsets_of(lengths), np.zeros(len(texts), dtype=np.bool_)
    )
    return sequences.padded_batch(np.arange(len(texts)), PAD)


def assert_same_in_company(network: Network, texts: Sequence[Sequence[int]]) -> None:
    together = network.logits(padded(texts), has_pads=True)
    alone = [network.logits(np.array([text, text]))[0] for text in texts]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("pooling", [("mean",), ("max",), ("last",), POOLS])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", INTEGER_CELLS)
def test_every_cell_and_pooling_passes_over_pads(
    tmp_path: Path, build_network: Build, cell: str, bidirectional: bool, pooling: tuple[str, ...]
) -> None:
    model = build_network(cell=cell, bidirectional=bidirectional, pooling=pooling)
    network = network_of(integer_graph(model, tmp_path / "model.onnx"))
    assert network.pad_to_spare(RUNS_WORTH_PADDING) == PAD
    rng = np.random.default_rng(0)
    assert_same_in_company(network, [rng.integers(0, PAD, length).tolist() for length in (1, 1, 2, 5, 17, 60)])


@pytest.fixture(scope="module")
def with_ngrams(tmp_path_factory: pytest.TempPathFactory, build_network: Build) -> Network:
    model = build_network(cell="lstm", pooling=POOLS, character_ngrams=3, word_ngrams=2, ngram_buckets=4096)
    assert model.ngrams is not None
    with torch.no_grad():
        model.ngrams.weight.normal_()
        for parameter in model.encoder.parameters():
            parameter.mul_(5.0)  # states of all sizes, also such that are negative throughout a text
    network = network_of(integer_graph(model, tmp_path_factory.mktemp("pads") / "model.onnx"))
    network.prepare_pads()
    return network


@given(texts=st.lists(st.lists(st.integers(0, PAD - 1), min_size=1, max_size=30), min_size=1, max_size=9))
def test_company_does_not_change_an_answer(with_ngrams: Network, texts: list[list[int]]) -> None:
    assert_same_in_company(with_ngrams, texts)


@pytest.mark.parametrize("changes", [{"num_layers": 2}, {"pooling": ("mean", "attention")}])
def test_rows_of_others_have_equal_length(tmp_path: Path, build_network: Build, changes: dict[str, object]) -> None:
    model = build_network(**({"cell": "gru", "pooling": POOLS} | changes))
    assert network_of(integer_graph(model, tmp_path / "model.onnx")).pad_to_spare(RUNS_WORTH_PADDING) is None


def test_pads_are_used_once_they_are_worth_making(tmp_path: Path, build_network: Build) -> None:
    network = network_of(integer_graph(build_network(cell="lstm", pooling=POOLS), tmp_path / "model.onnx"))
    assert network.pad_to_spare(RUNS_WORTH_PADDING - 1) is None
    assert network.pad_to_spare(0) is None
    assert network.pad_to_spare(1) == PAD
    assert network.pad_to_spare(1) == PAD


class TestGraphsLikeExports:
    """A graph that only looks like an export: pads are not used, and it answers as before."""

    @pytest.fixture
    def file(self, tmp_path: Path, build_network: Build) -> onnx.ModelProto:
        return integer_graph(build_network(cell="lstm", pooling=POOLS), tmp_path / "model.onnx")

    def assert_unpadded(self, file: onnx.ModelProto) -> None:
        network = network_of(file)
        assert network.pad_to_spare(RUNS_WORTH_PADDING) is None
        assert network.logits(np.array([[1, 2]])).shape == (1, 3)

    def test_names_of_ours(self, file: onnx.ModelProto) -> None:
        for node in file.graph.node:
            for names in (node.input, node.output):
                names[:] = ["pads.mask.0" if name == "encoder.sizes" else name for name in names]
        self.assert_unpadded(file)

    def test_states_that_mean_something_else(self, file: onnx.ModelProto) -> None:
        for scan in file.graph.node:
            for attribute in scan.attribute:
                for node in attribute.g.node:
                    if node.output[0].endswith("next.h"):
                        node.op_type = "Sub"
        self.assert_unpadded(file)
