"""The recurrent encoder: stacked cells, in one direction or two."""

import math
from typing import cast

import torch
from torch import Tensor, nn

from sentiment.cells import CELLS
from sentiment.config import ModelConfig
from sentiment.nn.cells import TORCH_CELLS
from sentiment.nn.dropout import VariationalDropout, WeightDropout
from sentiment.nn.precision import autocast_dtype, in_float32


class RecurrentLayer(nn.Module):
    """Reads a sequence with one cell per direction; `sentiment.nn.cells` has the equations.

    Parameters have the names, shapes and gate order of `torch.nn.LSTM` and its siblings. They are stored here, and not
    in those modules, because weight dropout passes the kernel another tensor than the one that is trained.

    Source of the two directions: Schuster and Paliwal 1997.
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
        rows = len(CELLS[cell].gates) * hidden_size
        for direction in self.directions:
            self.register_parameter(f"weight_ih{direction}", nn.Parameter(torch.empty(rows, input_size)))
            self.register_parameter(f"weight_hh{direction}", nn.Parameter(torch.empty(rows, hidden_size)))
            self.register_parameter(f"bias_ih{direction}", nn.Parameter(torch.empty(rows)))
            self.register_parameter(f"bias_hh{direction}", nn.Parameter(torch.empty(rows)))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw the weights: Glorot for input weights; recurrent weights and biases as defined by the cell."""
        cell = TORCH_CELLS[self.cell]
        for name, parameter in self.named_parameters():
            if name.startswith("bias_ih"):
                cell.draw_input_bias(parameter)
            elif name.startswith("bias"):
                parameter.zero_()
            else:
                draw = nn.init.xavier_uniform_ if name.startswith("weight_ih") else cell.draw_hidden
                for gate in parameter.chunk(len(CELLS[self.cell].gates)):
                    draw(gate)

    def forward(self, sequence: Tensor) -> tuple[Tensor, Tensor]:
        """Read sequences of equal length.

        Args:
            sequence: (batch, time, input_size), float32, time >= 1.

        Returns:
            States of all steps, (batch, time, directions * hidden_size), and the final ones, (batch, directions *
            hidden_size): h_T of the forward half, h_1 of the backward half.
        """
        weights = [weight for direction in self.directions for weight in self._weights(direction)]
        states, final = self._run(sequence, weights)
        return states, final.transpose(0, 1).flatten(start_dim=1)

    def read_alone(self, sequence: Tensor, number: int) -> Tensor:
        """Read sequences of equal length in one direction only.

        Args:
            sequence: (batch, time, features), in text order. Fewer features than `input_size` are the outputs of the
                same direction of the layer below; the weights of the others are left out.
            number: of the direction, 0 forward and 1 backward.

        Returns:
            (batch, time, hidden_size), in text order.
        """
        weights = self._weights(self.directions[number])
        if sequence.shape[2] < weights[0].shape[1]:
            weights[0] = weights[0].narrow(1, number * self.hidden_size, self.hidden_size)
        states, _ = self._run(sequence.flip(1) if number else sequence, weights)
        return states.flip(1) if number else states

    def _weights(self, direction: str) -> list[Tensor]:
        return [
            getattr(self, f"weight_ih{direction}"),
            self.weight_dropout(getattr(self, f"weight_hh{direction}")),
            getattr(self, f"bias_ih{direction}"),
            getattr(self, f"bias_hh{direction}"),
        ]

    def _run(self, sequence: Tensor, weights: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Return the states, and the final ones, (directions, batch, hidden_size), in the precision of `sequence`.

        Under autocast, the kernel itself computes in another precision.
        """
        start = sequence.new_zeros(len(weights) // 4, sequence.shape[0], self.hidden_size)
        dtype = autocast_dtype(sequence) if sequence.is_cuda else None
        if dtype is None:
            states, final = TORCH_CELLS[self.cell].run(sequence, start, weights, training=self.training)
        else:
            # Left to itself, autocast runs cuDNN's layers in float16, whichever type it is set to.
            with in_float32(sequence):
                states, final = TORCH_CELLS[self.cell].run(
                    sequence.to(dtype),
                    start.to(dtype),
                    [weight.to(dtype) for weight in weights],
                    training=self.training,
                )
        return states.to(sequence.dtype), final.to(sequence.dtype)


class RecurrentEncoder(nn.Module):
    """Reads token embeddings with stacked recurrent layers; each reads the outputs of the one below."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.num_directions = 2 if config.bidirectional else 1
        self.output_size = config.hidden_size * self.num_directions
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
        """Encode sequences of equal length, which must not contain padding.

        Args:
            embedded: (batch, time, embedding_size), float32, time >= 1.

        Returns:
            All states of the top layer, (batch, time, output_size), and its final ones, (batch, output_size).
        """
        states = embedded
        for depth, layer in enumerate(self.layers):
            states, final = layer(self.between(states) if depth else states)
        return states, final

    def read_apart(self, embedded: Tensor) -> list[Tensor]:
        """Encode with each direction separately, as required for a language model.

        A state of an upper layer has seen the whole text, since the layer below gives it both directions. So here each
        direction is a separate stack, as in ELMo (Peters et al. 2018): in every upper layer it reads its own half, and
        the weights from the other half are unused. With one layer, these are the states of `forward`.

        Args:
            embedded: (batch, time, embedding_size), float32, time >= 1.

        Returns:
            States of the top layer, (batch, time, hidden_size), of the forward direction, which at t have seen tokens
            up to t, and of the backward one, which have seen those from t.
        """
        if len(self.layers) == 1:
            return list(self.layers[0](embedded)[0].chunk(self.num_directions, dim=2))
        apart = []
        for number in range(self.num_directions):
            states = embedded
            for depth, layer in enumerate(self.layers):
                states = cast(RecurrentLayer, layer).read_alone(self.between(states) if depth else states, number)
            apart.append(states)
        return apart


def recurrent_flops(config: ModelConfig, tokens: int) -> int:
    """Floating-point operations of the encoder's matrix products, forward and backward, over `tokens` tokens.

    A product with a weight matrix takes 2 operations per weight forward, and twice that backward (for the input and for
    the weight).
    """
    directions = 2 if config.bidirectional else 1
    weights = 0
    for layer in range(config.num_layers):
        input_size = directions * config.hidden_size if layer else config.embedding_size
        weights += directions * len(CELLS[config.cell].gates) * config.hidden_size * (input_size + config.hidden_size)
    return math.prod((6, weights, tokens))
