"""The many-to-one classifier: tokens in, one score a class out."""

import torch
from torch import Tensor, nn

from sentiment.config import ModelConfig
from sentiment.nn.character_ngrams import CharacterNgrams
from sentiment.nn.text_encoder import TextEncoder


class RecurrentClassifier(TextEncoder):
    """Embedding, recurrent encoder, pooling, classes; and beside them, where the config says so, character n-grams."""

    def __init__(
        self, config: ModelConfig, vocab_size: int, num_classes: int, characters: Tensor | None = None
    ) -> None:
        """Make the network, with random weights.

        Args:
            config: its sizes.
            vocab_size: tokens that there are.
            num_classes: classes to tell apart.
            characters: (vocab_size, longest token), as of `token_characters`; needed for n-grams alone.

        Raises:
            ValueError: n-grams are asked for, and the spelling of the tokens is not given.
        """
        super().__init__(config, vocab_size)
        self.output = nn.Linear(self.pooling.output_size, num_classes)
        self.reset_embedding()
        nn.init.zeros_(self.output.bias)
        self.ngrams = None
        if config.character_ngrams:
            if characters is None:
                raise ValueError("character n-grams need the spelling of the tokens")
            self.ngrams = CharacterNgrams(
                characters, config.character_ngrams, config.ngram_buckets, num_classes, config.ngram_dropout
            )

    def forward(self, input_ids: Tensor) -> Tensor:
        """Score sequences of one length.

        Args:
            input_ids: (batch, time), int64, time >= 1.

        Returns:
            logits, (batch, num_classes), float32.
        """
        pooled = self.pool(*self.encoder(self.embed(input_ids)))
        with torch.autocast("cpu", enabled=False):
            logits: Tensor = self.output(pooled)
        if self.ngrams is not None:
            logits = logits + self.ngrams(input_ids)
        return logits
