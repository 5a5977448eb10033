"""The language model of an encoder, in both directions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sentiment.config import ModelConfig
from sentiment.generation.network.cells import Array, State
from sentiment.generation.network.encoder import DirectionStack, Encoder
from sentiment.generation.network.weights import WeightsFile

FORWARD, BACKWARD = 0, 1


@dataclass(frozen=True)
class Reader:
    """One direction: the cells, and the map from their state to a query for the next word it will meet.

    Attributes:
        stack: the cells.
        projection: (embedding_size, hidden_size), and with `projection_bias` what makes a query of a state.
        projection_bias: (embedding_size,).
        first_query: (embedding_size,), of the first word.
    """

    stack: DirectionStack
    projection: Array
    projection_bias: Array
    first_query: Array


@dataclass(frozen=True)
class LanguageModel:
    """Predict the next word from those before it, and the previous one from those behind it.

    The score of word w is q · v_w + b_w, where the query q is a linear map of the state and v_w the embedding of w; the
    edge of a text, of id `edge_id`, stands behind all tokens. The same as `sentiment.nn.LanguageModelHead`.

    Attributes:
        embedding: (vocab_size, embedding_size).
        words: (vocab_size + 1, embedding_size), the embeddings and the edge.
        bias: (vocab_size + 1,).
        readers: forward, and backward where there is one.
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
        """What stands before and behind every text."""
        return len(self.embedding)

    def begin(self, direction: int, batch: int) -> "Reading":
        """Return what a direction knows before it has read anything of `batch` texts."""
        reader = self.readers[direction]
        query = np.broadcast_to(reader.first_query, (batch, len(reader.first_query)))
        return Reading(self, reader, reader.stack.start(batch), query)

    def begin_with(self, direction: int, input_ids: Sequence[int]) -> "Reading":
        """Return what a direction knows after tokens of one text, which are given in the order of the text."""
        reading = self.begin(direction, 1)
        for token in reversed(input_ids) if direction == BACKWARD else input_ids:
            reading = reading.advance(np.array([token]))
        return reading

    def log_probability(self, direction: int, input_ids: NDArray[np.integer], *, to_the_edge: bool = True) -> Array:
        """Return the logarithm of the probability of texts of one length, (batch,).

        Args:
            direction: which model is asked.
            input_ids: (batch, time), in the order of the text.
            to_the_edge: whether the edge at its end counts, so that the sum over all texts is 1.
        """
        ordered = input_ids[:, ::-1] if direction == BACKWARD else input_ids
        total = np.zeros(len(input_ids), np.float32)
        reading, beginning = self.begin(direction, 1), np.zeros(len(input_ids), np.int64)
        for column in ordered.T:
            total += reading.log_probabilities[beginning, column]
            # Texts that begin alike, as the fillings of one gap do, are read once.
            longer = beginning * self.edge_id + column
            _, first, longer_of = np.unique(longer, return_index=True, return_inverse=True)
            reading = reading.select(beginning[first]).advance(column[first])
            beginning = longer_of
        if to_the_edge:
            total += reading.log_probabilities[beginning, self.edge_id]
        return total


@dataclass(frozen=True)
class Reading:
    """What one direction knows of a batch of texts, read up to some place. It never changes: advancing makes another.

    Attributes:
        model: whose words are predicted.
        reader: the direction.
        states: of each layer.
        query: (batch, embedding_size), for the word to come.
    """

    model: LanguageModel
    reader: Reader
    states: tuple[State, ...]
    query: Array

    @cached_property
    def log_probabilities(self) -> Array:
        """Of every word to come, and the edge, (batch, vocab_size + 1): the logarithm of the full softmax."""
        scores: Array = self.query @ self.model.words.T + self.model.bias
        scores -= scores.max(axis=1, keepdims=True)
        scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return scores

    def advance(self, tokens: NDArray[np.integer]) -> "Reading":
        """Read one token more of each text, (batch,); the edge is none."""
        states = self.reader.stack.step(self.states, self.model.embedding[tokens])
        query = states[-1][0] @ self.reader.projection.T + self.reader.projection_bias
        return Reading(self.model, self.reader, states, query)

    def select(self, rows: NDArray[np.integer]) -> "Reading":
        """Return the reading of some of the texts, in this order; one may be named several times."""
        states = tuple(tuple(part[rows] for part in state) for state in self.states)
        return Reading(self.model, self.reader, states, self.query[rows])
