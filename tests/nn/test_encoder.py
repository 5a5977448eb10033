"""Every cell and direction against the equations, written out in numpy."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sentiment.cells import CELLS
from sentiment.config import ModelConfig
from sentiment.nn import RecurrentEncoder, RecurrentLayer, recurrent_flops

Array = NDArray[np.float64]


def sigmoid(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def step(cell: str, x: Array, h: Array, c: Array, weights: tuple[Array, Array, Array, Array]) -> tuple[Array, Array]:
    w_x, w_h, b_x, b_h = weights
    from_x, from_h = w_x @ x + b_x, w_h @ h + b_h
    if cell == "rnn_tanh":
        return np.tanh(from_x + from_h), c
    if cell == "rnn_relu":
        return np.maximum(from_x + from_h, 0.0), c
    if cell == "lstm":
        i, f, candidate, o = np.split(from_x + from_h, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
        return sigmoid(o) * np.tanh(c), c
    if cell == "gru":
        r_x, z_x, n_x = np.split(from_x, 3)
        r_h, z_h, n_h = np.split(from_h, 3)
        z = sigmoid(z_x + z_h)
        n = np.tanh(n_x + sigmoid(r_x + r_h) * n_h)
        return (1.0 - z) * n + z * h, c
    raise NotImplementedError(f"write the equation of {cell} here")


def read(layer: RecurrentLayer, sequence: Array) -> tuple[Array, Array]:
    """All states and the final ones of one sequence, (time, input_size)."""
    parameters = {name: parameter.detach().double().numpy() for name, parameter in layer.named_parameters()}
    halves, finals = [], []
    for direction in layer.directions:
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        weights = tuple(parameters[name + direction] for name in names)
        h = c = np.zeros(layer.hidden_size)
        states = []
        for x in sequence[::-1] if direction else sequence:
            h, c = step(layer.cell, x, h, c, weights)  # type: ignore[arg-type]
            states.append(h)
        halves.append(np.array(states[::-1] if direction else states))
        finals.append(h)
    return np.concatenate(halves, axis=1), np.concatenate(finals)


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_encoder_follows_the_equations(cell: str, bidirectional: bool, num_layers: int) -> None:
    torch.manual_seed(0)
    config = ModelConfig.model_validate(
        {"cell": cell, "bidirectional": bidirectional, "num_layers": num_layers, "hidden_size": 5, "embedding_size": 3}
    )
    encoder = RecurrentEncoder(config).eval()
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    embedded = torch.randn(4, 7, 3)

    states, final = encoder(embedded)

    for row in range(4):
        expected = embedded[row].double().numpy()
        for layer in encoder.layers:
            assert isinstance(layer, RecurrentLayer)
            expected, expected_final = read(layer, expected)
        np.testing.assert_allclose(states[row].detach().numpy(), expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(final[row].detach().numpy(), expected_final, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_reach_every_parameter(cell: str) -> None:
    torch.manual_seed(0)
    encoder = RecurrentEncoder(ModelConfig.model_validate({"cell": cell, "num_layers": 2, "hidden_size": 8}))
    states, final = encoder(torch.randn(3, 5, 128))
    (states.square().sum() + final.sum()).backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_forget_gate_starts_open() -> None:
    layer = RecurrentLayer("lstm", 3, 4, bidirectional=True, weight_dropout=0.0)
    for bias in (layer.bias_ih, layer.bias_ih_reverse):
        assert torch.equal(bias[4:8], torch.ones(4))  # type: ignore[index]
        assert not torch.any(bias[:4])  # type: ignore[index]


def test_weight_dropout_changes_training_only_and_leaves_the_weight_alone() -> None:
    torch.manual_seed(0)
    layer = RecurrentLayer("lstm", 3, 4, bidirectional=False, weight_dropout=0.5)
    before = layer.weight_hh.detach().clone()  # type: ignore[operator]
    sequence = torch.randn(2, 6, 3)
    trained = [layer(sequence)[0] for _ in range(2)]
    layer.eval()
    evaluated = [layer(sequence)[0] for _ in range(2)]
    assert not torch.equal(*trained)
    assert torch.equal(*evaluated)
    assert torch.equal(before, layer.weight_hh)  # type: ignore[arg-type]


def test_flops_count_the_products_of_a_known_network() -> None:
    config = ModelConfig(cell="lstm", embedding_size=10, hidden_size=20, num_layers=2, bidirectional=True)
    first = 2 * 4 * 20 * (10 + 20)
    second = 2 * 4 * 20 * (40 + 20)
    assert recurrent_flops(config, tokens=7) == 6 * (first + second) * 7
