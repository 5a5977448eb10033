"""Experiments: their schema, and reading them from YAML."""

from sentiment.config.dumping import dump_config, flatten
from sentiment.config.keys import Key, find_keys
from sentiment.config.loading import ResolvedConfig, config_description, load_config, parse_config
from sentiment.config.overrides import ARGUMENT, Override, parse_set_option
from sentiment.config.schema import (
    OBJECTIVES,
    Config,
    DataConfig,
    ExportConfig,
    ModelConfig,
    PretrainingConfig,
    TokenizerConfig,
    TrainingConfig,
)
from sentiment.config.shipped import config_names

__all__ = [
    "ARGUMENT",
    "OBJECTIVES",
    "Config",
    "DataConfig",
    "ExportConfig",
    "Key",
    "ModelConfig",
    "Override",
    "PretrainingConfig",
    "ResolvedConfig",
    "TokenizerConfig",
    "TrainingConfig",
    "config_description",
    "config_names",
    "dump_config",
    "find_keys",
    "flatten",
    "load_config",
    "parse_config",
    "parse_set_option",
]
