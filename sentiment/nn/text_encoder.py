"""The part shared by classifier and pretraining: from tokens to one vector per text."""

from torch import Tensor, nn

from sentiment.config import ModelConfig
from sentiment.nn.dropout import TokenDropout, VariationalDropout
from sentiment.nn.encoder import RecurrentEncoder
from sentiment.nn.pooling import Pooling
from sentiment.nn.precision import in_float32


class TextEncoder(nn.Module):
    """Embedding, recurrent encoder, pooling.

    All sequences of a batch have equal length. There is no padding, so the result for a text depends on it alone.
    """

    def __init__(self, config: ModelConfig, vocab_size: int) -> None:
        super().__init__()
        self.token_dropout = TokenDropout(config.token_dropout)
        self.embedding = nn.Embedding(vocab_size, config.embedding_size)
        self.embedding_dropout = VariationalDropout(config.embedding_dropout)
        self.encoder = RecurrentEncoder(config)
        self.pooling = Pooling(config.pooling, self.encoder.output_size)
        self.output_dropout = nn.Dropout(config.output_dropout)

    def reset_embedding(self) -> None:
        """Draw the embeddings, each with a norm of about 1."""
        nn.init.normal_(self.embedding.weight, std=self.embedding.embedding_dim**-0.5)

    def embed(self, input_ids: Tensor) -> Tensor:
        """Return the embeddings, (batch, time, embedding_size), of `input_ids`, (batch, time), with dropout."""
        embedded: Tensor = self.embedding_dropout(self.embedding(self.token_dropout(input_ids)))
        return embedded

    def pool(self, states: Tensor, final: Tensor) -> Tensor:
        """Return one vector per text, (batch, pooling.output_size), from the encoder's outputs, with dropout."""
        with in_float32(states):
            pooled: Tensor = self.output_dropout(self.pooling(states, final))
        return pooled
