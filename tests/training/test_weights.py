"""Weights stored as float16: half the bytes, nearly the same numbers, and none that it cannot hold."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from sentiment.errors import TrainingError
from sentiment.training.weights import write_weights

LARGEST = 65_504.0


@given(st.lists(st.floats(-LARGEST, LARGEST, width=32), min_size=1, max_size=50))
def test_float16_is_near(tmp_path_factory: pytest.TempPathFactory, numbers: list[float]) -> None:
    path = tmp_path_factory.getbasetemp() / "near.safetensors"
    weights = torch.tensor(numbers)
    write_weights(path, {"w": weights}, "float16", "")
    stored = load_file(path)["w"]
    assert stored.dtype == torch.float16
    np.testing.assert_allclose(stored.float(), weights, rtol=2**-11, atol=2**-25)


def test_float32_is_the_same_and_float16_half_of_it(tmp_path: Path) -> None:
    weights = {"w": torch.randn(64, 100).t()}  # not contiguous
    write_weights(tmp_path / "32", weights, "float32", "")
    write_weights(tmp_path / "16", weights, "float16", "")
    assert torch.equal(load_file(tmp_path / "32")["w"], weights["w"])
    large, small = ((tmp_path / name).stat().st_size for name in ("32", "16"))
    assert large - small == 64 * 100 * 2


@pytest.mark.parametrize(("value", "told"), [(65_520.0, "65520"), (-1e30, "-1e+30"), (float("nan"), "nan")])
def test_what_float16_cannot_hold_is_refused(tmp_path: Path, value: float, told: str) -> None:
    weights = {"good": torch.zeros(3), "output.bias": torch.tensor([1.0, value])}
    with pytest.raises(TrainingError, match=re.escape(f"output.bias holds {told}, which float16 cannot")) as caught:
        write_weights(tmp_path / "file", weights, "float16", "the remedy")
    assert str(caught.value).endswith("; the remedy")
    assert not (tmp_path / "file").exists()
    write_weights(tmp_path / "file", weights, "float32", "")
