"""The many-to-one classifier: tokens in, one score per class out."""

import torch
from torch import Tensor, nn

from sentiment.config import ModelConfig
from sentiment.nn.ngrams import NgramScores
from sentiment.nn.precision import in_float32
from sentiment.nn.text_encoder import TextEncoder
from sentiment.text.token_spelling import TokenSpelling


class RecurrentClassifier(TextEncoder):
    """Embedding, recurrent encoder, pooling, output layer; plus n-grams, if the config has them."""

    def __init__(
        self, config: ModelConfig, vocab_size: int, num_classes: int, spelling: TokenSpelling | None = None
    ) -> None:
        """Build the network, with random weights.

        Args:
            config: its sizes.
            vocab_size: number of tokens.
            num_classes: number of classes.
            spelling: characters and words of the tokens, from `spell_tokens`; only needed for n-grams.

        Raises:
            ValueError: the config has n-grams, but the spelling of the tokens is missing.
        """
        super().__init__(config, vocab_size)
        self.output = nn.Linear(self.pooling.output_size, num_classes)
        self.reset_embedding()
        nn.init.zeros_(self.output.bias)
        self.ngrams = None
        if config.has_ngrams:
            if spelling is None:
                raise ValueError("n-grams need the spelling of the tokens")
            self.ngrams = NgramScores(
                torch.from_numpy(spelling.characters),
                torch.from_numpy(spelling.in_word),
                config.character_ngrams,
                config.word_ngrams,
                config.buckets_for(num_classes),
                num_classes,
            )

    def forward(self, input_ids: Tensor) -> Tensor:
        """Score sequences of equal length.

        Args:
            input_ids: (batch, time), int64, time >= 1.

        Returns:
            logits, (batch, num_classes), float32.
        """
        logits = self.network_logits(input_ids)
        return logits if self.ngrams is None else logits + self.ngrams(input_ids)

    def network_logits(self, input_ids: Tensor) -> Tensor:
        """Score sequences of equal length by the recurrent network alone; arguments and result as for `forward`."""
        pooled = self.pool(*self.encoder(self.embed(input_ids)))
        with in_float32(pooled):
            logits: Tensor = self.output(pooled)
        return logits
