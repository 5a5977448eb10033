"""The many-to-one classifier: tokens in, one score a class out."""

from torch import Tensor, nn

from sentiment.config import ModelConfig
from sentiment.nn.dropout import TokenDropout, VariationalDropout
from sentiment.nn.encoder import RecurrentEncoder
from sentiment.nn.pooling import Pooling


class RecurrentClassifier(nn.Module):
    """Embedding, recurrent encoder, pooling, classes.

    All sequences of a batch have one length. No pad ever enters, so a text's scores depend on that text alone.
    """

    def __init__(self, config: ModelConfig, vocab_size: int, num_classes: int) -> None:
        super().__init__()
        self.token_dropout = TokenDropout(config.token_dropout)
        self.embedding = nn.Embedding(vocab_size, config.embedding_size)
        self.embedding_dropout = VariationalDropout(config.embedding_dropout)
        self.encoder = RecurrentEncoder(config)
        self.pooling = Pooling(config.pooling, self.encoder.output_size)
        self.output_dropout = nn.Dropout(config.output_dropout)
        self.output = nn.Linear(self.pooling.output_size, num_classes)
        nn.init.normal_(self.embedding.weight, std=config.embedding_size**-0.5)
        nn.init.zeros_(self.output.bias)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Score sequences of one length.

        Args:
            input_ids: (batch, time), int64, time >= 1.

        Returns:
            logits, (batch, num_classes), float32.
        """
        embedded = self.embedding_dropout(self.embedding(self.token_dropout(input_ids)))
        states, final = self.encoder(embedded)
        logits: Tensor = self.output(self.output_dropout(self.pooling(states, final)))
        return logits
