"""The many-to-one classifier: tokens in, one score a class out."""

from torch import Tensor, nn

from sentiment.config import ModelConfig
from sentiment.nn.text_encoder import TextEncoder


class RecurrentClassifier(TextEncoder):
    """Embedding, recurrent encoder, pooling, classes."""

    def __init__(self, config: ModelConfig, vocab_size: int, num_classes: int) -> None:
        super().__init__(config, vocab_size)
        self.output = nn.Linear(self.pooling.output_size, num_classes)
        self.reset_embedding()
        nn.init.zeros_(self.output.bias)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Score sequences of one length.

        Args:
            input_ids: (batch, time), int64, time >= 1.

        Returns:
            logits, (batch, num_classes), float32.
        """
        logits: Tensor = self.output(self.pool(*self.encoder(self.embed(input_ids))))
        return logits
