"""What n-grams add to the logits: an exact sum over n-grams, and so over words and over the prefixes of a text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sentiment.inference.ends import OUTPUT
from sentiment.inference.inside.outputs import OutputsSession
from sentiment.inference.inside.placed_tokens import PlacedTokens
from sentiment.numpy_network.cells import Array
from sentiment.text.token_spelling import TokenSpelling
from sentiment.text.words import Word


@dataclass(frozen=True, eq=False)
class NgramParts:
    """The n-grams of one kind, n = 1 to the longest, in a window of tokens.

        logits = Σ_g w_g / sqrt(number of n-grams)

    Attributes:
        weights: (longest, items, classes): w of the n-gram of each length that begins at each item, a character or a
            word; those that would end after the last item are not part of the text.
        token_of: (items,), the token that each item begins in.
        ends: (tokens,), items that are complete once a token is read.
    """

    weights: Array
    token_of: NDArray[np.int64]
    ends: NDArray[np.int64]

    def prefixes(self) -> Array:
        """Return the logits of the text up to each token, (tokens, classes)."""
        totals = np.zeros((len(self.ends), self.weights.shape[2]))
        counts = np.zeros(len(self.ends))
        for length, weights in enumerate(self.weights, start=1):
            number = np.maximum(self.ends - length + 1, 0)
            totals += np.concatenate([np.zeros_like(weights[:1]), np.cumsum(weights, axis=0)])[number]
            counts += number
        logits: Array = (totals / np.sqrt(np.maximum(counts, 1))[:, np.newaxis]).astype(np.float32)
        return logits

    def by_token(self) -> Array:
        """Return the logits that come from each token, (tokens, classes): an n-gram is shared by its items."""
        longest, items, classes = self.weights.shape
        shares = np.zeros((len(self.ends), classes))
        count = 0
        for length in range(1, min(longest, items) + 1):
            number = items - length + 1
            for place in range(length):
                np.add.at(shares, self.token_of[place : place + number], self.weights[length - 1, :number] / length)
            count += number
        logits: Array = (shares / np.sqrt(max(count, 1))).astype(np.float32)
        return logits


@dataclass(frozen=True, eq=False)
class Ngrams:
    """The n-grams of a graph.

    Attributes:
        session: Returns the weights of those of a text: for each kind.
        kinds: `characters`, `words` or both, in this order.
        spelling: Of the vocabulary.
        divisor: What the sum with the network's logits is divided by.
        constant: What is added for any text, whatever its n-grams, (classes,).
    """

    session: OutputsSession
    kinds: tuple[str, ...]
    spelling: TokenSpelling
    divisor: float
    constant: Array

    @classmethod
    def of(
        cls,
        graph: bytes,
        names: Sequence[str],
        kinds: tuple[str, ...],
        spelling: TokenSpelling,
        network: str,
        divisor: float,
    ) -> "Ngrams":
        """Find out what is added for any text.

        Args:
            graph: The content of the ONNX file.
            names: Of the tensors of the weights, for each kind.
            kinds: See the attribute.
            spelling: See the attribute.
            network: Name of the tensor of the network's logits, to which those of n-grams are added.
            divisor: See the attribute.
        """
        any_token = np.zeros(1, np.int64)
        whole, alone = OutputsSession(graph, [OUTPUT, network]).run(any_token[np.newaxis])
        added: Array = whole[0] * np.float32(divisor) - alone[0]
        ngrams = cls(OutputsSession(graph, names), kinds, spelling, divisor, np.zeros_like(added))
        return replace(ngrams, constant=added - ngrams.prefixes(any_token)[-1])

    def prefixes(self, input_ids: NDArray[np.int64]) -> Array:
        """Return what they add to the logits of every prefix of a window, (tokens, classes); the last is the whole."""
        sums = np.zeros((len(input_ids), len(self.constant)), np.float32)
        for part in self._parts(input_ids):
            sums += part.prefixes()
        return sums + self.constant

    def by_token(self, input_ids: NDArray[np.int64]) -> Array:
        """Return what comes from each token of a window, (tokens, classes): all but the constant."""
        shares = np.zeros((len(input_ids), len(self.constant)), np.float32)
        for part in self._parts(input_ids):
            shares += part.by_token()
        return shares

    def _parts(self, input_ids: NDArray[np.int64]) -> list[NgramParts]:
        num_classes = len(self.constant)
        spelled = self.spelling.characters[input_ids]
        lengths = np.count_nonzero(spelled, axis=1)
        token_of, ends = np.repeat(np.arange(len(input_ids)), lengths), np.cumsum(lengths)
        inside = np.append(self.spelling.in_word[spelled[spelled != 0]], 0)
        # As in the network, a word is a run of letters and digits, counted where it ends.
        word_ends = np.flatnonzero((inside[:-1] == 1) & (inside[1:] == 0))
        items = {"characters": (token_of, ends), "words": (token_of[word_ends], np.searchsorted(word_ends, ends))}
        parts = []
        for kind, found in zip(self.kinds, self.session.run(input_ids[np.newaxis]), strict=True):
            owners, complete = items[kind]
            if len(owners):
                # The first class has no column where there is one for each of the others: it is 0.
                rows = np.pad(found[0], ((0, 0), (num_classes - found.shape[2], 0)))
                parts.append(NgramParts(rows.reshape(-1, len(owners), num_classes), owners, complete))
        return parts


def ngram_log_odds(
    ngrams: Ngrams, tokens: PlacedTokens, words: Sequence[Word], label: int, scales: Sequence[float]
) -> list[float]:
    """Return what the n-grams of each word add to the log-odds of a class, against the mean of the others.

    Args:
        ngrams: Of the graph.
        tokens: Of the text; in several windows, each counts by its tokens.
        words: Of the text, or phrases.
        label: Number of the class.
        scales: Of each class; all 1 / T for a temperature T.
    """
    windows = [ngrams.by_token(tokens.input_ids[span]) * (span.stop - span.start) for span in tokens.spans]
    logits = np.concatenate(windows) / (len(tokens.input_ids) * ngrams.divisor)
    logits = (logits - logits.mean(axis=1, keepdims=True)) * np.asarray(scales)
    others = np.delete(logits, label, axis=1).mean(axis=1)
    ends = np.array([word.end for word in words], np.int64)
    word_of = np.minimum(np.searchsorted(ends, tokens.places[:, 1]), len(words) - 1)
    added: list[float] = np.bincount(word_of, logits[:, label] - others, minlength=len(words)).tolist()
    return added
