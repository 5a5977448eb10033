"""Training with a cell that is not part of the package."""

from sentiment.nn.cells import TORCH_CELLS, SteppedCell
from sentiment.own_cells import OwnCell, add_cell


def train_with(cell: type[OwnCell]) -> None:
    """Make a cell known to this process, training included.

    Raises:
        ConfigError: its name is that of another cell.
    """
    add_cell(cell)
    TORCH_CELLS[cell.name] = SteppedCell(
        cell.name,
        lambda from_input, from_hidden, state: cell.next_state(cell.open_gates(from_input, from_hidden), state),
    )
