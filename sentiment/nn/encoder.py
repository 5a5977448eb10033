"""The recurrent encoder: stacked cells, in one direction or two."""

import math

import torch
from torch import Tensor, nn

from sentiment.config import ModelConfig
from sentiment.nn.dropout import VariationalDropout, WeightDropout

GATES = {"rnn_tanh": 1, "rnn_relu": 1, "lstm": 4, "gru": 3}


class RecurrentLayer(nn.Module):
    """Read a sequence with one cell a direction. W • stands for one gate's W [x_t, h_(t-1)].

        rnn     h_t = φ(W • + b), φ tanh or ReLU
        lstm    f, i, o = σ(W_f • + b_f), σ(W_i • + b_i), σ(W_o • + b_o)
                c_t = f ⊙ c_(t-1) + i ⊙ tanh(W_c • + b_c);  h_t = o ⊙ tanh(c_t)
        gru     r, z = σ(W_r • + b_r), σ(W_z • + b_z)
                n = tanh(W_xn x_t + b_xn + r ⊙ (W_hn h_(t-1) + b_hn));  h_t = (1 - z) ⊙ n + z ⊙ h_(t-1)

    The GRU applies r after the product, as cuDNN and ONNX (`linear_before_reset=1`); the paper, before it.
    Parameters carry the names, shapes and gate order of `torch.nn.LSTM` and its siblings. They are kept here, and not
    in those modules, because weight dropout hands the kernel another tensor than the one that is trained.

    Sources: Elman 1990; Hochreiter and Schmidhuber 1997 with Gers et al. 2000; Cho et al. 2014; Schuster and
    Paliwal 1997 (two directions).
    """

    def __init__(
        self, cell: str, input_size: int, hidden_size: int, bidirectional: bool, weight_dropout: float
    ) -> None:
        super().__init__()
        self.cell = cell
        self.hidden_size = hidden_size
        self.bidirectional = bidirectional
        self.directions = ("", "_reverse") if bidirectional else ("",)
        self.weight_dropout = WeightDropout(weight_dropout)
        rows = GATES[cell] * hidden_size
        for direction in self.directions:
            self.register_parameter(f"weight_ih{direction}", nn.Parameter(torch.empty(rows, input_size)))
            self.register_parameter(f"weight_hh{direction}", nn.Parameter(torch.empty(rows, hidden_size)))
            self.register_parameter(f"bias_ih{direction}", nn.Parameter(torch.empty(rows)))
            self.register_parameter(f"bias_hh{direction}", nn.Parameter(torch.empty(rows)))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw the weights: Glorot into the cell, orthogonal from state to state (Saxe et al. 2014), biases 0.

        The forget gate starts open, at a bias of 1 (Jozefowicz et al. 2015); a ReLU cell starts from the scaled
        identity (Le et al. 2015), since its state would explode from most orthogonal matrices.
        """
        for name, parameter in self.named_parameters():
            if name.startswith("bias"):
                parameter.zero_()
                if self.cell == "lstm" and name.startswith("bias_ih"):
                    parameter[self.hidden_size : 2 * self.hidden_size] = 1.0
            else:
                for gate in parameter.chunk(GATES[self.cell]):
                    if name.startswith("weight_ih"):
                        nn.init.xavier_uniform_(gate)
                    elif self.cell == "rnn_relu":
                        gate.copy_(0.5 * torch.eye(self.hidden_size))
                    else:
                        nn.init.orthogonal_(gate)

    def forward(self, sequence: Tensor) -> tuple[Tensor, Tensor]:
        """Read sequences of one length.

        Args:
            sequence: (batch, time, input_size), float32, time >= 1.

        Returns:
            States of all steps, (batch, time, directions * hidden_size), and the final ones, (batch, directions *
            hidden_size): h_T of the forward half, h_1 of the backward half.
        """
        weights: list[Tensor] = []
        for direction in self.directions:
            weights += [
                getattr(self, f"weight_ih{direction}"),
                self.weight_dropout(getattr(self, f"weight_hh{direction}")),
                getattr(self, f"bias_ih{direction}"),
                getattr(self, f"bias_hh{direction}"),
            ]
        start = sequence.new_zeros(len(self.directions), sequence.shape[0], self.hidden_size)
        settings = (True, 1, 0.0, self.training, self.bidirectional, True)
        if self.cell == "lstm":
            states, final, _ = torch.lstm(sequence, (start, start), weights, *settings)
        else:
            states, final = getattr(torch, self.cell)(sequence, start, weights, *settings)
        return states, final.transpose(0, 1).flatten(start_dim=1)


class RecurrentEncoder(nn.Module):
    """Read token embeddings with stacked recurrent layers; each reads what the one below wrote."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.output_size = config.hidden_size * (2 if config.bidirectional else 1)
        self.between = VariationalDropout(config.layer_dropout)
        self.layers = nn.ModuleList(
            RecurrentLayer(
                config.cell,
                self.output_size if layer else config.embedding_size,
                config.hidden_size,
                config.bidirectional,
                config.weight_dropout,
            )
            for layer in range(config.num_layers)
        )

    def forward(self, embedded: Tensor) -> tuple[Tensor, Tensor]:
        """Encode sequences of one length; the caller guarantees that none holds a pad.

        Args:
            embedded: (batch, time, embedding_size), float32, time >= 1.

        Returns:
            All states of the top layer, (batch, time, output_size), and its final ones, (batch, output_size).
        """
        states = embedded
        for depth, layer in enumerate(self.layers):
            states, final = layer(self.between(states) if depth else states)
        return states, final


def recurrent_flops(config: ModelConfig, tokens: int) -> int:
    """Floating-point operations of the encoder's matrix products, forward and backward, over `tokens` tokens.

    A product with a weight matrix takes 2 operations a weight forward, and twice that backward (for the input and for
    the weight).
    """
    directions = 2 if config.bidirectional else 1
    weights = 0
    for layer in range(config.num_layers):
        input_size = directions * config.hidden_size if layer else config.embedding_size
        weights += directions * GATES[config.cell] * config.hidden_size * (input_size + config.hidden_size)
    return math.prod((6, weights, tokens))
