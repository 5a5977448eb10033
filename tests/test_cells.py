"""A cell is described once, and computed in torch and in numpy."""

import pytest

from sentiment.cells import CELLS
from sentiment.config import ModelConfig
from sentiment.nn.cells import TORCH_CELLS
from sentiment.numpy_network.cells import NUMPY_CELLS


@pytest.mark.parametrize(
    ("computed", "place"),
    [
        (TORCH_CELLS, "TORCH_CELLS in sentiment/nn/cells.py"),
        (NUMPY_CELLS, "NUMPY_CELLS in sentiment/numpy_network/cells.py"),
    ],
)
def test_what_is_described_is_what_is_computed(computed: dict[str, object], place: str) -> None:
    missing, undescribed = CELLS.keys() - computed.keys(), computed.keys() - CELLS.keys()
    assert not missing, f"{place} lacks {', '.join(sorted(missing))}; add it there"
    assert not undescribed, f"{place} has {', '.join(sorted(undescribed))}; describe it in sentiment/cells.py"


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_can_be_chosen(cell: str) -> None:
    assert ModelConfig.model_validate({"cell": cell}).cell == cell == CELLS[cell].name
