"""The model directory: written whole or not at all, verified when read, found when not named."""

from sentiment.model_dir.directory import ModelDirectory
from sentiment.model_dir.known import KnownModel, known_models
from sentiment.model_dir.locate import (
    MODEL_VARIABLE,
    default_out,
    find_encoder,
    find_model,
    locate_model,
    locate_unfinished,
    out_path,
    unfinished_path,
)
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
from sentiment.model_dir.summary import ModelSummary

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
    "WEIGHTS_FILE",
    "KnownModel",
    "ModelDirectory",
    "ModelSummary",
    "check_out",
    "default_out",
    "find_encoder",
    "find_model",
    "known_models",
    "locate_model",
    "locate_unfinished",
    "out_path",
    "staged_model_dir",
    "unfinished_path",
]
