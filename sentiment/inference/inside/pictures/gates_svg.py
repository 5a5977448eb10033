"""Gates and states as heat maps: a column a token, for each gate its mean over units and the units that move most."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sentiment.cells import CELLS
from sentiment.inference.inside.gates import CellValues, Gates
from sentiment.inference.inside.pictures.colours import diverging
from sentiment.inference.inside.pictures.svg import MARGIN, WIDTH, framed, heading, label, shortened, width_of
from sentiment.text.tokenizer_training import SPACE

MAX_TOKENS = 48
"""A picture of more would be too tall; the rest is counted."""
MOST_COLUMNS = 24
"""Of narrower ones, the tokens above could not be read; more tokens are drawn in two lines."""
LEFT = 66
WIDEST_COLUMN = 60
MEAN_HEIGHT, UNIT_HEIGHT, GAP = 15, 5, 5
TOKEN_SIZE, NAME_SIZE, NUMBER_SIZE, TITLE_SIZE = 11, 11, 9, 14
TALLEST_TOKEN = 80
LEVELS = 16
"""Shades of each colour."""
_ARROWS = {"forward": "→", "backward": "←"}


def gates_svg(gates: Gates) -> str:
    """Draw every cell: gates from red, closed, to blue, open; candidates and states from red, below 0, to blue."""
    shown = min(len(gates.tokens), MAX_TOKENS)
    lines = list(_lines(shown))
    column = min(WIDEST_COLUMN, (WIDTH - LEFT - MARGIN) / max(1, lines[0].stop))
    title = f"{gates.cell}: {gates.text}"
    parts = [heading(22, title, TITLE_SIZE)]
    y = 32.0
    for cell in gates.cells:
        name = f"layer {cell.layer}, {cell.direction} {_ARROWS[cell.direction]}"
        parts.append(heading(y + 12, name, NAME_SIZE))
        y += 18
        for line in lines:
            tokens, height = _tokens([token.text for token in gates.tokens[line]], column, y)
            parts += tokens
            y += height
            for value in cell.values:
                parts += _heat_map(gates.cell, cell, value, line, column, y)
                y += _height_of(cell, value) + GAP
            y += 8
    for note in _notes(gates, shown):
        parts.append(label(MARGIN, y + 10, note, NUMBER_SIZE))
        y += 13
    return framed(parts, y + 8, title)


def _lines(shown: int) -> Iterator[slice]:
    """Yield the tokens of each line, as many in one as in another, or one fewer."""
    number = max(1, -(-shown // MOST_COLUMNS))
    longest = -(-shown // number)
    for start in range(0, max(1, shown), max(1, longest)):
        yield slice(start, min(start + longest, shown))


def _notes(gates: Gates, shown: int) -> Iterator[str]:
    yield "Tall rows: mean over all units. Thin rows: the units that move most."
    yield "Gates: red 0, white 0.5, blue 1. Candidates, cell and hidden states: red below 0, white 0, blue above."
    if shown < len(gates.tokens):
        yield f"… {len(gates.tokens) - shown:,} more tokens"


def _tokens(texts: list[str], column: float, top: float) -> tuple[list[str], float]:
    """Return the names of the columns, upright if one of them is too wide, and their height."""
    shown = [shortened(text.removeprefix(SPACE) or SPACE, TOKEN_SIZE, TALLEST_TOKEN) for text in texts]
    widest = max((width_of(text, TOKEN_SIZE) for text in shown), default=0.0)
    centres = [LEFT + (number + 0.5) * column for number in range(len(shown))]
    if widest <= column:
        named = zip(centres, shown, strict=True)
        return [label(x, top + TOKEN_SIZE, text, TOKEN_SIZE, anchor="middle") for x, text in named], TOKEN_SIZE + 6.0
    bottom = top + widest + 2
    upright = [_upright(x + TOKEN_SIZE / 3, bottom, text) for x, text in zip(centres, shown, strict=True)]
    return upright, widest + 6


def _upright(x: float, bottom: float, text: str) -> str:
    return label(x, bottom, text, TOKEN_SIZE, more=f' transform="rotate(-90 {x:g} {bottom:g})"')


def _heat_map(kind: str, cell: CellValues, name: str, line: slice, column: float, top: float) -> list[str]:
    values = cell.values[name]
    means = values.mean(axis=1, keepdims=True)
    parts = [label(LEFT - 6, top + 11, name, NAME_SIZE, anchor="end")]
    parts.append(_cells(_strengths(kind, name, means)[line], column, MEAN_HEIGHT, top))
    moving = _strengths(kind, name, values[:, cell.moving_units(name)])
    parts.append(_cells(moving[line], column, UNIT_HEIGHT, top + MEAN_HEIGHT))
    if column >= width_of("-0.53", NUMBER_SIZE):
        for number, mean in enumerate(means[line, 0].tolist()):
            x = LEFT + (number + 0.5) * column
            parts.append(label(x, top + 11, f"{round(mean, 2) + 0.0:.2f}", NUMBER_SIZE, anchor="middle"))
    return parts


def _height_of(cell: CellValues, name: str) -> int:
    return MEAN_HEIGHT + UNIT_HEIGHT * len(cell.moving_units(name))


def _strengths(kind: str, name: str, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map values to -1 to 1: a gate by its place between 0 and 1, anything else by the largest one of those given."""
    if name in CELLS[kind].gates and name != "candidate":
        return 2 * values - 1
    scaled: NDArray[np.float32] = values / max(float(np.abs(values).max(initial=0.0)), 1e-9)
    return scaled


def _cells(strengths: NDArray[np.float32], column: float, height: float, top: float) -> str:
    """Draw (tokens, rows) as rectangles, those of one colour as one path."""
    levels = np.rint(np.clip(strengths, -1, 1) * LEVELS).astype(int)
    paths = []
    for level in np.unique(levels).tolist():
        squares = "".join(f"M{token} {row}h1v1h-1z" for token, row in np.argwhere(levels == level).tolist())
        paths.append(f'<path fill="{diverging(level / LEVELS)}" d="{squares}"/>')
    move = f"translate({LEFT} {top:g}) scale({column:g} {height:g})"
    return f'<g transform="{move}" shape-rendering="crispEdges">{"".join(paths)}</g>'
