"""The gates and states of a network at every token of a text."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sentiment.cells import CELLS
from sentiment.inference.inside.opened import OpenedNetwork
from sentiment.inference.inside.placed_tokens import PlacedTokens
from sentiment.inference.inside.shown import Shown
from sentiment.numpy_network.cells import Array
from sentiment.numpy_network.encoder import steps_of

MOVING_UNITS = 5
"""Units that are shown by themselves: those whose values move most."""
MAX_TOKENS = 4_096
"""Of a text whose gates are kept: 2 layers of 256 units in two directions take 24 KB a token."""

Direction = Literal["forward", "backward"]
_DIRECTIONS: tuple[Direction, ...] = ("forward", "backward")
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a text.

    Attributes:
        text: As in the vocabulary: normalised, with `▁` for the space before a word.
        start: Place of its first character in the text, from 0.
        end: Place after its last character.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class CellValues:
    """What one cell did: one layer in one direction.

    Attributes:
        layer: Its number, the lowest first, from 1.
        direction: In which it reads.
        values: By name, (tokens, hidden_size) in the order of the text: of each gate, as in `sentiment.cells`; of the
            cell state as `cell`, if there is one; and of h as `hidden`.
    """

    layer: int
    direction: Direction
    values: Mapping[str, Array]

    @property
    def hidden_size(self) -> int:
        """Number of units."""
        return int(self.values["hidden"].shape[1])

    def means(self) -> dict[str, Array]:
        """Return the mean over units of each value, (tokens,)."""
        return {name: value.mean(axis=1) for name, value in self.values.items()}

    def moving_units(self, name: str, number: int = MOVING_UNITS) -> list[int]:
        """Return the units whose value changes most from token to token in all, the most moving first."""
        changes = np.abs(np.diff(self.values[name], axis=0)).sum(axis=0)
        order: list[int] = np.argsort(-changes, kind="stable")[:number].tolist()
        return order

    def to_dict(self, *, all_units: bool = False) -> dict[str, Any]:
        """Return it as JSON values: of each name the means, and the units that move most or all of them."""
        content: dict[str, Any] = {"layer": self.layer, "direction": self.direction}
        for name, value in self.values.items():
            units = range(value.shape[1]) if all_units else self.moving_units(name)
            content[name] = {
                "mean": _rounded(value.mean(axis=1)),
                "units": {str(unit): _rounded(value[:, unit]) for unit in units},
            }
        return content


@dataclass(frozen=True, eq=False)
class Gates(Shown):
    """The gates and states of every cell at every token of a text.

    Attributes:
        text: The text as it was given.
        cell: The kind of all cells, as in configs.
        tokens: In order; none if the text is empty.
        window_starts: Numbers of the tokens at which states begin at 0 again: 0, and more if the text is longer than
            the model reads at once.
        cells: Of every layer, the lowest first, and every direction.
    """

    text: str
    cell: str
    tokens: tuple[Token, ...]
    window_starts: tuple[int, ...]
    cells: tuple[CellValues, ...]

    def to_dict(self, *, all_units: bool = False) -> dict[str, Any]:
        """Return it as JSON values: means over units, and the units that move most or all of them."""
        return {
            "text": self.text,
            "cell": self.cell,
            "tokens": [{"text": token.text, "start": token.start, "end": token.end} for token in self.tokens],
            "window_starts": list(self.window_starts),
            "cells": [cell.to_dict(all_units=all_units) for cell in self.cells],
        }

    def to_svg(self) -> str:
        """Return a picture: heat maps of the gates and states of every cell."""
        from sentiment.inference.inside.pictures.gates_svg import gates_svg

        return gates_svg(self)


def gates(text: str, tokens: PlacedTokens, spell: Callable[[int], str | None], opened: OpenedNetwork) -> Gates:
    """Read a text, and keep what every cell does.

    Args:
        text: The text.
        tokens: Of the text.
        spell: Returns a token as in the vocabulary.
        opened: The network.

    Raises:
        ValueError: The text has more than `MAX_TOKENS`.
    """
    if len(tokens.input_ids) > MAX_TOKENS:
        raise ValueError(f"the text has {len(tokens.input_ids):,} tokens; gates are kept for at most {MAX_TOKENS:,}")
    placed = zip(tokens.input_ids.tolist(), tokens.places.tolist(), strict=True)
    shown = tuple(Token(spell(number) or "", start, end) for number, (start, end) in placed)
    windows = [list(_cells(opened, opened.embedded(tokens.input_ids[window]))) for window in tokens.spans]
    cells = tuple(
        CellValues(
            parts[0].layer,
            parts[0].direction,
            {name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values},
        )
        for parts in zip(*windows, strict=True)
    )
    starts = tuple(window.start for window in tokens.spans)
    return Gates(text, opened.encoder.cell, shown, starts, cells)


def _cells(opened: OpenedNetwork, embedded: Array) -> Iterator[CellValues]:
    """Read one window, (1, time, embedding_size)."""
    kind, sequence = CELLS[opened.encoder.cell], embedded
    names = [*kind.gates, *_state_names(kind.num_states)]
    if kind.gates == ("state",):
        names = ["hidden"]  # an RNN has no gate: what it computes is h
    for number, layer in enumerate(opened.encoder.layers, start=1):
        halves = []
        for direction, weights in zip(_DIRECTIONS, layer, strict=False):
            values = np.empty((len(names), sequence.shape[1], weights.hidden_size), np.float32)
            for t, gate_values, state in steps_of(kind.name, weights, sequence, backward=direction == "backward"):
                step = (*gate_values, *state[1:], state[0])
                values[:, t] = [value[0] for value in step[-len(names) :]]
            yield CellValues(number, direction, dict(zip(names, values, strict=True)))
            halves.append(values[-1])
        sequence = np.concatenate(halves, axis=1)[np.newaxis]


def _state_names(num_states: int) -> list[str]:
    """Return the names of the states after h, and that of h, which comes last."""
    further = ["cell"] if num_states == 2 else [f"state {number}" for number in range(2, num_states + 1)]
    return [*further, "hidden"]


def _rounded(values: Array) -> list[float]:
    rounded: list[float] = np.round(values.astype(np.float64), _DIGITS).tolist()
    return rounded
