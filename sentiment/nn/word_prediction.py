"""Heads that predict the words of a text: the language model's and the autoencoder's."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sentiment.nn.precision import in_float32


class Vocabulary(nn.Module):
    """The words that can be predicted: all tokens, followed by the edge of a text.

    The scores of the tokens share the embedding's weights (Press and Wolf 2017, "Using the output embedding to improve
    language models"); the edge, which the encoder never reads, has a separate vector.
    """

    def __init__(self, vocab_size: int, embedding_size: int) -> None:
        super().__init__()
        self.edge_id = vocab_size
        self.edge = nn.Parameter(torch.empty(1, embedding_size).normal_(std=embedding_size**-0.5))
        self.bias = nn.Parameter(torch.zeros(vocab_size + 1))

    @torch.no_grad()
    def start_from(self, occurrences: Tensor) -> None:
        """Set the biases so that a zero query gives the overall shares of the words.

        Args:
            occurrences: (vocab_size + 1,), number of occurrences of each word and of the edge.
        """
        smoothed = occurrences.double() + 1.0
        self.bias.copy_((smoothed / smoothed.sum()).log())

    def weight(self, embedding: nn.Embedding) -> Tensor:
        """Return the vectors of all words, (vocab_size + 1, embedding_size)."""
        return torch.cat([embedding.weight, self.edge])


@dataclass(frozen=True)
class WordPredictions:
    """Queries to a vocabulary with their targets, text by text.

    Attributes:
        queries: (readings, batch, time + 1, embedding_size), to multiply with the words' vectors.
        targets: (readings, batch, time + 1), int64, the true words. Of a piece of a text, the first one is unknown
            if the text began before it, and the last one if the text continues.
    """

    queries: Tensor
    targets: Tensor


class LanguageModelHead(nn.Module):
    """Predicts the next word from the forward states, and the previous word from the backward states.

        forward    start → x_1, h_1 → x_2, ..., h_T → edge
        backward   edge ← h_1, x_1 ← h_2, ..., x_T ← start

    A linear map turns each direction's state into a query; the first word of a direction has a separate query.
    """

    def __init__(self, num_directions: int, hidden_size: int, embedding_size: int) -> None:
        super().__init__()
        self.projections = nn.ModuleList(nn.Linear(hidden_size, embedding_size) for _ in range(num_directions))
        self.starts = nn.Parameter(torch.zeros(num_directions, embedding_size))

    def forward(self, states: Sequence[Tensor], input_ids: Tensor, edge_id: int) -> WordPredictions:
        """Return the queries and targets for the words of texts.

        Args:
            states: of each direction, (batch, time, hidden_size), independent of tokens on the other side.
            input_ids: (batch, time), in text order.
            edge_id: the id of the edge, before and after a text.
        """
        batch = len(input_ids)
        edge = input_ids.new_full((batch, 1), edge_id)
        queries, targets = [], []
        for number, (projection, read) in enumerate(zip(self.projections, states, strict=True)):
            start = self.starts[number].expand(batch, 1, -1)
            asked = projection(read)
            queries.append(torch.cat([asked, start] if number else [start, asked], dim=1))
            targets.append(torch.cat([edge, input_ids] if number else [input_ids, edge], dim=1))
        return WordPredictions(torch.stack(queries), torch.stack(targets))


class AutoencoderHead(nn.Module):
    """Reconstructs a text, word by word, from the final state of the encoder.

    An LSTM starts from that state and reads the true word before each one that it predicts. It shares word dropout with
    the network, so that it cannot rely on the words alone (Bowman et al. 2016, section 3.1).
    Source: Dai and Le 2015, "Semi-supervised sequence learning", section 2.
    """

    def __init__(self, state_size: int, hidden_size: int, embedding_size: int) -> None:
        super().__init__()
        self.bridge = nn.Linear(state_size, 2 * hidden_size)
        self.decoder = nn.LSTM(embedding_size, hidden_size, batch_first=True)
        self.projection = nn.Linear(hidden_size, embedding_size)

    def forward(self, final: Tensor, embedded: Tensor, input_ids: Tensor, vocabulary: Vocabulary) -> WordPredictions:
        """Return the queries and targets for the words of texts.

        Args:
            final: (batch, state_size).
            embedded: (batch, time, embedding_size), the embeddings with dropout.
            input_ids: (batch, time), in text order.
            vocabulary: gives the edge.
        """
        batch = len(input_ids)
        hidden, cell = self.bridge(final).unsqueeze(0).chunk(2, dim=2)
        before = torch.cat([vocabulary.edge.expand(batch, 1, -1), embedded], dim=1)
        start = tuple(state.to(before.dtype).contiguous() for state in (torch.tanh(hidden), cell))
        # Under autocast, cuDNN's layers compute in float16, whichever type it is set to.
        with in_float32(before) if before.is_cuda else nullcontext():
            states, _ = self.decoder(before, start)
        targets = torch.cat([input_ids, input_ids.new_full((batch, 1), vocabulary.edge_id)], dim=1)
        return WordPredictions(self.projection(states).unsqueeze(0), targets.unsqueeze(0))


def sum_by_text(losses: Tensor, predictions: WordPredictions, cuts: Tensor) -> Tensor:
    """Return the summed loss of each text, or piece of one, (batch,), without the words at its cuts.

    Args:
        losses: one per prediction, in the order of the flattened targets.
        predictions: that the losses belong to.
        cuts: (2, batch), bool, whether the text continues before the piece, and after it.
    """
    by_text = losses.view_as(predictions.targets)
    known = torch.ones_like(by_text)
    known[:, cuts[0], 0] = 0.0
    known[:, cuts[1], -1] = 0.0
    return (by_text * known).sum(dim=(0, 2))


def count_by_text(predictions: WordPredictions, cuts: Tensor) -> Tensor:
    """Return the number of words that `sum_by_text` adds up for each text, (batch,), float32."""
    readings, _, words = predictions.targets.shape
    return readings * (words - cuts.float().sum(dim=0))
