"""The weights of a model or an encoder, as numpy arrays."""

from typing import TYPE_CHECKING

from sentiment.errors import ModelDirectoryError
from sentiment.files import UnreadableError
from sentiment.model_dir.directory import ModelDirectory
from sentiment.model_dir.manifest import WEIGHTS_FILE
from sentiment.model_dir.safetensors_header import check_safetensors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def load_weights(directory: ModelDirectory, remedy: str) -> "dict[str, NDArray[np.float32]]":
    """Read the weights by name, stored as float32 or float16, and compare the file with the manifest.

    Args:
        directory: of a model or an encoder.
        remedy: what to do if they cannot be read.

    Raises:
        ModelDirectoryError: the file is missing or altered, or has content that no training writes.
    """
    import numpy as np
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = directory.path / WEIGHTS_FILE
    content = directory.read(WEIGHTS_FILE)
    try:
        check_safetensors(content)
        weights = load(content)
    except (SafetensorError, UnreadableError) as error:
        raise ModelDirectoryError(f"{path}: not readable ({error}); {remedy}") from error
    for name, weight in weights.items():
        if weight.dtype not in (np.float32, np.float16):
            raise ModelDirectoryError(f"{path}: {name} is {weight.dtype}, not float32 or float16; {remedy}")
        if not np.isfinite(weight).all():
            raise ModelDirectoryError(f"{path}: {name} contains NaN or infinite values; {remedy}")
    return {name: weight.astype(np.float32) for name, weight in weights.items()}
