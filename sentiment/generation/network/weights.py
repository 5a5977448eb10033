"""The weights of an encoder directory, without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import ModelDirectoryError
from sentiment.files import UnreadableError
from sentiment.model_dir import WEIGHTS_FILE, ModelDirectory
from sentiment.model_dir.safetensors_header import check_safetensors

_REMEDY = "copy the directory again from where it is whole, or pretrain it again"


@dataclass(frozen=True)
class WeightsFile:
    """Tensors by name; each is looked at when it is taken.

    Attributes:
        path: where they were read.
        tensors: in the type of numbers in which they were stored.
    """

    path: Path
    tensors: Mapping[str, NDArray[Any]]

    @classmethod
    def read(cls, directory: ModelDirectory) -> "WeightsFile":
        """Read the file of a directory and compare it with the manifest.

        Raises:
            ModelDirectoryError: it is missing, truncated or altered, or no file of weights.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        path = directory.path / WEIGHTS_FILE
        content = directory.read(WEIGHTS_FILE)
        try:
            check_safetensors(content)
            tensors = load(content)
        except (SafetensorError, UnreadableError) as error:
            raise ModelDirectoryError(f"{path}: not readable ({error}); {_REMEDY}") from error
        return cls(path, tensors)

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def take(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Return a tensor as float32, from float32 or float16.

        Raises:
            ModelDirectoryError: there is none of this name and shape, or it holds other numbers.
        """
        tensor = self.tensors.get(name)
        if tensor is None:
            raise ModelDirectoryError(f"{self.path}: holds no {name}, which its config asks for; {_REMEDY}")
        if tensor.shape != shape or tensor.dtype not in (np.float32, np.float16):
            fault = f"{name} is {tensor.dtype} {tensor.shape}, not float32 or float16 {shape}"
            raise ModelDirectoryError(f"{self.path}: {fault}; {_REMEDY}")
        numbers: NDArray[np.float32] = tensor.astype(np.float32)
        if not np.isfinite(numbers).all():
            raise ModelDirectoryError(f"{self.path}: {name} holds NaN or infinite values; {_REMEDY}")
        return numbers
