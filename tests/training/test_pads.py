"""Texts of different length in one batch of an int8 model: the same answers, bit by bit."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from sentiment import Classifier
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
    alone = [network.logits(np.array([text]))[0] for text in texts]
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


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, build_network: Build, write_model: Callable[..., Path]) -> Path:
    """A model directory whose graph accepts pads, and whose tokens are characters."""
    folder = tmp_path_factory.mktemp("classifier")
    network = build_network(cell="lstm", pooling=POOLS, character_ngrams=2)
    graph = integer_graph(network, folder / "model.onnx").SerializeToString()
    return write_model(folder / "model", labels=("bad", "fair", "good"), max_tokens=40, graph=graph)


class TestClassifier:
    """What a classifier makes of the texts of a call."""

    TEXTS = ("good", "a bad film", "", "배우가 아깝다", "ab" * 30, "good film, " * 9, "x", "no", "bad bad film") * 5

    @pytest.mark.parametrize("batch_size", [1, 2, 128])
    @pytest.mark.parametrize("threads", [1, 2])
    def test_texts_have_the_same_answers_alone_and_together(self, model: Path, batch_size: int, threads: int) -> None:
        plain = Classifier.load(model, threads=1)
        alone = np.concatenate([plain.probabilities([text]) for text in self.TEXTS])
        warm = Classifier.load(model, threads=threads).warm_up()
        np.testing.assert_array_equal(warm.probabilities(self.TEXTS, batch_size), alone)
        assert np.isnan(alone[2]).all()
        assert warm.predict(["ab" * 30])[0].num_windows == 2

    def test_a_warm_one_needs_fewer_runs(self, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        texts, runs = [("ab" * 19)[:length] for length in range(8, 38)], []
        logits = Network.logits

        def counted(self: Network, input_ids: NDArray[np.int64], *, has_pads: bool = False) -> NDArray[np.float32]:
            runs.append(has_pads)
            return logits(self, input_ids, has_pads=has_pads)

        monkeypatch.setattr(Network, "logits", counted)
        classifier = Classifier.load(model, threads=1)
        classifier.probabilities(texts)
        assert runs[-30:] == [False] * 30
        classifier.warm_up()
        runs.clear()
        classifier.probabilities(texts)
        assert 1 <= len(runs) <= 6
        assert True in runs

    def test_several_threads_may_be_the_first(self, model: Path) -> None:
        classifier = Classifier.load(model, threads=1)
        expected = classifier.probabilities(self.TEXTS)
        with ThreadPoolExecutor(8) as pool:
            for answers in pool.map(lambda _: classifier.probabilities(self.TEXTS), range(40)):
                np.testing.assert_array_equal(answers, expected)


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

    @pytest.mark.parametrize("name", ["pads.pad", "pads.anything"])
    def test_stored_names_of_ours(self, file: onnx.ModelProto, name: str) -> None:
        """The last of two tensors of a name would be the one that counts, also for what was checked with the first."""
        file.graph.initializer.append(numpy_helper.from_array(np.array(1), name))
        self.assert_unpadded(file)

    def test_another_table_of_tokens(self, file: onnx.ModelProto) -> None:
        """A row of zeros for the pad would be read there."""
        table = np.zeros((PAD, 3), dtype=np.float32)
        table[7] = -1
        file.graph.initializer.append(numpy_helper.from_array(table, "extra"))
        (logits,) = (node for node in file.graph.node if "logits" in node.output)
        logits.output[0] = "before"
        axes = numpy_helper.from_array(np.array([1]), "axes")
        file.graph.initializer.append(axes)
        file.graph.node.extend(
            [
                helper.make_node("Gather", ["extra", "input_ids"], ["of_tokens"]),
                helper.make_node("ReduceMax", ["of_tokens"], ["highest"], axes=[1], keepdims=0),
                helper.make_node("Add", ["before", "highest"], ["logits"]),
            ]
        )
        self.assert_unpadded(file)

    def test_a_mean_of_something_else(self, file: onnx.ModelProto) -> None:
        """Its numerator would have a row for all texts together, and a size that grows with the square of a batch."""
        (mean,) = (node for node in file.graph.node if node.op_type == "Div")
        flat = helper.make_node("Flatten", [mean.input[0]], ["flat"], axis=0)
        divided = helper.make_node("Div", ["flat", mean.input[1]], ["divided"])
        steps = mean.input[1]
        place = list(file.graph.node).index(mean)
        file.graph.node.insert(place, flat)
        file.graph.node.insert(place + 1, divided)
        mean.input[1] = "one"
        file.graph.initializer.append(numpy_helper.from_array(np.array(1, np.float32), "one"))
        file.graph.output.append(helper.make_tensor_value_info("divided", onnx.TensorProto.FLOAT, None))
        assert steps in divided.input
        self.assert_unpadded(file)

    def test_what_no_reader_of_graphs_expects(self, file: onnx.ModelProto) -> None:
        file.graph.initializer.append(numpy_helper.from_array(np.zeros(PAD, dtype=np.int8), "flat.table"))
        file.graph.initializer.append(numpy_helper.from_array(np.ones(1, dtype=np.float32), "flat.scale"))
        file.graph.node.extend(
            [
                helper.make_node("DequantizeLinear", ["flat.table", "flat.scale"], ["table"], axis=0),
                helper.make_node("Gather", ["table", "input_ids"], ["of_tokens"]),
            ]
        )
        self.assert_unpadded(file)

    def test_states_that_mean_something_else(self, file: onnx.ModelProto) -> None:
        for scan in file.graph.node:
            for attribute in scan.attribute:
                for node in attribute.g.node:
                    if node.output[0].endswith("next.h"):
                        node.op_type = "Sub"
        self.assert_unpadded(file)
