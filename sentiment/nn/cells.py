"""The recurrent cells in torch: running each over sequences, and its initial weights.

W • stands for one gate's W [x_t, h_(t-1)].

    rnn     h_t = φ(W • + b), φ tanh or ReLU
    lstm    f, i, o = σ(W_f • + b_f), σ(W_i • + b_i), σ(W_o • + b_o)
            c_t = f ⊙ c_(t-1) + i ⊙ tanh(W_c • + b_c);  h_t = o ⊙ tanh(c_t)
    gru     r, z = σ(W_r • + b_r), σ(W_z • + b_z)
            n = tanh(W_xn x_t + b_xn + r ⊙ (W_hn h_(t-1) + b_hn));  h_t = (1 - z) ⊙ n + z ⊙ h_(t-1)

The GRU applies r after the product, as cuDNN and ONNX (`linear_before_reset=1`); the paper, before it.
Sources: Elman 1990; Hochreiter and Schmidhuber 1997 with Gers et al. 2000; Cho et al. 2014.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from sentiment.cells import CELLS

Kernel = Callable[..., tuple[Tensor, Tensor]]

State = tuple[Tensor, ...]
"""h, (batch, hidden_size), followed by the other states of a cell, of the same shape."""

Gates = tuple[Tensor, ...]
"""A part of each gate, (batch, hidden_size), in the order of `Cell.gates`."""

Step = Callable[[Gates, Gates, State], State]
"""From W_x x_t + b_x, W_h h_(t-1) + b_h and the last state to the next one."""

STEPS_OPERATOR = "sentiment::Steps"
"""Placeholder for the loop during export; `sentiment.training.export.scan` replaces it with ONNX's Scan."""


class TorchCell:
    """A cell whose kernel takes a state of one array, like `torch.gru`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def run(self, sequence: Tensor, start: Tensor, weights: list[Tensor], *, training: bool) -> tuple[Tensor, Tensor]:
        """Read sequences of equal length.

        Args:
            sequence: (batch, time, input_size).
            start: (directions, batch, hidden_size), the initial value of every array of the state.
            weights: of each direction W_x, W_h, b_x and b_h, in the shapes of `torch.nn.LSTM`.
            training: whether gradients are needed.

        Returns:
            States of all steps, (batch, time, directions * hidden_size), and the final ones, of the shape of `start`.
        """
        return self._kernel(sequence, start, weights, True, 1, 0.0, training, len(weights) == 8, True)

    def draw_hidden(self, gate: Tensor) -> None:
        """Draw the recurrent weights of a gate, (hidden_size, hidden_size): orthogonal (Saxe et al. 2014)."""
        nn.init.orthogonal_(gate)

    def draw_input_bias(self, bias: Tensor) -> None:
        """Set the bias b_x, (gates * hidden_size,), to 0."""
        bias.zero_()


class SteppedCell(TorchCell):
    """A cell defined by the equation of one step, which may use any elementwise operation that torch exports."""

    def __init__(self, name: str, step: Step) -> None:
        super().__init__(self._read)
        self.name = name
        self.step = step

    def next_state(self, from_input: Tensor, state: State, hidden: Tensor, hidden_bias: Tensor) -> State:
        """Take one step: `from_input` is W_x x_t + b_x, `hidden` W_h and `hidden_bias` b_h."""
        from_hidden = functional.linear(state[0], hidden, hidden_bias)
        size = int(hidden.shape[1])
        return self.step(torch.split(from_input, size, dim=1), torch.split(from_hidden, size, dim=1), state)

    def over_time(
        self, from_input: Tensor, start: Tensor, hidden: Tensor, hidden_bias: Tensor, backward: bool
    ) -> Tensor:
        """Take a step for each of `from_input`, (time, batch, gates * hidden_size); return every h in order."""
        state, states = (start,) * CELLS[self.name].num_states, []
        for here in from_input.flip(0) if backward else from_input:
            state = self.next_state(here, state, hidden, hidden_bias)
            states.append(state[0])
        return torch.stack(states[::-1] if backward else states)

    def _read(self, sequence: Tensor, start: Tensor, weights: list[Tensor], *_: Any) -> tuple[Tensor, Tensor]:
        read = _Exported.apply if torch.onnx.is_in_onnx_export() else SteppedCell.over_time
        directions, final = [], []
        for number, first in enumerate(start):
            input_, hidden, input_bias, hidden_bias = weights[4 * number : 4 * number + 4]
            from_input = functional.linear(sequence, input_, input_bias).transpose(0, 1)
            states = read(self, from_input, first, hidden, hidden_bias, bool(number))
            directions.append(states)
            final.append(states[0 if number else -1])
        return torch.cat(directions, dim=2).transpose(0, 1), torch.stack(final)


class _Exported(torch.autograd.Function):
    """`SteppedCell.over_time` as one operator: tracing would unroll the loop for a fixed length."""

    @staticmethod
    def forward(_: Any, cell: SteppedCell, *arguments: Any) -> Tensor:
        return cell.over_time(*arguments)

    @staticmethod
    def symbolic(
        graph: Any, cell: SteppedCell, from_input: Any, start: Any, hidden: Any, hidden_bias: Any, backward: bool
    ) -> Any:
        states = graph.op(STEPS_OPERATOR, from_input, start, hidden, hidden_bias, cell_s=cell.name, backward_i=backward)
        states.setType(from_input.type().with_sizes([None, None, hidden.type().sizes()[1]]))
        return states


class ReluCell(TorchCell):
    """Elman's cell with a ReLU."""

    def draw_hidden(self, gate: Tensor) -> None:
        """Initialise to the scaled identity (Le et al. 2015): most orthogonal matrices would make the state explode."""
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


TORCH_CELLS: dict[str, TorchCell] = {
    "rnn_tanh": TorchCell(torch.rnn_tanh),
    "rnn_relu": ReluCell(torch.rnn_relu),
    "lstm": LstmCell(_lstm),
    "gru": TorchCell(torch.gru),
}
