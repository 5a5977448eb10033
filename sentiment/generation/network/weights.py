"""The weights of an encoder directory, without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir import WEIGHTS_FILE, ModelDirectory, load_weights

_REMEDY = "copy the directory again from an intact copy, or pretrain it again"


@dataclass(frozen=True)
class WeightsFile:
    """Tensors by name; the shape of each is checked on access.

    Attributes:
        path: of their file.
        tensors: float32.
    """

    path: Path
    tensors: Mapping[str, NDArray[np.float32]]

    @classmethod
    def read(cls, directory: ModelDirectory) -> "WeightsFile":
        """Read the file of a directory and compare it with the manifest.

        Raises:
            ModelDirectoryError: it is missing, truncated or altered, or not a file of finite weights.
        """
        return cls(directory.path / WEIGHTS_FILE, load_weights(directory, _REMEDY))

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def take(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Return a tensor.

        Raises:
            ModelDirectoryError: there is none of this name and shape.
        """
        tensor = self.tensors.get(name)
        if tensor is None:
            raise ModelDirectoryError(f"{self.path}: contains no {name}, which its config requires; {_REMEDY}")
        if tensor.shape != shape:
            raise ModelDirectoryError(f"{self.path}: {name} has shape {tensor.shape}, not {shape}; {_REMEDY}")
        return tensor
