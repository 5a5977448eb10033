"""The file of a network's weights, as float32 or float16."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import save
from torch import Tensor

from sentiment.errors import TrainingError
from sentiment.model_dir import WEIGHTS_FILE, ModelDirectory, load_weights

Precision = Literal["float32", "float16"]


def read_weights(directory: ModelDirectory) -> dict[str, Tensor]:
    """Read the weights of a model or an encoder, by name, as float32.

    Raises:
        ModelDirectoryError: the file is missing or altered, or has content that `write_weights` does not write.
    """
    weights = load_weights(directory, "train it again")
    return {name: torch.from_numpy(weight) for name, weight in weights.items()}


def write_weights(path: Path, weights: Mapping[str, Tensor], precision: Precision, remedy: str) -> None:
    """Write weights as safetensors.

    float16 rounds each to 11 significant bits: a relative error of at most 1 in 2,048, or 3e-8 absolute below 6e-5.

    Args:
        path: the file.
        weights: by name, float32.
        precision: of the stored numbers.
        remedy: what to do where float16 cannot represent one.

    Raises:
        TrainingError: float16 cannot represent one: beyond 65,504, or NaN.
    """
    path.write_bytes(save({name: _stored(name, tensor, precision, remedy) for name, tensor in weights.items()}))


def _stored(name: str, weight: Tensor, precision: Precision, remedy: str) -> Tensor:
    if precision == "float32":
        return weight.contiguous()
    rounded = weight.to(torch.float16)
    lost = weight[~rounded.isfinite()]
    if lost.numel():
        raise TrainingError(
            f"{WEIGHTS_FILE}: {name} holds {lost[0].item():g}, which float16 cannot; "
            f"its largest number is {torch.finfo(torch.float16).max:,.0f}; {remedy}"
        )
    return rounded.contiguous()
