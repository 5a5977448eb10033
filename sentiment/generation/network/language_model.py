"""The language model of an encoder, in both directions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sentiment.config import ModelConfig
from sentiment.generation.network.weights import WeightsFile
from sentiment.numpy_network.cells import Array, State
from sentiment.numpy_network.encoder import DirectionStack, Encoder

FORWARD, BACKWARD = 0, 1


@dataclass(frozen=True)
class Reader:
    """One direction: the cells, and the map from their state to a query for its next word.

    Attributes:
        stack: the cells.
        projection: (embedding_size, hidden_size), maps a state to a query, with `projection_bias`.
        projection_bias: (embedding_size,).
        first_query: (embedding_size,), of the first word.
    """

    stack: DirectionStack
    projection: Array
    projection_bias: Array
    first_query: Array


@dataclass(frozen=True)
class LanguageModel:
    """Predicts the next word from those before it, and the previous word from those after it.

    The score of word w is q · v_w + b_w, where the query q is a linear map of the state and v_w the embedding of w; the
    edge of a text has the id `edge_id`, after all tokens. Equal to `sentiment.nn.LanguageModelHead`.

    Attributes:
        embedding: (vocab_size, embedding_size).
        words: (vocab_size + 1, embedding_size), the embeddings and the edge.
        bias: (vocab_size + 1,).
        readers: forward, and backward if there is one.
    """

    embedding: Array
    words: Array
    bias: Array
    readers: tuple[Reader, ...]

    @classmethod
    def read(cls, weights: WeightsFile, config: ModelConfig, vocab_size: int, encoder: Encoder) -> "LanguageModel":
        """Take the weights of a language model.

        Raises:
            ModelDirectoryError: they are not those of the config.
        """
        size, hidden_size = config.embedding_size, config.hidden_size
        embedding = weights.take("embedding.weight", vocab_size, size)
        words = np.concatenate([embedding, weights.take("vocabulary.edge", 1, size)])
        starts = weights.take("language_model.starts", encoder.num_directions, size)
        readers = tuple(
            Reader(
                encoder.apart(number),
                weights.take(f"language_model.projections.{number}.weight", size, hidden_size),
                weights.take(f"language_model.projections.{number}.bias", size),
                starts[number],
            )
            for number in range(encoder.num_directions)
        )
        return cls(embedding, words, weights.take("vocabulary.bias", vocab_size + 1), readers)

    @property
    def edge_id(self) -> int:
        """The id of the edge, before and after every text."""
        return len(self.embedding)

    def begin(self, direction: int, batch: int) -> "Reading":
        """Return the initial reading of a direction, for `batch` texts."""
        reader = self.readers[direction]
        query = np.broadcast_to(reader.first_query, (batch, len(reader.first_query)))
        return Reading(self, reader, reader.stack.start(batch), query)

    def begin_with(self, direction: int, input_ids: Sequence[int]) -> "Reading":
        """Return the reading of a direction after the tokens of one text, given in text order."""
        reading = self.begin(direction, 1)
        for token in reversed(input_ids) if direction == BACKWARD else input_ids:
            reading = reading.advance(np.array([token]))
        return reading

    def log_probability(self, direction: int, input_ids: NDArray[np.integer], *, to_the_edge: bool = True) -> Array:
        """Return the log probability of texts of equal length, (batch,).

        Args:
            direction: of the model.
            input_ids: (batch, time), in text order.
            to_the_edge: whether to include the edge at its end, so that probabilities of all texts sum to 1.
        """
        ordered = input_ids[:, ::-1] if direction == BACKWARD else input_ids
        total = np.zeros(len(input_ids), np.float32)
        reading, beginning = self.begin(direction, 1), np.zeros(len(input_ids), np.int64)
        for column in ordered.T:
            total += reading.log_probabilities[beginning, column]
            # Common prefixes, as in fillings of one gap, are read once.
            longer = beginning * self.edge_id + column
            _, first, longer_of = np.unique(longer, return_index=True, return_inverse=True)
            reading = reading.select(beginning[first]).advance(column[first])
            beginning = longer_of
        if to_the_edge:
            total += reading.log_probabilities[beginning, self.edge_id]
        return total


@dataclass(frozen=True)
class Reading:
    """The state of one direction after reading part of a batch of texts. Immutable: advancing returns a new one.

    Attributes:
        model: the language model.
        reader: the direction.
        states: of each layer.
        query: (batch, embedding_size), for the next word.
    """

    model: LanguageModel
    reader: Reader
    states: tuple[State, ...]
    query: Array

    @cached_property
    def log_probabilities(self) -> Array:
        """Log probabilities of every next word and the edge, (batch, vocab_size + 1): the log softmax."""
        scores: Array = self.query @ self.model.words.T + self.model.bias
        scores -= scores.max(axis=1, keepdims=True)
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return scores

    def advance(self, tokens: NDArray[np.integer]) -> "Reading":
        """Read one more token of each text, (batch,); the edge is not a token."""
        states = self.reader.stack.step(self.states, self.model.embedding[tokens])
        query = states[-1][0] @ self.reader.projection.T + self.reader.projection_bias
        return Reading(self.model, self.reader, states, query)

    def select(self, rows: NDArray[np.integer]) -> "Reading":
        """Return the reading of some of the texts, in this order; repetitions are allowed."""
        states = tuple(tuple(part[rows] for part in state) for state in self.states)
        return Reading(self.model, self.reader, states, self.query[rows])
