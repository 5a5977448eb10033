"""The recurrent cells in numpy: the gates of a step, and the next state that follows from them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.cells import LARGEST_STATE

Array = NDArray[np.float32]
State = tuple[Array, ...]
"""h, (batch, hidden_size), followed by the LSTM's cell state c of the same shape."""
Gates = tuple[Array, ...]
"""The value of each gate, (batch, hidden_size), in the order of `Cell.gates`."""


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


_LARGEST = np.float32(LARGEST_STATE)


@dataclass(frozen=True)
class RoundedCellWeights(CellWeights):
    """The parameters of a cell whose inputs and last states are rounded to multiples of 1 / 127, as in int8 models."""

    def of_input(self, x: Array) -> Array:
        """Return W_x x_t + b_x, as `CellWeights` does."""
        return super().of_input(_rounded(x))

    def of_hidden(self, h: Array) -> Array:
        """Return W_h h_(t-1) + b_h, as `CellWeights` does."""
        return super().of_hidden(_rounded(h))


def _rounded(values: Array) -> Array:
    rounded: Array = np.rint(values * _LARGEST) / _LARGEST
    return rounded


@dataclass(frozen=True)
class NumpyCell:
    """A cell; its step is split in two, so that its gates can be looked at.

    Attributes:
        gates: From W_x x_t + b_x and W_h h_(t-1) + b_h, each (batch, gates * hidden_size), to the gates.
        next_state: From the gates and the last state to the next one.
    """

    gates: Callable[[Array, Array], Gates]
    next_state: Callable[[Gates, State], State]

    def step(self, weights: CellWeights, x: Array, state: State) -> State:
        """Read x_t, (batch, input_size), and return the next state."""
        return self.next_state(self.gates(weights.of_input(x), weights.of_hidden(state[0])), state)


def _rnn_tanh_gates(from_input: Array, from_hidden: Array) -> Gates:
    """Elman's cell: h_t = tanh(W_h h_(t-1) + b_h + W_x x_t + b_x). Source: Elman 1990."""
    return (np.tanh(from_hidden + from_input),)


def _rnn_relu_gates(from_input: Array, from_hidden: Array) -> Gates:
    """Elman's cell with a ReLU: h_t = max(0, W_h h_(t-1) + b_h + W_x x_t + b_x). Source: Le et al. 2015."""
    return (np.maximum(from_hidden + from_input, np.float32(0.0)),)


def _rnn_next(gates: Gates, _: State) -> State:
    return gates


def _lstm_gates(from_input: Array, from_hidden: Array) -> Gates:
    """Long short-term memory; the rows of the weights are those of i, f, the candidate and o.

        i = σ(W_hi h_(t-1) + W_xi x_t + b_i)              input gate: how much of the new is written
        f = σ(W_hf h_(t-1) + W_xf x_t + b_f)              forget gate: how much of the old is kept
        o = σ(W_ho h_(t-1) + W_xo x_t + b_o)              output gate: how much of the cell is shown
        c_t = f ⊙ c_(t-1) + i ⊙ tanh(W_hc h_(t-1) + W_xc x_t + b_c)
        h_t = o ⊙ tanh(c_t)

    Each b is the sum of the two biases. Sources: Hochreiter and Schmidhuber 1997; Gers et al. 2000 (forget gate).
    """
    input_gate, forget_gate, candidate, output_gate = _split(from_hidden + from_input, 4)
    return _sigmoid(input_gate), _sigmoid(forget_gate), np.tanh(candidate), _sigmoid(output_gate)


def _lstm_next(gates: Gates, state: State) -> State:
    input_gate, forget_gate, candidate, output_gate = gates
    cell = forget_gate * state[1] + input_gate * candidate
    return output_gate * np.tanh(cell), cell


def _gru_gates(from_input: Array, from_hidden: Array) -> Gates:
    """Gated recurrent unit; the rows of the weights are those of r, z and the candidate.

        r = σ(W_hr h_(t-1) + b_hr + W_xr x_t + b_xr)      reset gate
        z = σ(W_hz h_(t-1) + b_hz + W_xz x_t + b_xz)      update gate
        n = tanh(W_xn x_t + b_xn + r ⊙ (W_hn h_(t-1) + b_hn))
        h_t = (1 - z) ⊙ n + z ⊙ h_(t-1)

    r is applied after the product, as cuDNN and ONNX do; the paper, before it. Source: Cho et al. 2014.
    """
    reset_x, update_x, new_x = _split(from_input, 3)
    reset_h, update_h, new_h = _split(from_hidden, 3)
    reset = _sigmoid(reset_x + reset_h)
    return reset, _sigmoid(update_x + update_h), np.tanh(new_x + reset * new_h)


def _gru_next(gates: Gates, state: State) -> State:
    _, update, candidate = gates
    return ((np.float32(1.0) - update) * candidate + update * state[0],)


def _split(rows: Array, number: int) -> Array:
    """Return the parts of each gate, (gates, batch, hidden_size), at a fraction of the time of np.split."""
    return rows.reshape(len(rows), number, -1).transpose(1, 0, 2)


def _sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), written so that no x overflows."""
    half = np.float32(0.5)
    result: Array = half * (np.tanh(half * x) + np.float32(1.0))
    return result


NUMPY_CELLS: dict[str, NumpyCell] = {
    "rnn_tanh": NumpyCell(_rnn_tanh_gates, _rnn_next),
    "rnn_relu": NumpyCell(_rnn_relu_gates, _rnn_next),
    "lstm": NumpyCell(_lstm_gates, _lstm_next),
    "gru": NumpyCell(_gru_gates, _gru_next),
}
