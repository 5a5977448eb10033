"""The ONNX export answers as torch does, for every network and any length; with int8 weights, nearly so."""

from collections.abc import Callable, Sequence
from itertools import combinations, permutations
from pathlib import Path
from typing import get_args

import numpy as np
import onnx
import pytest
import torch

from sentiment.cells import CELLS, Cell
from sentiment.config import ModelConfig, config_names, load_config
from sentiment.config.schema import Pooling
from sentiment.errors import TrainingError
from sentiment.inference.graph import check_graph, operators
from sentiment.inference.network import Network
from sentiment.nn import RecurrentClassifier
from sentiment.text.sequences import TokenSequences
from sentiment.text.token_spelling import TokenSpelling
from sentiment.training.export.agreement import of_all_lengths
from sentiment.training.export.onnx import (
    OPSET,
    Export,
    Precision,
    ValidationChange,
    compare_onnx,
    export_onnx,
    write_onnx,
)
from sentiment.training.export.quantization import quantize_onnx
from sentiment.training.loop.answers import predict_logits
from sentiment.training.loop.rows import LabelledSequences
from tests.training.exports import agreement, difference, logits_of

KINDS = get_args(Pooling)
SUBSETS = [chosen for size in range(1, len(KINDS) + 1) for chosen in combinations(KINDS, size)]

Build = Callable[..., RecurrentClassifier]
Draw = Callable[[Sequence[int]], TokenSequences]

VOCAB_SIZE = 100

LARGE_ENOUGH = {"embedding_size": 64, "hidden_size": 66}
"""Sizes at which the matrices of tokens, of each cell and of the attention are worth int8."""


def written_and_compared(
    model: RecurrentClassifier,
    folder: Path,
    precision: Precision,
    rows: TokenSequences,
    validation: LabelledSequences | None,
) -> Export:
    path = folder / "model.onnx"
    written = write_onnx(model, path, precision, rows, validation, "do this", print)
    return compare_onnx(model, path, written, rows)


ALONE = [1, 2, 3, 17, 128, 500, 2_000]
TOGETHER = [1, 1, 2, 2, 2, 17, 17, 17, 17, 600, 600, 2_000, 2_000]


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_depth_and_direction_agrees_with_torch(
    tmp_path: Path, build_network: Build, draw_sequences: Draw, cell: str, bidirectional: bool, num_layers: int
) -> None:
    model = build_network(cell=cell, bidirectional=bidirectional, num_layers=num_layers)
    export_onnx(model, tmp_path / "model.onnx")
    assert agreement(model, tmp_path / "model.onnx", draw_sequences(ALONE)) <= 1e-5
    assert agreement(model, tmp_path / "model.onnx", draw_sequences(TOGETHER)) <= 1e-5


@pytest.mark.parametrize("cell", [cell for cell in CELLS.values() if cell.onnx_operator], ids=lambda cell: cell.name)
def test_a_cell_is_exported_as_its_operator(tmp_path: Path, build_network: Build, cell: Cell) -> None:
    hidden_size = 5
    export_onnx(build_network(cell=cell.name, hidden_size=hidden_size), tmp_path / "model.onnx")
    graph = onnx.load(tmp_path / "model.onnx").graph
    (node,) = (node for node in graph.node if node.op_type == cell.onnx_operator)
    (weights,) = (tensor for tensor in graph.initializer if tensor.name == node.input[1])
    assert weights.dims[1] == len(cell.gates) * hidden_size
    activations = [attribute.strings for attribute in node.attribute if attribute.name == "activations"]
    assert {name.decode() for names in activations for name in names} == {cell.onnx_activation} - {None}


def test_ngrams_agree_with_torch(tmp_path: Path, build_network: Build, draw_sequences: Draw) -> None:
    model = build_network(character_ngrams=4, word_ngrams=2, ngram_buckets=10_000)
    assert model.ngrams is not None
    torch.nn.init.normal_(model.ngrams.weight)
    export_onnx(model, tmp_path / "model.onnx")
    assert agreement(model, tmp_path / "model.onnx", draw_sequences(ALONE)) <= 1e-5
    assert agreement(model, tmp_path / "model.onnx", draw_sequences(TOGETHER)) <= 1e-5


@pytest.mark.parametrize("pooling", [*SUBSETS, *permutations(KINDS, 2)], ids="+".join)
def test_every_pooling_agrees_with_torch(
    tmp_path: Path, build_network: Build, draw_sequences: Draw, pooling: tuple[str, ...]
) -> None:
    model = build_network(cell="gru", pooling=pooling)
    export_onnx(model, tmp_path / "model.onnx")
    assert agreement(model, tmp_path / "model.onnx", draw_sequences([1, 2, 2, 2, 40, 2_000])) <= 1e-5


def test_a_file_of_other_weights_is_refused(tmp_path: Path, build_network: Build, draw_sequences: Draw) -> None:
    model, path = build_network(), tmp_path / "model.onnx"
    export_onnx(model, path)
    with torch.no_grad():
        model.output.bias.add_(torch.tensor([0.0, 0.01, 0.0]))
    assert difference(model, path, draw_sequences([5])) > 1e-5
    with pytest.raises(
        TrainingError,
        match=r"model.onnx: its probabilities differ from torch's by .* at 5 tokens, more than 1e-05; try another",
    ):
        agreement(model, path, draw_sequences([5]))


def test_a_network_that_amplifies_rounding_is_told_from_a_wrong_file(
    tmp_path: Path, build_network: Build, draw_sequences: Draw
) -> None:
    model, path = build_network(cell="rnn_tanh", hidden_size=64), tmp_path / "model.onnx"
    with torch.no_grad():
        for name, parameter in model.encoder.named_parameters():
            if "weight" in name:
                parameter.mul_(2.5)  # past the edge of chaos: a state forgets its rounding no more
    export_onnx(model, path)
    assert agreement(model, path, draw_sequences([4])) <= 1e-5
    with pytest.raises(TrainingError, match=r"at 500 tokens.*torch itself is off by .*lower training.learning_rate"):
        agreement(model, path, draw_sequences([4, 500]))


def test_states_that_overflow_are_one_clear_line(tmp_path: Path, build_network: Build, draw_sequences: Draw) -> None:
    model, path = build_network(cell="rnn_relu"), tmp_path / "model.onnx"
    with torch.no_grad():
        for name, parameter in model.encoder.named_parameters():
            if name.endswith("weight_hh"):
                parameter.mul_(6.0)
    export_onnx(model, path)
    with pytest.raises(TrainingError, match="a text of 2,000 tokens gets NaN or infinite scores"):
        agreement(model, path, draw_sequences([5, 2_000]))


@pytest.mark.parametrize("name", config_names())
def test_every_experiment_makes_a_graph_that_is_let_in(tmp_path: Path, name: str, draw_sequences: Draw) -> None:
    """As float32 and as int8. With few tokens, the file is small beside what its network does, and the bounds near."""
    config = load_config(name).config.model.model_copy(update={"ngram_buckets": 1_000})
    spelling = TokenSpelling(np.ones((VOCAB_SIZE, 40), dtype=np.int16), np.array([0, 1]))
    model = RecurrentClassifier(config, VOCAB_SIZE, 2, spelling).eval()
    export_onnx(model, tmp_path / "float32.onnx")
    quantize_onnx(model, tmp_path / "float32.onnx", tmp_path / "int8.onnx")
    for precision in ("float32", "int8"):
        assert check_graph((tmp_path / f"{precision}.onnx").read_bytes()).num_logits == 2
        logits_of(model, tmp_path / f"{precision}.onnx", draw_sequences([1, 9]))


def test_the_operators_of_the_exports_are_those_of_one_version() -> None:
    assert OPSET == operators.OPSET


class TestRowsOfAllLengths:
    @pytest.mark.parametrize(
        ("longest", "lengths"),
        [
            (1, {1}),
            (2, {1, 2}),
            (32, {1, 2, 4, 8, 16, 32}),
            (100, {1, 2, 4, 8, 16, 32, 64, 100}),
            (9_999, {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_000}),
        ],
    )
    def test_lengths_double_up_to_the_longest(self, draw_sequences: Draw, longest: int, lengths: set[int]) -> None:
        rows = draw_sequences([1, 1])
        added = of_all_lengths(rows, longest).lengths[len(rows) :].tolist()
        assert sorted(added) == sorted([*lengths, *lengths])

    def test_the_rows_stay_and_long_ones_join_them(self, draw_sequences: Draw) -> None:
        rows = draw_sequences([3, 4, 5])
        joined = of_all_lengths(rows, 16)
        for row in range(3):
            assert np.array_equal(joined.batch(np.array([row])), rows.batch(np.array([row])))
        first, second = joined.batch(np.flatnonzero(joined.lengths == 16))
        assert first.tolist() == [*rows.input_ids, *rows.input_ids[:4]]
        assert second.tolist() == [*rows.input_ids[6:], *rows.input_ids[:10]]


class TestInt8:
    @pytest.mark.parametrize("num_layers", [1, 2])
    @pytest.mark.parametrize("bidirectional", [False, True])
    @pytest.mark.parametrize("cell", CELLS)
    def test_it_answers_nearly_as_torch_does(
        self,
        tmp_path: Path,
        build_network: Build,
        draw_sequences: Draw,
        cell: str,
        bidirectional: bool,
        num_layers: int,
    ) -> None:
        model = build_network(cell=cell, bidirectional=bidirectional, num_layers=num_layers, **LARGE_ENOUGH)
        with torch.no_grad():
            for parameter in model.parameters():  # no two matrices alike, as after a training
                parameter.add_(0.02 * torch.randn_like(parameter))
        export = written_and_compared(model, tmp_path, "int8", draw_sequences([1, 2, 2, 2, 17, 17, 300]), None)
        assert 1e-5 < export.largest_difference <= 0.02
        stored = [tensor.data_type for tensor in onnx.load(tmp_path / "model.onnx").graph.initializer]
        matrices = 1 + 2 * num_layers * (2 if bidirectional else 1) + 1  # tokens, cells, attention
        assert stored.count(onnx.TensorProto.INT8) == matrices

    def test_its_labels_are_compared_with_the_trained_ones(
        self, tmp_path: Path, build_network: Build, draw_sequences: Draw
    ) -> None:
        model, rows = build_network(**LARGE_ENOUGH), draw_sequences([*range(1, 100)])
        trained = predict_logits(model, rows).argmax(axis=1)
        labels = np.where(np.arange(len(trained)) % 4 == 0, (trained + 1) % 3, trained)
        export = written_and_compared(model, tmp_path, "int8", rows, LabelledSequences(rows, labels))
        exported = logits_of(model, tmp_path / "model.onnx", rows).argmax(axis=1)
        assert 0 < (exported != trained).sum() < 10
        assert export.to_dict()["validation"] == {
            "n": 99,
            "accuracy": (exported == labels).mean(),
            "float32_accuracy": pytest.approx(74 / 99),
            "changed_labels": (exported != trained).mean(),
        }

    def test_float32_needs_no_comparison_of_labels(
        self, tmp_path: Path, build_network: Build, draw_sequences: Draw
    ) -> None:
        rows = draw_sequences([1, 2, 3])
        labelled = LabelledSequences(rows, np.zeros(3, dtype=np.int64))
        export = written_and_compared(build_network(), tmp_path, "float32", rows, labelled)
        assert export.largest_difference <= 1e-5
        assert export.validation is None
        assert export.size_bytes == (tmp_path / "model.onnx").stat().st_size

    @pytest.mark.parametrize(
        ("rows", "accuracy", "is_fault"),
        [(1_000, 0.8449, True), (1_000, 0.8451, False), (999, 0.5, False), (1_000, 0.9, False)],
    )
    def test_half_a_point_is_the_most_it_may_cost(self, rows: int, accuracy: float, is_fault: bool) -> None:
        fault = ValidationChange(rows, accuracy, 0.85, 0.05).fault()
        message = "model.onnx: int8 lowers validation accuracy from 85.00% to 84.49%, more than 0.5 points"
        assert fault == (message if is_fault else None)


def test_an_answer_is_the_same_bits_alone_and_beside_longer_texts(tmp_path: Path) -> None:
    """Rows of n-grams are as long as those of the longest text of a batch: their sum must not depend on that."""
    characters = np.array([[token % 7 + 1, token % 3, (token % 3) // 2] for token in range(60)], dtype=np.int16)
    spelling = TokenSpelling(characters, np.array([0, 1, 1, 1, 1, 1, 0, 0]))
    sizes = {"embedding_size": 8, "hidden_size": 8, "character_ngrams": 4, "word_ngrams": 2, "ngram_buckets": 1_000}
    torch.manual_seed(0)
    model = RecurrentClassifier(ModelConfig.model_validate(sizes), 60, 2, spelling).eval()
    assert model.ngrams is not None
    model.ngrams.weight.normal_()
    path = tmp_path / "model.onnx"
    export_onnx(model, path)
    network = Network(path.read_bytes(), path, 2)
    input_ids = np.random.default_rng(0).integers(0, 60, (50, 18))
    alone = np.concatenate([network.logits(row[np.newaxis]) for row in input_ids])
    np.testing.assert_array_equal(network.logits(input_ids), alone)
