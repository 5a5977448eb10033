"""What is seen inside of a network is what torch computes there."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn
from torch.nn import functional

from sentiment import Classifier
from sentiment.cells import CELLS, LARGEST_STATE
from sentiment.config import ModelConfig
from sentiment.errors import ModelDirectoryError
from sentiment.inference.inside import CellValues
from sentiment.inference.inside.gates import gates
from sentiment.inference.inside.opened import OpenedNetwork
from sentiment.inference.inside.placed_tokens import PlacedTokens
from sentiment.inference.network import Network
from sentiment.nn import RecurrentClassifier, RecurrentLayer
from sentiment.probabilities import softmax
from sentiment.text.sequences import TokenSequences
from sentiment.text.token_spelling import TokenSpelling
from sentiment.training.export.integer_cells import INTEGER_CELLS
from sentiment.training.export.integer_encoder import use_integer_encoder
from sentiment.training.export.onnx import export_onnx
from sentiment.training.export.quantization import quantize_onnx

WriteModel = Callable[..., Path]

VOCAB_SIZE = 60
# Tokens of one to three characters; the sixth is no letter.
SPELLING = TokenSpelling(
    np.array([[token % 7 + 1, token % 3, (token % 3) // 2] for token in range(VOCAB_SIZE)], dtype=np.int16),
    np.array([0, 1, 1, 1, 1, 1, 0, 0]),
)
WITH_NGRAMS = Path(__file__).parents[1] / "formats" / "classifier-2"
TORCH_STEPS = {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "rnn_tanh": nn.RNNCell, "rnn_relu": nn.RNNCell}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def build(**changes: object) -> RecurrentClassifier:
    torch.manual_seed(0)
    sizes = {"embedding_size": 8, "hidden_size": 6, "pooling": ("last", "mean", "max", "attention")}
    model = RecurrentClassifier(ModelConfig.model_validate(sizes | changes), VOCAB_SIZE, 3, SPELLING).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        if model.ngrams is not None:
            model.ngrams.weight.normal_()
            model.ngrams.bias.normal_()
    return model


def opened(model: RecurrentClassifier, path: Path, **changes: object) -> OpenedNetwork:
    export_onnx(model, path)
    return opened_file(model, path, **changes)


def opened_file(model: RecurrentClassifier, path: Path, **changes: object) -> OpenedNetwork:
    @torch.no_grad()
    def logits(input_ids: NDArray[np.int64]) -> NDArray[np.float32]:
        answers: NDArray[np.float32] = model(torch.from_numpy(input_ids)).numpy()
        return answers

    config = ModelConfig.model_validate(changes)
    return OpenedNetwork.open(path.read_bytes(), path, logits, lambda: config, lambda: SPELLING)


def some_tokens(length: int = 12) -> NDArray[np.int64]:
    return np.random.default_rng(1).integers(0, VOCAB_SIZE, length)


def cells_of(network: OpenedNetwork, input_ids: NDArray[np.int64]) -> tuple[CellValues, ...]:
    whole = TokenSequences(input_ids.astype(np.int32), np.array([0, len(input_ids)]), np.zeros(1, np.bool_))
    places = np.zeros((len(input_ids), 2), np.int64)
    tokens = PlacedTokens(input_ids, places, [], np.zeros(len(input_ids), np.int64), whole)
    return gates("", tokens, str, network).cells


@pytest.mark.parametrize(("bidirectional", "num_layers"), [(False, 1), (True, 2), (False, 3), (True, 3)])
@pytest.mark.parametrize("cell", CELLS)
@torch.no_grad()
def test_gates_and_states_are_those_of_torch(tmp_path: Path, cell: str, bidirectional: bool, num_layers: int) -> None:
    model = build(cell=cell, bidirectional=bidirectional, num_layers=num_layers)
    input_ids = some_tokens()
    seen = iter(cells_of(opened(model, tmp_path / "model.onnx"), input_ids))
    sequence = model.embedding(torch.from_numpy(input_ids))
    for depth, layer in enumerate(model.encoder.layers, start=1):
        for suffix in cast(RecurrentLayer, layer).directions:
            part = next(seen)
            assert (part.layer, part.direction) == (depth, "backward" if suffix else "forward")
            for name, expected in steps_in_torch(cell, cast(RecurrentLayer, layer), suffix, sequence).items():
                np.testing.assert_allclose(part.values[name], expected, atol=1e-5, rtol=0, err_msg=name)
        sequence = layer(sequence[None])[0][0]
    assert next(seen, None) is None


def steps_in_torch(
    cell: str, layer: RecurrentLayer, suffix: str, sequence: torch.Tensor
) -> dict[str, NDArray[np.float32]]:
    """Return what torch's own cell says step by step; its gates by their equations, from its last state."""
    kind = TORCH_STEPS[cell]
    step = kind(sequence.shape[1], layer.hidden_size, **({"nonlinearity": cell[4:]} if kind is nn.RNNCell else {}))
    step.load_state_dict({name.removesuffix(suffix): getattr(layer, name) for name, _ in named(layer, suffix)})
    names = {"lstm": ("input", "forget", "output"), "gru": ("reset", "update")}.get(cell, ())
    values: dict[str, list[torch.Tensor]] = {name: [] for name in (*names, "hidden", *(["cell"] * (cell == "lstm")))}
    h, c = torch.zeros(1, layer.hidden_size), torch.zeros(1, layer.hidden_size)
    for x in sequence.flip(0)[:, None] if suffix else sequence[:, None]:
        summed = functional.linear(x, step.weight_ih, step.bias_ih) + functional.linear(h, step.weight_hh, step.bias_hh)
        for name, gate in zip(CELLS[cell].gates, summed.chunk(len(CELLS[cell].gates), dim=1), strict=True):
            if name in names:
                values[name].append(torch.sigmoid(gate))
        if cell == "lstm":
            h, c = step(x, (h, c))
            values["cell"].append(c)
        else:
            h = step(x, h)
        values["hidden"].append(h)
    return {name: torch.cat(found[::-1] if suffix else found).numpy() for name, found in values.items()}


def named(layer: RecurrentLayer, suffix: str) -> list[tuple[str, torch.Tensor]]:
    return [(name, tensor) for name, tensor in layer.named_parameters() if name.endswith("_reverse") == bool(suffix)]


@torch.no_grad()
def test_int8_weights_are_seen_as_the_numbers_that_they_stand_for(tmp_path: Path) -> None:
    model = build(embedding_size=64, hidden_size=40)
    export_onnx(model, tmp_path / "model.onnx")
    quantize_onnx(model, tmp_path / "model.onnx", tmp_path / "model.onnx")
    stored = {
        tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(tmp_path / "model.onnx").graph.initializer
    }
    (name,) = (name for name in stored if name.endswith(".0.int8") and stored[name].shape == (1, 160, 64))
    exact = stored[name][0] * stored[name.replace("int8", "scale")][:, np.newaxis]
    input_, output, forget, candidate = np.split(exact, 4)
    seen = opened_file(model, tmp_path / "model.onnx").encoder.layers[0][0].input
    assert not np.array_equal(seen, cast(torch.Tensor, model.encoder.layers[0].weight_ih).numpy())
    np.testing.assert_array_equal(seen, np.concatenate([input_, forget, candidate, output]))


@torch.no_grad()
def test_a_forward_prefix_is_the_answer_to_it(tmp_path: Path) -> None:
    changes = {"bidirectional": False, "num_layers": 2, "character_ngrams": 3, "word_ngrams": 2, "ngram_buckets": 97}
    model = build(**changes)
    input_ids = some_tokens(60)
    prefixes = opened(model, tmp_path / "model.onnx", **changes).prefix_logits(input_ids)
    spelled = [[number for number in SPELLING.characters[token] if number] for token in input_ids]
    # Where a word goes on, its n-grams count once it is whole.
    ended = [SPELLING.in_word[here[-1]] == 0 or SPELLING.in_word[after[0]] == 0 for here, after in pairwise(spelled)]
    places = [place for place, is_end in enumerate([*ended, True]) if is_end]
    assert len(places) > 5
    for place in places:
        expected = model(torch.from_numpy(input_ids[None, : place + 1]))[0]
        np.testing.assert_allclose(prefixes[place], expected.numpy(), atol=1e-5, rtol=0)


@torch.no_grad()
def test_a_forward_prefix_of_two_directions_is_that_of_the_forward_half(tmp_path: Path) -> None:
    model = build(bidirectional=True, num_layers=2, cell="gru")
    input_ids = some_tokens()
    prefixes = opened(model, tmp_path / "model.onnx").prefix_logits(input_ids)
    for place, logits in enumerate(prefixes):
        embedded = model.embedding(torch.from_numpy(input_ids[None, : place + 1]))
        forward, backward = model.encoder.read_apart(embedded)
        states = torch.cat([forward, torch.zeros_like(backward)], dim=2)
        expected = model.output(model.pooling(states, states[:, -1]))[0]
        np.testing.assert_allclose(logits, expected.numpy(), atol=1e-5, rtol=0)


@torch.no_grad()
def test_the_shares_of_ngrams_sum_to_what_they_add(tmp_path: Path) -> None:
    changes = {"character_ngrams": 3, "word_ngrams": 2, "ngram_buckets": 97}
    model = build(**changes)
    ngrams = opened(model, tmp_path / "model.onnx", **changes).ngrams
    assert ngrams is not None
    assert model.ngrams is not None
    for length in (1, 2, 20):
        input_ids = some_tokens(length)
        expected = (model.ngrams(torch.from_numpy(input_ids[None]))[0] - model.ngrams.bias).numpy()
        np.testing.assert_allclose(ngrams.by_token(input_ids).sum(axis=0), expected, atol=1e-5, rtol=0)


@pytest.fixture(scope="module")
def with_ngrams() -> Classifier:
    return Classifier.load(WITH_NGRAMS, threads=1)


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_a_trace_ends_as_predict_answers(with_ngrams: Classifier, text: str) -> None:
    traced, (prediction,) = with_ngrams.trace(text), with_ngrams.predict([text])
    assert (traced.label, traced.probability, traced.probabilities) == (
        prediction.label,
        prediction.probability,
        prediction.probabilities,
    )
    assert (traced.steps == ()) == (prediction.label is None)
    for step in traced.steps:
        assert text[step.start : step.end] == step.text
        assert sum(step.probabilities.values()) == pytest.approx(1)
    seen = with_ngrams.gates(text)
    assert len(seen.tokens) == prediction.num_tokens
    assert all(0 <= token.start <= token.end <= len(text) for token in seen.tokens)


def test_a_text_of_several_windows_is_traced_through_all_of_them(tmp_path: Path, write_model: WriteModel) -> None:
    model = build(bidirectional=False, cell="gru")
    export_onnx(model, tmp_path / "model.onnx")
    graph = (tmp_path / "model.onnx").read_bytes()
    labels = ("negative", "neutral", "positive")
    path = write_model(tmp_path / "model", labels=labels, graph=graph, max_tokens=7)
    classifier = Classifier.load(path, threads=1)
    text = "good film bad film 이 영화 정말 최고예요"
    traced, (prediction,) = classifier.trace(text), classifier.predict([text])
    assert prediction.num_windows == 5
    assert traced.steps[-1].probabilities == pytest.approx(prediction.probabilities, abs=1e-6)
    assert classifier.gates(text).window_starts == (0, 6, 12, 18, 24)
    first_window = softmax(classifier._opened.prefix_logits(classifier._placed("good").input_ids))[-1]
    assert list(traced.steps[0].probabilities.values()) == pytest.approx(first_window.tolist(), abs=1e-6)


def test_what_is_shown_of_gates_can_be_chosen(with_ngrams: Classifier) -> None:
    seen = with_ngrams.gates("이 영화 정말 최고예요")
    forward = seen.cells[0]
    shown = forward.to_dict()["forget"]
    assert shown["mean"] == pytest.approx(forward.values["forget"].mean(axis=1), abs=1e-6)
    changes = np.abs(np.diff(forward.values["forget"], axis=0)).sum(axis=0)
    assert [int(unit) for unit in shown["units"]] == np.argsort(-changes, kind="stable")[:5].tolist()
    assert len(seen.to_dict(all_units=True)["cells"][0]["forget"]["units"]) == forward.values["forget"].shape[1]


def test_a_text_too_long_for_gates_is_refused(with_ngrams: Classifier) -> None:
    with pytest.raises(ValueError, match=r"\d,\d{3} tokens; gates are kept for at most 4,096"):
        with_ngrams.gates("이 영화 " * 2_000)


def test_a_graph_unlike_exports_is_refused(shared_tiny_model_dir: Path) -> None:
    classifier = Classifier.load(shared_tiny_model_dir, threads=1)
    with pytest.raises(ModelDirectoryError, match=r"model\.onnx: cannot be looked into \(it has no output layer"):
        classifier.trace("good film")
    assert classifier.explain("good film").label


def test_parts_that_do_not_give_the_answers_are_refused(tmp_path: Path) -> None:
    other = build()
    with torch.no_grad():
        other.output.bias.add_(1.0)
    export_onnx(build(), tmp_path / "model.onnx")
    with pytest.raises(ModelDirectoryError, match="its parts do not give its answers"):
        opened_file(other, tmp_path / "model.onnx")


@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize("cell", INTEGER_CELLS)
@torch.no_grad()
def test_integer_layers_are_seen_as_they_compute(tmp_path: Path, cell: str, bidirectional: bool) -> None:
    model = build(cell=cell, bidirectional=bidirectional, num_layers=2)
    path = tmp_path / "model.onnx"
    export_onnx(model, path)
    file = onnx.load(path)
    use_integer_encoder(file.graph, model)
    path.write_bytes(file.SerializeToString())
    network = opened_file(model, path, cell=cell)
    exported = Network(path.read_bytes(), path, 3)
    for length in (1, 2, 12):
        input_ids = some_tokens(length)
        # A state within rounding of a half may be rounded the other way.
        np.testing.assert_allclose(network.logits(input_ids), exported.logits(input_ids[None])[0], atol=2e-3, rtol=0)
    exact = cast(torch.Tensor, model.encoder.layers[0].weight_hh).numpy()
    np.testing.assert_allclose(network.encoder.layers[0][0].hidden, exact, atol=np.abs(exact).max() / 32, rtol=0)
    as_before = opened_file(model, with_joined_scales(path), cell=cell)
    np.testing.assert_allclose(as_before.logits(some_tokens(12)), network.logits(some_tokens(12)), atol=1e-5)


def with_joined_scales(path: Path) -> Path:
    """Store the scales of weights times that of states, as earlier exports do."""
    file = onnx.load(path)
    for scan in (node for node in file.graph.node if node.op_type == "Scan"):
        (body,) = (attribute.g for attribute in scan.attribute if attribute.HasField("g"))
        stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in body.initializer}
        for unit in [node for node in body.node if node.op_type == "Mul" and node.output[0].endswith(".unit")]:
            body.node.remove(unit)
            joined = stored[unit.input[1]] / np.float32(LARGEST_STATE)
            body.initializer.append(numpy_helper.from_array(joined, unit.output[0]))
    path.write_bytes(file.SerializeToString())
    return path
