"""A classifier for the tokens of a tokenizer."""

import torch
from tokenizers import Tokenizer

from sentiment.config import ModelConfig
from sentiment.nn import RecurrentClassifier
from sentiment.text import token_characters


def build_classifier(config: ModelConfig, tokenizer: Tokenizer, num_classes: int) -> RecurrentClassifier:
    """Make a network with random weights that reads the tokens of a tokenizer.

    Args:
        config: its sizes.
        tokenizer: of any kind.
        num_classes: classes to tell apart.
    """
    characters = torch.from_numpy(token_characters(tokenizer)) if config.character_ngrams else None
    return RecurrentClassifier(config, tokenizer.get_vocab_size(), num_classes, characters)
