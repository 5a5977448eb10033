"""The whole network: pooling, dropout, and independence from the neighbours in a batch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.cells import CELLS
from sentiment.config import ModelConfig
from sentiment.nn import Pooling, RecurrentClassifier
from sentiment.nn.dropout import TokenDropout, VariationalDropout


def classifier(**changes: object) -> RecurrentClassifier:
    torch.manual_seed(0)
    values = {"embedding_size": 6, "hidden_size": 5, "pooling": ["last", "mean", "max", "attention"]}
    return RecurrentClassifier(ModelConfig.model_validate(values | changes, strict=False), 50, 3)


@given(
    cell=st.sampled_from([*CELLS]),
    bidirectional=st.booleans(),
    num_layers=st.integers(1, 2),
    rows=st.integers(2, 40),
    time=st.integers(1, 30),
    seed=st.integers(0, 100),
)
@settings(deadline=None, max_examples=60)
def test_a_text_is_answered_alike_whatever_stands_beside_it(
    cell: str, bidirectional: bool, num_layers: int, rows: int, time: int, seed: int
) -> None:
    model = classifier(cell=cell, bidirectional=bidirectional, num_layers=num_layers).eval()
    input_ids = torch.randint(0, 50, (rows, time), generator=torch.Generator().manual_seed(seed))
    with torch.inference_mode():
        together = model(input_ids).softmax(dim=1)
        alone = torch.cat([model(input_ids[row : row + 1]).softmax(dim=1) for row in range(rows)])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=0.0)


def test_last_is_the_true_last_token_of_each_direction() -> None:
    states = torch.arange(24.0).reshape(2, 3, 4)
    final = torch.cat([states[:, -1, :2], states[:, 0, 2:]], dim=1)
    assert torch.equal(Pooling(["last"], 4)(states, final), final)
    changed_middle = states.clone()
    changed_middle[:, 1] = 99.0
    assert torch.equal(Pooling(["last"], 4)(changed_middle, final), final)


def test_poolings_are_concatenated_in_the_order_they_are_named() -> None:
    states = torch.randn(2, 3, 4)
    final = torch.randn(2, 4)
    pooled = Pooling(["max", "last", "mean"], 4)(states, final)
    expected = torch.cat([states.amax(dim=1), final, states.mean(dim=1)], dim=1)
    assert torch.equal(pooled, expected)


def test_attention_is_a_weighted_mean() -> None:
    torch.manual_seed(0)
    pooling = Pooling(["attention"], 4)
    states = torch.randn(5, 6, 4)
    weights = pooling.attention.weights(states)
    assert torch.all(weights > 0)
    np.testing.assert_allclose(weights.sum(dim=1).detach().numpy(), 1.0, rtol=1e-5)
    expected = torch.einsum("bt,bts->bs", weights, states)
    torch.testing.assert_close(pooling(states, states[:, -1]), expected)


def test_token_dropout_replaces_whole_tokens_by_the_unknown_one() -> None:
    torch.manual_seed(0)
    dropout = TokenDropout(0.3)
    input_ids = torch.randint(1, 50, (200, 50))
    dropped = dropout(input_ids)
    replaced = dropped != input_ids
    assert torch.all(dropped[replaced] == 0)
    assert 0.27 < replaced.float().mean() < 0.33
    assert torch.equal(dropout.eval()(input_ids), input_ids)


def test_variational_dropout_draws_one_mask_a_sentence() -> None:
    torch.manual_seed(0)
    dropped = VariationalDropout(0.5)(torch.ones(100, 7, 20))
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert 0.95 < dropped.mean() < 1.05


@pytest.mark.parametrize(
    "name", ["token_dropout", "embedding_dropout", "layer_dropout", "weight_dropout", "output_dropout"]
)
def test_each_dropout_acts_in_training_and_never_after(name: str) -> None:
    model = classifier(num_layers=2, **{name: 0.5})
    input_ids = torch.randint(0, 50, (8, 9))
    assert not torch.equal(model(input_ids), model(input_ids))
    model.eval()
    assert torch.equal(model(input_ids), model(input_ids))
