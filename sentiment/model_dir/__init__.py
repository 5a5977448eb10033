"""The model directory: written whole or not at all, verified when read, found when not named."""

from sentiment.model_dir.directory import ModelDirectory
from sentiment.model_dir.locate import MODEL_VARIABLE, UNFINISHED_SUFFIX, default_out, find_model
from sentiment.model_dir.manifest import (
    CLASSIFIER,
    CONFIG_FILE,
    CURVES_FILE,
    ENCODER,
    FORMAT_VERSION,
    MANIFEST_FILE,
    METRICS_FILE,
    ONNX_FILE,
    README_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
)
from sentiment.model_dir.staging import check_out, staged_model_dir

__all__ = [
    "CLASSIFIER",
    "CONFIG_FILE",
    "CURVES_FILE",
    "ENCODER",
    "FORMAT_VERSION",
    "MANIFEST_FILE",
    "METRICS_FILE",
    "MODEL_VARIABLE",
    "ONNX_FILE",
    "README_FILE",
    "TOKENIZER_FILE",
    "UNFINISHED_SUFFIX",
    "WEIGHTS_FILE",
    "ModelDirectory",
    "check_out",
    "default_out",
    "find_model",
    "staged_model_dir",
]
