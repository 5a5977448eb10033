"""The recurrent cells of networks: their properties, independent of the implementation.

The equations are with the implementations: in torch in `sentiment/nn/cells.py`, in numpy in
`sentiment/numpy_network/cells.py`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sentiment.errors import ModelDirectoryError


@dataclass(frozen=True)
class Cell:
    """A kind of recurrent cell.

    Attributes:
        name: as in configs.
        gates: in the order of their rows in the weights.
        num_states: number of state arrays of (batch, hidden_size): h, followed by others.
        onnx_operator: computes it in model.onnx; None if ONNX has none: its step becomes the body of a Scan.
        onnx_activation: of that operator, if one operator computes several cells.
    """

    name: str
    gates: tuple[str, ...]
    num_states: int
    onnx_operator: str | None = None
    onnx_activation: str | None = None


LARGEST_STATE = 127
"""A state in [-1, 1] is rounded to a multiple of 1 / 127 where cells multiply integers."""
ZERO_POINT = 128
"""Added to rounded states, which are stored as uint8."""

CELLS: dict[str, Cell] = {
    cell.name: cell
    for cell in (
        Cell("rnn_tanh", ("state",), 1, "RNN", "Tanh"),
        Cell("rnn_relu", ("state",), 1, "RNN", "Relu"),
        Cell("lstm", ("input", "forget", "candidate", "output"), 2, "LSTM"),
        Cell("gru", ("reset", "update", "candidate"), 1, "GRU"),
    )
}

if TYPE_CHECKING:
    CellName = str
else:
    CellName = Literal[tuple(CELLS)]


def cell_of_model(name: str, path: Path) -> Cell:
    """Return the cell of a model, whose config may name one of somebody's own.

    Raises:
        ModelDirectoryError: The cell is not known in this process.
    """
    if name not in CELLS:
        raise ModelDirectoryError(
            f"{path}: its cell {name!r} is not one of sentiment's; in Python, make it known first, with "
            "sentiment.own_cells.add_cell"
        )
    return CELLS[name]
