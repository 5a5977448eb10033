"""The heads of a pretraining: no word is told before it is asked for, and each loss is its formula."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.config import ModelConfig, PretrainingConfig
from sentiment.nn import OrdinalHead, PretrainingNetwork, RecurrentClassifier, count_by_text, sum_by_text

VOCAB_SIZE, GRADES, CLASSES = 30, 10, 2
ALL_OBJECTIVES = PretrainingConfig(language_model=1.0, autoencoder=1.0, rating=1.0, label=1.0)


def network(cell: str = "lstm", num_layers: int = 1, bidirectional: bool = True) -> PretrainingNetwork:
    torch.manual_seed(0)
    values = {"cell": cell, "num_layers": num_layers, "bidirectional": bidirectional, "pooling": ("mean", "last")}
    config = ModelConfig.model_validate(values | {"embedding_size": 6, "hidden_size": 8})
    return PretrainingNetwork(config, ALL_OBJECTIVES, VOCAB_SIZE, GRADES, CLASSES).eval()


def texts(rows: int = 4, time: int = 7) -> torch.Tensor:
    return torch.randint(VOCAB_SIZE, (rows, time), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("num_layers", [1, 2, 3])
@pytest.mark.parametrize("cell", ["rnn_tanh", "lstm", "gru"])
@torch.inference_mode()
def test_no_word_leaks_into_its_own_prediction(cell: str, num_layers: int) -> None:
    """Query t is asked for token t forward, knowing those before; for token t - 1 backward, knowing those from t."""
    model, input_ids = network(cell, num_layers), texts()
    before = model.read(input_ids).language_model().queries
    for changed in range(input_ids.shape[1]):
        other = input_ids.clone()
        other[:, changed] = (other[:, changed] + 1) % VOCAB_SIZE
        forward, backward = model.read(other).language_model().queries - before
        moved_forward, moved_backward = forward.abs().amax(dim=(0, 2)) > 0, backward.abs().amax(dim=(0, 2)) > 0
        assert moved_forward.tolist() == [place > changed for place in range(8)]
        assert moved_backward.tolist() == [place <= changed for place in range(8)]


@torch.no_grad()
def test_every_layer_and_direction_takes_part_in_its_own_language_model() -> None:
    model, input_ids = network(num_layers=3), texts()
    before = model.read(input_ids).language_model().queries
    for layer in range(3):
        for number, direction in enumerate(("", "_reverse")):
            weight = model.get_parameter(f"encoder.layers.{layer}.weight_hh{direction}")
            kept = weight.clone()
            weight.mul_(1.5)
            moved = (model.read(input_ids).language_model().queries - before).abs().amax(dim=(1, 2, 3)) > 0
            weight.copy_(kept)
            assert moved.tolist() == [number == 0, number == 1]


@torch.inference_mode()
def test_the_words_asked_for_are_the_next_and_the_previous() -> None:
    predictions = network().read(torch.tensor([[3, 4, 5]])).language_model()
    edge = VOCAB_SIZE
    assert predictions.targets.tolist() == [[[3, 4, 5, edge]], [[edge, 3, 4, 5]]]


@torch.inference_mode()
def test_one_direction_has_one_language_model() -> None:
    predictions = network(bidirectional=False, num_layers=2).read(texts()).language_model()
    assert predictions.targets.shape == (1, 4, 8)


@pytest.mark.parametrize("cell", ["rnn_tanh", "lstm", "gru"])
@torch.inference_mode()
def test_directions_apart_are_those_of_the_encoder_where_it_has_one_layer(cell: str) -> None:
    model, input_ids = network(cell), texts()
    embedded = model.embed(input_ids)
    states, _ = model.encoder(embedded)
    apart = torch.cat(model.encoder.read_apart(embedded), dim=2)
    torch.testing.assert_close(apart, states)
    first_layer = model.encoder.layers[0]
    alone = torch.cat([first_layer.read_alone(embedded, number) for number in range(2)], dim=2)  # type: ignore[operator]
    torch.testing.assert_close(alone, states)


@torch.inference_mode()
def test_the_autoencoder_sees_the_words_before_and_the_whole_text_through_its_state() -> None:
    model, input_ids = network(), texts()
    before = model.read(input_ids).autoencoder()
    assert before.targets.tolist() == [[[*row, VOCAB_SIZE] for row in input_ids.tolist()]]
    other = input_ids.clone()
    other[:, -1] = (other[:, -1] + 1) % VOCAB_SIZE
    moved = (model.read(other).autoencoder().queries - before.queries).abs().amax(dim=(0, 1, 3)) > 0
    assert moved.all()
    # The decoder itself reads no word before it has to tell it: with the state held still, only what follows moves.
    head, vocabulary = model.autoencoder, model.vocabulary
    assert head is not None
    assert vocabulary is not None
    final = torch.zeros(4, 16)
    held = [head(final, model.embed(ids), ids, vocabulary).queries for ids in (input_ids, other)]
    assert ((held[1] - held[0]).abs().amax(dim=(0, 1, 3)) > 0).tolist() == [False] * 7 + [True]


@torch.inference_mode()
def test_what_stands_at_the_cuts_of_a_text_is_not_asked_for() -> None:
    predictions = network().read(texts(rows=4, time=3)).language_model()
    cuts = torch.tensor([[False, False, True, True], [False, True, False, True]])
    losses = torch.tensor([1.0, 10.0, 100.0, 1000.0]).repeat(8)  # by place, in both directions
    assert sum_by_text(losses, predictions, cuts).tolist() == [2222.0, 222.0, 2220.0, 220.0]
    assert count_by_text(predictions, cuts).tolist() == [8.0, 6.0, 6.0, 4.0]


@given(
    first=st.floats(-5, 5), log_steps=st.lists(st.floats(-3, 2), max_size=8), placed=st.floats(-6, 6), data=st.data()
)
@settings(deadline=None)
def test_the_ordinal_loss_is_the_difference_of_two_logistic_curves(
    first: float, log_steps: list[float], placed: float, data: st.DataObject
) -> None:
    head = OrdinalHead(3, len(log_steps) + 2)
    with torch.no_grad():
        head.first_threshold.fill_(first)
        head.log_steps.copy_(torch.tensor(log_steps))
    thresholds = np.concatenate([[-np.inf], first + np.cumsum([0.0, *np.exp(log_steps)]), [np.inf]])
    below = 1 / (1 + np.exp(-(thresholds - placed)))
    grade = data.draw(st.integers(0, len(log_steps) + 1))
    loss = head.losses(torch.tensor([placed]), torch.tensor([grade]))
    assert loss.item() == pytest.approx(-np.log(below[grade + 1] - below[grade]), rel=1e-3, abs=1e-4)
    everything = head.losses(torch.full((len(log_steps) + 2,), placed), torch.arange(len(log_steps) + 2))
    assert (-everything).exp().sum().item() == pytest.approx(1.0, rel=1e-4)


def test_a_text_far_away_costs_much_and_no_infinity() -> None:
    head = OrdinalHead(2, 5)
    placed = torch.tensor([500.0, -500.0], requires_grad=True)
    losses = head.losses(placed, torch.tensor([1, 3]))
    losses.sum().backward()  # type: ignore[no-untyped-call]
    assert losses.isfinite().all()
    assert placed.grad is not None
    assert placed.grad.tolist() == pytest.approx([1.0, -1.0])


def test_thresholds_start_at_the_shares_of_the_grades() -> None:
    head = OrdinalHead(2, 4)
    head.start_from(torch.tensor([9, 19, 29, 39]))
    shares = (-head.losses(torch.zeros(4), torch.arange(4))).exp()
    assert shares.tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4], rel=1e-4)
    assert head.grades(torch.tensor([-9.0, 0.0, 9.0])).tolist() == [0, 2, 3]


def test_what_it_shares_with_the_classifier_has_the_same_names_and_shapes() -> None:
    torch.manual_seed(0)
    config = ModelConfig(embedding_size=6, hidden_size=8, pooling=("mean", "last"))
    classifier = dict(RecurrentClassifier(config, VOCAB_SIZE, CLASSES).named_parameters())
    shapes = {name: tensor.shape for name, tensor in network().state_dict().items()}
    assert {name: tensor.shape for name, tensor in classifier.items()}.items() <= shapes.items()


def test_thresholds_start_from_as_many_ratings_as_there_are() -> None:
    head = OrdinalHead(2, 4)
    head.start_from(torch.tensor([20_000_000, 1_000, 1_000, 0]))
    assert all(torch.isfinite(parameter).all() for parameter in head.parameters())
