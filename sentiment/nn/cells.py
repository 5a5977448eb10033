"""The recurrent cells in torch: what runs each over sequences, and the weights that it starts from.

W • stands for one gate's W [x_t, h_(t-1)].

    rnn     h_t = φ(W • + b), φ tanh or ReLU
    lstm    f, i, o = σ(W_f • + b_f), σ(W_i • + b_i), σ(W_o • + b_o)
            c_t = f ⊙ c_(t-1) + i ⊙ tanh(W_c • + b_c);  h_t = o ⊙ tanh(c_t)
    gru     r, z = σ(W_r • + b_r), σ(W_z • + b_z)
            n = tanh(W_xn x_t + b_xn + r ⊙ (W_hn h_(t-1) + b_hn));  h_t = (1 - z) ⊙ n + z ⊙ h_(t-1)

The GRU applies r after the product, as cuDNN and ONNX (`linear_before_reset=1`); the paper, before it.
Sources: Elman 1990; Hochreiter and Schmidhuber 1997 with Gers et al. 2000; Cho et al. 2014.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from sentiment.cells import CELLS

Kernel = Callable[..., tuple[Tensor, Tensor]]


class TorchCell:
    """A cell whose kernel takes a state of one array, as `torch.gru` does."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def run(self, sequence: Tensor, start: Tensor, weights: list[Tensor], *, training: bool) -> tuple[Tensor, Tensor]:
        """Read sequences of one length.

        Args:
            sequence: (batch, time, input_size).
            start: (directions, batch, hidden_size), every array of the state at first.
            weights: of each direction W_x, W_h, b_x and b_h, in the shapes of `torch.nn.LSTM`.
            training: whether gradients will be asked for.

        Returns:
            States of all steps, (batch, time, directions * hidden_size), and the final ones, of the shape of `start`.
        """
        return self._kernel(sequence, start, weights, True, 1, 0.0, training, len(weights) == 8, True)

    def draw_hidden(self, gate: Tensor) -> None:
        """Draw the weights of a gate from state to state, (hidden_size, hidden_size): orthogonal (Saxe et al. 2014)."""
        nn.init.orthogonal_(gate)

    def draw_input_bias(self, bias: Tensor) -> None:
        """Set the bias b_x, (gates * hidden_size,), to 0."""
        bias.zero_()


class ReluCell(TorchCell):
    """Elman's cell with a ReLU."""

    def draw_hidden(self, gate: Tensor) -> None:
        """Start from the scaled identity (Le et al. 2015): the state would explode from most orthogonal matrices."""
        gate.copy_(0.5 * torch.eye(len(gate)))


class LstmCell(TorchCell):
    """Long short-term memory, whose state is h and c."""

    def draw_input_bias(self, bias: Tensor) -> None:
        """Open the forget gate, at a bias of 1 (Jozefowicz et al. 2015); the others start at 0."""
        bias.zero_()
        gates = CELLS["lstm"].gates
        bias.chunk(len(gates))[gates.index("forget")].fill_(1.0)


def _lstm(sequence: Tensor, start: Tensor, weights: list[Tensor], *settings: Any) -> tuple[Tensor, Tensor]:
    states, final, _ = torch.lstm(sequence, (start, start), weights, *settings)
    return states, final


TORCH_CELLS: Mapping[str, TorchCell] = {
    "rnn_tanh": TorchCell(torch.rnn_tanh),
    "rnn_relu": ReluCell(torch.rnn_relu),
    "lstm": LstmCell(_lstm),
    "gru": TorchCell(torch.gru),
}
