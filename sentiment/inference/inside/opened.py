"""A classifier's network, opened: its recurrent part in numpy, with everything between a token and a logit."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sentiment.cells import cell_of_model
from sentiment.errors import ModelDirectoryError
from sentiment.inference.graph.faults import GraphError
from sentiment.inference.graph.messages import read_model
from sentiment.inference.inside.constants import Outline, UnreadableGraphError
from sentiment.inference.inside.head import Head, head_of, ngram_lookups
from sentiment.inference.inside.ngrams import Ngrams
from sentiment.inference.inside.recurrent_nodes import encoder_of
from sentiment.numpy_network.cells import Array
from sentiment.numpy_network.encoder import Encoder
from sentiment.text.token_spelling import TokenSpelling

if TYPE_CHECKING:
    from sentiment.config import ModelConfig

PROBE_TOKENS = 16
MOST_DIFFERENCE = 0.05
"""Of a logit on the probe: rounding to int8 in each step makes some, a part that was read wrongly makes more."""

Logits = Callable[[NDArray[np.int64]], Array]
"""From tokens, (batch, time), to the logits of the graph, (batch, classes)."""


@dataclass(frozen=True, eq=False)
class OpenedNetwork:
    """The parts of a network.

    Attributes:
        embedding: (vocab_size, embedding_size).
        encoder: The recurrent layers.
        head: From their states to logits.
        ngrams: Added to the logits; None without any.
    """

    embedding: Array
    encoder: Encoder
    head: Head
    ngrams: Ngrams | None

    @classmethod
    def open(
        cls,
        graph: bytes,
        source: Path,
        logits: Logits,
        config: "Callable[[], ModelConfig]",
        spelling: Callable[[], TokenSpelling],
    ) -> "OpenedNetwork":
        """Read the parts of a graph, and check on a few tokens that they give its answers.

        Args:
            graph: The content of an ONNX file that passed the checks of `Network`.
            source: Its path, for messages.
            logits: Runs the graph.
            config: Returns the network's sizes; called only if the graph does not tell what is needed.
            spelling: Returns that of the vocabulary; called only if there are n-grams.

        Raises:
            ModelDirectoryError: It is not built as exports are, so nothing can be said of its parts.
        """
        try:
            outline = Outline(read_model(memoryview(graph)).graph)
            head = head_of(outline)
            embedding, encoder = encoder_of(outline, lambda: cell_of_model(config().cell, source.parent).name)
            ngrams = _ngrams_of(outline, head, graph, config, spelling)
        except (GraphError, UnreadableGraphError) as error:
            raise _unreadable(source, str(error)) from error
        opened = cls(embedding, encoder, head, ngrams)
        probe = np.arange(min(PROBE_TOKENS, len(embedding)), dtype=np.int64)
        difference = np.abs(opened.logits(probe) - logits(probe[np.newaxis])[0]).max()
        if not difference <= MOST_DIFFERENCE:
            raise _unreadable(source, "its parts do not give its answers")
        return opened

    @property
    def is_bidirectional(self) -> bool:
        """Whether it also reads from the end of a text."""
        return self.encoder.num_directions == 2

    def embedded(self, input_ids: NDArray[np.int64]) -> Array:
        """Return the embeddings of tokens, (time,), as a batch of one text, (1, time, embedding_size)."""
        embedded: Array = self.embedding[input_ids][np.newaxis]
        return embedded

    def logits(self, input_ids: NDArray[np.int64]) -> Array:
        """Return the logits of one text, (classes,), as the graph computes them, up to rounding."""
        pooled = self.head.pooling(*self.encoder.states(self.embedded(input_ids)))[0]
        logits = self.head.logits(pooled)
        if self.ngrams is not None:
            logits = logits + self.ngrams.prefixes(input_ids)[-1]
        return logits / np.float32(self.head.divisor)

    def prefix_logits(self, input_ids: NDArray[np.int64]) -> Array:
        """Return the logits of every prefix of a text, (time, classes), read by the forward half alone.

        Backward states are 0: in every layer, in the pooling and in the output.
        """
        forward = self.encoder.apart(0).states(self.embedded(input_ids))
        states = np.zeros((*forward.shape[:2], self.encoder.num_directions * forward.shape[2]), np.float32)
        states[:, :, : forward.shape[2]] = forward
        logits = self.head.logits(self.head.pooling.of_prefixes(states)[0])
        if self.ngrams is not None:
            logits = logits + self.ngrams.prefixes(input_ids)
        return logits / np.float32(self.head.divisor)


def _ngrams_of(
    outline: Outline,
    head: Head,
    graph: bytes,
    config: "Callable[[], ModelConfig]",
    spelling: Callable[[], TokenSpelling],
) -> Ngrams | None:
    names = ngram_lookups(outline)
    if not names:
        return None
    kinds = [("characters", config().character_ngrams), ("words", config().word_ngrams)]
    present = tuple(kind for kind, longest in kinds if longest)
    return Ngrams.of(graph, names, present, spelling(), head.name, head.divisor)


def _unreadable(source: Path, fault: str) -> ModelDirectoryError:
    return ModelDirectoryError(f"{source}: cannot be looked into ({fault}); train it again with this version")
