"""A recurrent cell of one's own, by the equations of one step: trained, exported and looked into like the others."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np

from sentiment.cells import CELLS, Cell
from sentiment.errors import ConfigError

Values = tuple[Any, ...]
"""Arrays of numpy or tensors of torch, each (batch, hidden_size)."""


class OwnCell(ABC):
    """A cell, whose class is passed to `sentiment.train` as `cell`.

    The equations are written once, with +, -, *, / and `sigmoid`, `tanh` and `relu` of this module: they run in torch
    while training, become the body of a Scan in model.onnx, and run in numpy where a network is looked into. A model
    predicts without this class; `trace`, `gates` and further training need `add_cell` first.

    Attributes:
        name: As in configs, unlike those of other cells.
        gates: Names of what `open_gates` returns.
        num_states: State arrays: h, and any others, which begin at 0.
    """

    name: ClassVar[str]
    gates: ClassVar[tuple[str, ...]]
    num_states: ClassVar[int] = 1

    @staticmethod
    @abstractmethod
    def open_gates(from_input: Values, from_hidden: Values) -> Values:
        """Return the gates, from each gate's part of W_x x_t + b_x and of W_h h_(t-1) + b_h."""

    @staticmethod
    @abstractmethod
    def next_state(gates: Values, state: Values) -> Values:
        """Return the next h and other states, from the gates and the last ones."""


def sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)) of an array or a tensor."""
    return 0.5 * (np.tanh(0.5 * x) + 1.0) if isinstance(x, np.ndarray) else x.sigmoid()


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent of an array or a tensor."""
    return np.tanh(x) if isinstance(x, np.ndarray) else x.tanh()


def relu(x: Any) -> Any:
    """Return max(0, x) of an array or a tensor."""
    return np.maximum(x, 0.0) if isinstance(x, np.ndarray) else x.relu()


def add_cell(cell: type[OwnCell]) -> None:
    """Make a cell known to this process: to configs, and to what looks into networks.

    Raises:
        ConfigError: Its name is that of another cell.
    """
    from sentiment.numpy_network.cells import NUMPY_CELLS, NumpyCell

    described, known = Cell(cell.name, cell.gates, cell.num_states), CELLS.get(cell.name)
    if known is not None and known != described:
        raise ConfigError(f"cell={cell.__name__}: there is another cell named {cell.name}; choose another name")
    number = len(cell.gates)
    CELLS[cell.name] = described
    NUMPY_CELLS[cell.name] = NumpyCell(
        lambda from_input, from_hidden: cell.open_gates(
            tuple(np.split(from_input, number, axis=1)), tuple(np.split(from_hidden, number, axis=1))
        ),
        cell.next_state,
    )
    _tell_configs()


def _tell_configs() -> None:
    """Let configs have the name of every cell: names are part of the type of the field."""
    from sentiment.config import Config
    from sentiment.config.schema import ModelConfig

    ModelConfig.model_fields["cell"].annotation = Literal[tuple(CELLS)]  # type: ignore[assignment]
    for section in (ModelConfig, Config):
        section.model_rebuild(force=True)
