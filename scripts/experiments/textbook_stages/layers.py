"""The weights of a network by layer and by gate."""

from typing import cast

from torch import Tensor

from sentiment.cells import CELLS
from sentiment.nn import RecurrentClassifier, RecurrentLayer


def layers_of(network: RecurrentClassifier) -> list[RecurrentLayer]:
    """Return the recurrent layers, the lowest first."""
    return [cast(RecurrentLayer, layer) for layer in network.encoder.layers]


def rows_of(layer: RecurrentLayer, name: str, gate: str) -> Tensor:
    """Return one gate's rows of `weight_ih`, `weight_hh`, `bias_ih` or `bias_hh`, as a view of them."""
    gates = CELLS[layer.cell].gates
    return cast(Tensor, getattr(layer, name)).chunk(len(gates))[gates.index(gate)]
