"""The recurrent encoder in numpy: bidirectional for heads over whole texts, or one direction for language models."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sentiment.cells import CELLS
from sentiment.numpy_network.cells import NUMPY_CELLS, Array, CellWeights, Gates, State


@dataclass(frozen=True)
class DirectionStack:
    """The stacked cells of one direction, independent of the other.

    Attributes:
        cell: its kind.
        layers: the lowest first.
    """

    cell: str
    layers: tuple[CellWeights, ...]

    def start(self, batch: int) -> tuple[State, ...]:
        """Return the initial state: zeros."""
        return tuple(_start(self.cell, layer, batch) for layer in self.layers)

    def step(self, states: Sequence[State], embedded: Array) -> tuple[State, ...]:
        """Read one word of each text; `embedded` is (batch, embedding_size)."""
        after: list[State] = []
        below = embedded
        for layer, state in zip(self.layers, states, strict=True):
            after.append(NUMPY_CELLS[self.cell].step(layer, below, state))
            below = after[-1][0]
        return tuple(after)

    def states(self, embedded: Array, *, backward: bool = False) -> Array:
        """Read whole texts, (batch, time, embedding_size); return the top states, (batch, time, hidden_size)."""
        states = embedded
        for layer in self.layers:
            states = states_of(self.cell, layer, states, backward=backward)
        return states


@dataclass(frozen=True)
class Encoder:
    """Stacked recurrent layers, with the equations of `sentiment.nn.RecurrentEncoder`.

    Attributes:
        cell: its kind.
        layers: of each layer, the lowest first, the cell of each direction.
    """

    cell: str
    layers: tuple[tuple[CellWeights, ...], ...]

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
            halves = [states_of(self.cell, cell, states, backward=bool(number)) for number, cell in enumerate(layer)]
            states = np.concatenate(halves, axis=2)
        final = np.concatenate([half[:, 0 if number else -1] for number, half in enumerate(halves)], axis=1)
        return states, final


def steps_of(
    cell: str, weights: CellWeights, sequence: Array, *, backward: bool = False
) -> Iterator[tuple[int, Gates, State]]:
    """Read whole texts with one cell; yield each place with its gates and its state, in the order of reading.

    Args:
        cell: Its kind.
        weights: Of the cell.
        sequence: (batch, time, input_size), in the order of the text.
        backward: Whether to begin at the end.
    """
    kind, from_input = NUMPY_CELLS[cell], weights.of_input(sequence)
    state = _start(cell, weights, len(sequence))
    time = sequence.shape[1]
    for t in reversed(range(time)) if backward else range(time):
        gates = kind.gates(from_input[:, t], weights.of_hidden(state[0]))
        state = kind.next_state(gates, state)
        yield t, gates, state


def states_of(cell: str, weights: CellWeights, sequence: Array, *, backward: bool = False) -> Array:
    """Return h at every place, (batch, time, hidden_size), in the order of the text; arguments as for `steps_of`."""
    states = np.empty((*sequence.shape[:2], weights.hidden_size), np.float32)
    for t, _, state in steps_of(cell, weights, sequence, backward=backward):
        states[:, t] = state[0]
    return states


def _start(cell: str, weights: CellWeights, batch: int) -> State:
    return (np.zeros((batch, weights.hidden_size), np.float32),) * CELLS[cell].num_states
