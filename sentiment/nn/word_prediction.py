"""Heads that predict the words of a text: the language model's and the autoencoder's."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


class Vocabulary(nn.Module):
    """The words that can be predicted: all tokens and, behind them, the edge of a text.

    The scores of the tokens share the embedding's weights (Press and Wolf 2017, "Using the output embedding to improve
    language models"); the edge, which the encoder never reads, has a vector of its own.
    """

    def __init__(self, vocab_size: int, embedding_size: int) -> None:
        super().__init__()
        self.edge_id = vocab_size
        self.edge = nn.Parameter(torch.empty(1, embedding_size).normal_(std=embedding_size**-0.5))
        self.bias = nn.Parameter(torch.zeros(vocab_size + 1))

    @torch.no_grad()
    def start_from(self, occurrences: Tensor) -> None:
        """Set the biases so that a query of nothing has the words' own shares.

        Args:
            occurrences: (vocab_size + 1,), how often each word was met, and the edge.
        """
        smoothed = occurrences.double() + 1.0
        self.bias.copy_((smoothed / smoothed.sum()).log())

    def weight(self, embedding: nn.Embedding) -> Tensor:
        """Return the vectors of all words, (vocab_size + 1, embedding_size)."""
        return torch.cat([embedding.weight, self.edge])


@dataclass(frozen=True)
class WordPredictions:
    """What is asked of a vocabulary, text by text.

    Attributes:
        queries: (readings, batch, time + 1, embedding_size), to be multiplied with the words' vectors.
        targets: (readings, batch, time + 1), int64, the true words. The last one of a text that was cut is unknown.
    """

    queries: Tensor
    targets: Tensor


class LanguageModelHead(nn.Module):
    """Predict the next word from what was read so far, and the previous one from what was read backward.

        forward    start → x_1, h_1 → x_2, ..., h_T → edge
        backward   edge ← h_1, x_1 ← h_2, ..., x_T ← start

    Of each direction's state a linear map makes a query; the first word of a direction has a query of its own.
    """

    def __init__(self, num_directions: int, hidden_size: int, embedding_size: int) -> None:
        super().__init__()
        self.projections = nn.ModuleList(nn.Linear(hidden_size, embedding_size) for _ in range(num_directions))
        self.starts = nn.Parameter(torch.zeros(num_directions, embedding_size))

    def forward(self, states: Sequence[Tensor], input_ids: Tensor, edge_id: int) -> WordPredictions:
        """Ask for the words of texts.

        Args:
            states: of each direction, (batch, time, hidden_size), having seen no token of the other side.
            input_ids: (batch, time), as the text has them.
            edge_id: what stands before and behind a text.
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
    """Rebuild a text, word by word, from the final state of the encoder.

    An LSTM starts from that state and reads the true word before each one that it predicts. Its word dropout is the
    network's, so that it can't lean on the words alone (Bowman et al. 2016, section 3.1).
    Source: Dai and Le 2015, "Semi-supervised sequence learning", section 2.
    """

    def __init__(self, state_size: int, hidden_size: int, embedding_size: int) -> None:
        super().__init__()
        self.bridge = nn.Linear(state_size, 2 * hidden_size)
        self.decoder = nn.LSTM(embedding_size, hidden_size, batch_first=True)
        self.projection = nn.Linear(hidden_size, embedding_size)

    def forward(self, final: Tensor, embedded: Tensor, input_ids: Tensor, vocabulary: Vocabulary) -> WordPredictions:
        """Ask for the words of texts.

        Args:
            final: (batch, state_size).
            embedded: (batch, time, embedding_size), the embeddings with their noise.
            input_ids: (batch, time), as the text has them.
            vocabulary: knows the edge.
        """
        batch = len(input_ids)
        hidden, cell = self.bridge(final).unsqueeze(0).chunk(2, dim=2)
        before = torch.cat([vocabulary.edge.expand(batch, 1, -1), embedded], dim=1)
        states, _ = self.decoder(before, (torch.tanh(hidden).contiguous(), cell.contiguous()))
        targets = torch.cat([input_ids, input_ids.new_full((batch, 1), vocabulary.edge_id)], dim=1)
        return WordPredictions(self.projection(states).unsqueeze(0), targets.unsqueeze(0))


def sum_by_text(losses: Tensor, predictions: WordPredictions, truncated: Tensor) -> Tensor:
    """Return the summed loss of each text, (batch,), with no word for the end of a text that was cut.

    Args:
        losses: one a prediction, in the order of the flattened targets.
        predictions: what they are of.
        truncated: (batch,), bool.
    """
    by_text = losses.view_as(predictions.targets)
    known = torch.ones_like(by_text)
    known[:, truncated, -1] = 0.0
    return (by_text * known).sum(dim=(0, 2))


def count_by_text(predictions: WordPredictions, truncated: Tensor) -> Tensor:
    """Return how many words `sum_by_text` adds up for each text, (batch,), float32."""
    readings, _, words = predictions.targets.shape
    return readings * (words - truncated.float())
