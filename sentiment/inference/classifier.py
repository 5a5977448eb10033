"""The classifier: texts in, labels and probabilities out."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from sentiment.inference.batching import inference_batches
from sentiment.inference.network import Network
from sentiment.inference.prediction import Prediction
from sentiment.model_dir import ONNX_FILE, TOKENIZER_FILE, ModelDirectory
from sentiment.text import TokenSequences, encode, load_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DEFAULT_BATCH_SIZE = 256


class Classifier:
    """A trained model, ready to answer.

    A text's answer depends on that text alone: sequences are grouped by length and never padded. It is safe to call
    from several threads, and nothing is kept between calls.

    Example:
        >>> classifier = Classifier.load("runs/bilstm")
        >>> classifier.predict(["이 영화 정말 최고예요"])[0].label
        'positive'

    Attributes:
        labels: Names of the classes, in the order of the columns of `probabilities`.
        max_tokens: Tokens of a text that the model reads.
    """

    def __init__(
        self, labels: tuple[str, ...], tokenizer: "Tokenizer", network: Network, max_tokens: int, threads: int
    ) -> None:
        self.labels = labels
        self.max_tokens = max_tokens
        self._tokenizer = tokenizer
        self._network = network
        self._threads = threads

    @classmethod
    def load(cls, path: str | Path, *, threads: int | None = None) -> Self:
        """Load a model directory and check everything that is read of it.

        Args:
            path: The model directory.
            threads: Batches that run at the same time; one for each core if None.

        Raises:
            ModelDirectoryError: It is missing, truncated, altered, of a newer format, or its parts do not fit together.
        """
        directory = ModelDirectory.open(Path(path))
        tokenizer = load_tokenizer(directory.read(TOKENIZER_FILE).decode(), str(directory.path / TOKENIZER_FILE))
        network = Network(
            directory.read(ONNX_FILE),
            directory.path / ONNX_FILE,
            num_labels=len(directory.labels),
            vocab_size=tokenizer.get_vocab_size(),
        )
        return cls(directory.labels, tokenizer, network, directory.max_tokens, threads or _available_cores())

    def probabilities(self, texts: Sequence[str], batch_size: int = DEFAULT_BATCH_SIZE) -> NDArray[np.float32]:
        """Return the probability of every class for every text.

        Args:
            texts: Any text; line breaks and lone surrogates do no harm.
            batch_size: Texts a batch, at most. It changes the speed and the memory, not the answers.

        Returns:
            (n, classes); a row sums to 1, or is NaN where the text is empty.
        """
        return self._score(encode(self._tokenizer, texts, self.max_tokens), batch_size)

    def predict(self, texts: Sequence[str], batch_size: int = DEFAULT_BATCH_SIZE) -> list[Prediction]:
        """Answer every text, in their order.

        Args:
            texts: Any text; line breaks and lone surrogates do no harm.
            batch_size: Texts a batch, at most.
        """
        sequences = encode(self._tokenizer, texts, self.max_tokens)
        probabilities = self._score(sequences, batch_size).tolist()
        rows = zip(texts, probabilities, sequences.lengths.tolist(), sequences.truncated.tolist(), strict=True)
        return [self._prediction(*row) for row in rows]

    def _score(self, sequences: TokenSequences, batch_size: int) -> NDArray[np.float32]:
        """Return (n, classes); NaN where a sequence is empty."""
        probabilities = np.full((len(sequences), len(self.labels)), np.nan, dtype=np.float32)

        def score_batch(rows: NDArray[np.int64]) -> None:
            probabilities[rows] = softmax(self._network.logits(sequences.batch(rows)))

        batches = list(inference_batches(sequences.lengths, batch_size))
        if self._threads == 1 or len(batches) < 2:
            for rows in batches:
                score_batch(rows)
            return probabilities
        from concurrent.futures import ThreadPoolExecutor  # a single text need not wait for its import

        with ThreadPoolExecutor(self._threads) as pool:
            # Longest first, so that no thread is left alone with them; list() raises what a batch raised.
            list(pool.map(score_batch, reversed(batches)))
        return probabilities

    def _prediction(self, text: str, row: list[float], num_tokens: int, truncated: bool) -> Prediction:
        if num_tokens == 0:
            return Prediction(text, None, None, None, num_tokens, truncated)
        best = max(range(len(row)), key=row.__getitem__)
        probabilities = dict(zip(self.labels, row, strict=True))
        return Prediction(text, self.labels[best], row[best], probabilities, num_tokens, truncated)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn scores into probabilities over the last axis; logits of any size overflow nothing.

    Args:
        logits: (..., classes), finite.
    """
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    probabilities: NDArray[np.float32] = (exponentials / exponentials.sum(axis=-1, keepdims=True)).astype(np.float32)
    return probabilities


def _available_cores() -> int:
    """Count the cores that this process may use: of a container, not of its machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
