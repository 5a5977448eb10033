"""The recurrent cells, one step at a time, in numpy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
State = tuple[Array, ...]
"""h, (batch, hidden_size), followed by the LSTM's cell state c of the same shape."""


@dataclass(frozen=True)
class CellWeights:
    """The parameters of one cell; the rows of its gates are stacked.

    Attributes:
        input: W_x, (gates * hidden_size, input_size).
        hidden: W_h, (gates * hidden_size, hidden_size).
        input_bias: b_x, (gates * hidden_size,).
        hidden_bias: b_h, (gates * hidden_size,).
    """

    input: Array
    hidden: Array
    input_bias: Array
    hidden_bias: Array

    @property
    def hidden_size(self) -> int:
        """Size of h."""
        return int(self.hidden.shape[1])

    def of_input(self, x: Array) -> Array:
        """Return W_x x_t + b_x, (batch, gates * hidden_size)."""
        product: Array = x @ self.input.T
        return product + self.input_bias

    def of_hidden(self, h: Array) -> Array:
        """Return W_h h_(t-1) + b_h, (batch, gates * hidden_size)."""
        product: Array = h @ self.hidden.T
        return product + self.hidden_bias


def rnn_tanh(weights: CellWeights, x: Array, state: State) -> State:
    """Elman's cell: h_t = tanh(W_h h_(t-1) + b_h + W_x x_t + b_x). Source: Elman 1990."""
    return (np.tanh(weights.of_hidden(state[0]) + weights.of_input(x)),)


def rnn_relu(weights: CellWeights, x: Array, state: State) -> State:
    """Elman's cell with a ReLU: h_t = max(0, W_h h_(t-1) + b_h + W_x x_t + b_x). Source: Le et al. 2015."""
    return (np.maximum(weights.of_hidden(state[0]) + weights.of_input(x), np.float32(0.0)),)


def lstm(weights: CellWeights, x: Array, state: State) -> State:
    """Long short-term memory; the rows of the weights are those of i, f, the candidate and o.

        i = σ(W_hi h_(t-1) + W_xi x_t + b_i)              input gate: how much of the new is written
        f = σ(W_hf h_(t-1) + W_xf x_t + b_f)              forget gate: how much of the old is kept
        o = σ(W_ho h_(t-1) + W_xo x_t + b_o)              output gate: how much of the cell is shown
        c_t = f ⊙ c_(t-1) + i ⊙ tanh(W_hc h_(t-1) + W_xc x_t + b_c)
        h_t = o ⊙ tanh(c_t)

    Each b is the sum of the two biases. Sources: Hochreiter and Schmidhuber 1997; Gers et al. 2000 (forget gate).
    """
    h, c = state
    input_gate, forget_gate, candidate, output_gate = np.split(weights.of_hidden(h) + weights.of_input(x), 4, axis=1)
    cell = _sigmoid(forget_gate) * c + _sigmoid(input_gate) * np.tanh(candidate)
    return _sigmoid(output_gate) * np.tanh(cell), cell


def gru(weights: CellWeights, x: Array, state: State) -> State:
    """Gated recurrent unit; the rows of the weights are those of r, z and the candidate.

        r = σ(W_hr h_(t-1) + b_hr + W_xr x_t + b_xr)      reset gate
        z = σ(W_hz h_(t-1) + b_hz + W_xz x_t + b_xz)      update gate
        n = tanh(W_xn x_t + b_xn + r ⊙ (W_hn h_(t-1) + b_hn))
        h_t = (1 - z) ⊙ n + z ⊙ h_(t-1)

    r is applied after the product, as cuDNN and ONNX do; the paper, before it. Source: Cho et al. 2014.
    """
    (h,) = state
    reset_x, update_x, new_x = np.split(weights.of_input(x), 3, axis=1)
    reset_h, update_h, new_h = np.split(weights.of_hidden(h), 3, axis=1)
    update = _sigmoid(update_x + update_h)
    candidate = np.tanh(new_x + _sigmoid(reset_x + reset_h) * new_h)
    return ((np.float32(1.0) - update) * candidate + update * h,)


def _sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), written so that no x overflows."""
    half = np.float32(0.5)
    result: Array = half * (np.tanh(half * x) + np.float32(1.0))
    return result


Step = Callable[[CellWeights, Array, State], State]
STEPS: Mapping[str, Step] = {"rnn_tanh": rnn_tanh, "rnn_relu": rnn_relu, "lstm": lstm, "gru": gru}
