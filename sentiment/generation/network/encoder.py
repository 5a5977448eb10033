"""The recurrent encoder in numpy: bidirectional for heads over whole texts, or one direction for language models."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sentiment.cells import CELLS
from sentiment.config import ModelConfig
from sentiment.generation.network.weights import WeightsFile
from sentiment.numpy_cells import NUMPY_CELLS, Array, CellWeights, State


@dataclass(frozen=True)
class DirectionStack:
    """The stacked cells of one direction, independent of the other; it reads word by word.

    Attributes:
        cell: its kind.
        layers: the lowest first.
    """

    cell: str
    layers: tuple[CellWeights, ...]

    def start(self, batch: int) -> tuple[State, ...]:
        """Return the initial state: zeros."""
        num_states = CELLS[self.cell].num_states
        return tuple((np.zeros((batch, layer.hidden_size), np.float32),) * num_states for layer in self.layers)

    def step(self, states: Sequence[State], embedded: Array) -> tuple[State, ...]:
        """Read one word of each text; `embedded` is (batch, embedding_size)."""
        after: list[State] = []
        below = embedded
        for layer, state in zip(self.layers, states, strict=True):
            after.append(NUMPY_CELLS[self.cell].step(layer, below, state))
            below = after[-1][0]
        return tuple(after)


@dataclass(frozen=True)
class Encoder:
    """Stacked recurrent layers, with the equations and the weights of `sentiment.nn.RecurrentEncoder`.

    Attributes:
        cell: its kind.
        layers: of each layer, the lowest first, the cell of each direction.
    """

    cell: str
    layers: tuple[tuple[CellWeights, ...], ...]

    @classmethod
    def read(cls, weights: WeightsFile, config: ModelConfig) -> "Encoder":
        """Take the weights of an encoder.

        Raises:
            ModelDirectoryError: they are not those of the config.
        """
        suffixes = ("", "_reverse") if config.bidirectional else ("",)
        hidden_size, rows = config.hidden_size, len(CELLS[config.cell].gates) * config.hidden_size
        layers = []
        for number in range(config.num_layers):
            input_size = len(suffixes) * hidden_size if number else config.embedding_size
            name = f"encoder.layers.{number}"
            layers.append(
                tuple(
                    CellWeights(
                        weights.take(f"{name}.weight_ih{suffix}", rows, input_size),
                        weights.take(f"{name}.weight_hh{suffix}", rows, hidden_size),
                        weights.take(f"{name}.bias_ih{suffix}", rows),
                        weights.take(f"{name}.bias_hh{suffix}", rows),
                    )
                    for suffix in suffixes
                )
            )
        return cls(config.cell, tuple(layers))

    @property
    def num_directions(self) -> int:
        """1, or 2 if bidirectional."""
        return len(self.layers[0])

    def apart(self, number: int) -> DirectionStack:
        """Return one direction, 0 forward or 1 backward: upper layers read only its own half of the outputs."""
        lowest, *upper = (layer[number] for layer in self.layers)
        own = slice(number * lowest.hidden_size, (number + 1) * lowest.hidden_size)
        return DirectionStack(self.cell, (lowest, *(replace(cell, input=cell.input[:, own]) for cell in upper)))

    def states(self, embedded: Array) -> tuple[Array, Array]:
        """Encode whole texts of equal length; every layer reads both directions of the one below.

        Args:
            embedded: (batch, time, embedding_size), time >= 1.

        Returns:
            States of the top layer, (batch, time, directions * hidden_size), and the final ones, (batch, directions *
            hidden_size), of which the backward half has read the first word last.
        """
        states = embedded
        for layer in self.layers:
            halves = [
                _read(DirectionStack(self.cell, (cell,)), states, backward=bool(number))
                for number, cell in enumerate(layer)
            ]
            states = np.concatenate(halves, axis=2)
        final = np.concatenate([half[:, 0 if number else -1] for number, half in enumerate(halves)], axis=1)
        return states, final


def _read(stack: DirectionStack, sequence: Array, *, backward: bool) -> Array:
    """Return the states of a stack over whole texts, (batch, time, hidden_size), in the order of the text."""
    batch, time, _ = sequence.shape
    read = np.empty((batch, time, stack.layers[-1].hidden_size), np.float32)
    states = stack.start(batch)
    for t in reversed(range(time)) if backward else range(time):
        states = stack.step(states, sequence[:, t])
        read[:, t] = states[-1][0]
    return read
