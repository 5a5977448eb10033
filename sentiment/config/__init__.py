"""Experiments: their schema, and how they are read from YAML."""

from sentiment.config.schema import Config, DataConfig, ModelConfig, TokenizerConfig, TrainingConfig

__all__ = ["Config", "DataConfig", "ModelConfig", "TokenizerConfig", "TrainingConfig"]
