"""Weights stored as float16: half the bytes, nearly the same numbers, and none that it cannot hold."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from sentiment.errors import ModelDirectoryError, TrainingError
from sentiment.model_dir import ENCODER, WEIGHTS_FILE, ModelDirectory, staged_model_dir
from sentiment.training.export.weights import read_weights, write_weights

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


def tensor_file(tensors: dict[str, dict[str, object]], data: bytes) -> bytes:
    header = json.dumps(tensors).encode()
    return len(header).to_bytes(8, "little") + header + data


def entry(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        *[
            (
                tensor_file({"a": entry(dtype, [8], 0, size)}, bytes(size)),
                f"tensor 'a' contains '{dtype}', not one of F64",
            )
            for dtype, size in [("F8_E8M0", 8), ("F8_E4M3", 8), ("F4", 4), ("F6_E2M3", 6), ("BF16", 16), ("C64", 64)]
        ],
        (
            tensor_file({"a": entry("F32", [1], 0, 4)}, np.float32(np.nan).tobytes()),
            "a contains NaN or infinite values",
        ),
        (
            tensor_file({"a": entry("F32", [1], 0, 4)}, np.float32(np.inf).tobytes()),
            "a contains NaN or infinite values",
        ),
        (
            tensor_file({"a": entry("F16", [1], 0, 2)}, np.float16(np.inf).tobytes()),
            "a contains NaN or infinite values",
        ),
        (tensor_file({"a": entry("I64", [1], 0, 8)}, bytes(8)), "a is int64, not float32 or float16"),
        (
            tensor_file({"a": entry("F32", [2**40], 0, 4)}, bytes(4)),
            "tensor 'a' has data that does not match its shape",
        ),
        (tensor_file({"a": entry("F32", [-1], 0, 4)}, bytes(4)), "tensor 'a' has an impossible shape or position"),
        (tensor_file({"a": entry("F32", [1] * 9, 0, 4)}, bytes(4)), "tensor 'a' has an impossible shape or position"),
        (tensor_file({"a": entry("F32", [1], 4, 8)}, bytes(8)), "its tensors overlap, or leave a gap"),
        (tensor_file({"a": entry("F32", [1], 0, 4), "b": entry("F32", [1], 0, 4)}, bytes(4)), "its tensors overlap"),
        (tensor_file({"a": entry("F32", [1], 0, 4)}, bytes(9)), "its tensors overlap, or leave a gap"),
        (tensor_file({"a": {"dtype": "F32"}}, b""), "tensor 'a' lacks a dtype, shape or data_offsets"),
        (b"", "its header claims to be 0 bytes long"),
        (b"\xff" * 20, "its header claims to be 18,446,744,073,709,551,615 bytes long"),
        ((2).to_bytes(8, "little") + b"[]", "its header is not a JSON object"),
        ((10**6).to_bytes(8, "little") + b"[" * 10**6, "nested too deeply"),
    ],
)
def test_a_file_that_no_training_writes_is_refused_in_a_line(tmp_path: Path, content: bytes, fault: str) -> None:
    with staged_model_dir(tmp_path / "encoder", labels=(), replace=False, kind=ENCODER) as stage:
        (stage / "config.yaml").write_text("")
        (stage / "tokenizer.json").write_text("")
        (stage / WEIGHTS_FILE).write_bytes(content)
    directory = ModelDirectory.open(tmp_path / "encoder", allow_encoder=True)
    with pytest.raises(ModelDirectoryError, match=rf"model\.safetensors: .*({fault}).*; train it again$") as caught:
        read_weights(directory)
    assert "\n" not in str(caught.value)


def test_what_was_written_is_read_as_float32(tmp_path: Path) -> None:
    weights = {"a": torch.tensor([[1.5, -2.0]]), "b": torch.zeros(0), "c": torch.tensor(3.0)}
    with staged_model_dir(tmp_path / "encoder", labels=(), replace=False, kind=ENCODER) as stage:
        (stage / "config.yaml").write_text("")
        (stage / "tokenizer.json").write_text("")
        write_weights(stage / WEIGHTS_FILE, weights, "float16", "")
    read = read_weights(ModelDirectory.open(tmp_path / "encoder", allow_encoder=True))
    assert read.keys() == weights.keys()
    assert all(torch.equal(read[name], weights[name]) and read[name].dtype == torch.float32 for name in weights)
