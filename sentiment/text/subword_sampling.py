"""BPE dropout: a text is split into different subwords in every epoch."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from sentiment.text.encoding import replace_surrogates
from sentiment.text.merging import MergeDropout, MergeTable
from sentiment.text.sequences import TokenSequences, offsets_of, ragged_positions
from sentiment.text.tokenizer_training import SPACE

# The work on a word of n symbols grows with n²; anything longer (a pasted address, keys held down) is not a real word
# and is not varied.
_MAX_WORD_SYMBOLS: Final = 256

# Memory of a chunk: about 60 bytes per symbol.
_CHUNK_SYMBOLS: Final = 500_000
_CHUNK_WORDS: Final = 250_000

# Keeps these draws independent of all others with the same seed and epoch.
_STREAM: Final = 0x6270_6564


class SubwordSampler:
    """Texts split into subwords by BPE dropout, differently in each epoch.

    Merging a word starts from its characters. At every step each applicable merge is dropped with probability
    `dropout`; of the rest, the one learned first is applied; when none is left, the word is done.
    Source: Provilkov et al. 2020, algorithm 1, https://aclanthology.org/2020.acl-main.170.

    Words of more than 256 characters are encoded without dropout. The object is immutable and thread-safe.

    Args:
        tokenizer: of kind bpe.
        texts: n texts.
        dropout: probability that a merge is dropped; at 0, every sample equals `encode`.
        max_tokens: longer texts are cut after this many tokens; None for no limit.

    Raises:
        ValueError: the tokenizer has no merges to drop: it is of another kind.
    """

    def __init__(self, tokenizer: Tokenizer, texts: Sequence[str], dropout: float, max_tokens: int | None) -> None:
        self._table = MergeTable(tokenizer)
        self._dropout = dropout
        self._max_tokens = max_tokens
        self._collect_words(tokenizer, texts)

    def _collect_words(self, tokenizer: Tokenizer, texts: Sequence[str]) -> None:
        """Split texts into words and store every distinct word once, as characters and as encoded without dropout."""
        normalizer = tokenizer.normalizer
        numbers: dict[str, int] = {}
        word_of = array("i")
        ends = [0]
        cut = []
        for text in texts:
            words = _split_words(normalizer.normalize_str(replace_surrogates(text)))
            # A word has at least one token.
            word_of.extend(numbers.setdefault(word, len(numbers)) for word in words[: self._max_tokens])
            cut.append(len(words) > len(word_of) - ends[-1])
            ends.append(len(word_of))
        words = list(numbers)
        self._text_offsets = np.array(ends, dtype=np.int64)
        self._text_cut = np.array(cut, dtype=np.bool_)
        self._word_of = np.frombuffer(word_of, dtype=np.int32)
        self._symbols = self._table.symbols(words)
        self._symbol_offsets = offsets_of(np.fromiter(map(len, words), dtype=np.int64, count=len(words)))
        self._encode_words(tokenizer, words)

    def _encode_words(self, tokenizer: Tokenizer, words: list[str]) -> None:
        num_symbols = np.diff(self._symbol_offsets)
        long = np.flatnonzero(num_symbols > _MAX_WORD_SYMBOLS)
        parts = [(chunk, *self._merge(chunk, None)) for chunk in self._chunks(np.arange(len(words)))]
        for word in long:
            ids = np.array([token.id for token in tokenizer.model.tokenize(words[word])], dtype=np.int32)
            parts.append((np.array([word]), ids, np.array([len(ids)])))
        counts = np.zeros(len(words), dtype=np.int64)
        for chunk, _, chunk_counts in parts:
            counts[chunk] = chunk_counts
        self._offsets = offsets_of(counts)
        self._input_ids = np.empty(self._offsets[-1], dtype=np.int32)
        for chunk, input_ids, chunk_counts in parts:
            self._input_ids[ragged_positions(self._offsets[chunk], chunk_counts)] = input_ids
        self._num_merges = num_symbols - counts
        self._num_merges[long] = 0

    def sample(self, seed: int, epoch: int) -> TokenSequences:
        """Encode all texts with the dropout of one epoch.

        Args:
            seed: with `epoch`, decides every draw; any integer >= 0.
            epoch: counted from 0.

        Returns:
            n sequences.
        """
        rng = np.random.default_rng([seed, epoch, _STREAM])
        varied, first_drop = self._draw_varied(rng)
        counts = np.diff(self._offsets)[self._word_of]
        parts: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = []
        for chunk in self._chunks(self._word_of[varied]):
            dropout = MergeDropout(self._dropout, first_drop[chunk], rng)
            input_ids, counts[varied[chunk]] = self._merge(self._word_of[varied[chunk]], dropout)
            parts.append((varied[chunk], input_ids))
        offsets = offsets_of(counts)
        sampled = np.empty(offsets[-1], dtype=np.int32)
        for occurrences, input_ids in parts:
            sampled[ragged_positions(offsets[occurrences], counts[occurrences])] = input_ids
        self._fill_unvaried(sampled, offsets, varied)
        return self._cut_to_max_tokens(sampled, offsets[self._text_offsets])

    def _draw_varied(self, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draw which occurrences of words are affected by dropout, and the step of the first drop in each.

        As long as the next merge is not dropped, dropping others has no effect. So the first drop that matters comes
        after a geometrically distributed number of steps, and a word with fewer merges than that is
        encoded as without dropout. At 0.1, most are.
        """
        if not self._dropout:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        first_drop = rng.geometric(self._dropout, len(self._word_of)) - 1
        varied = np.flatnonzero(first_drop < self._num_merges[self._word_of])
        return varied, first_drop[varied]

    def _chunks(self, words: NDArray[np.integer]) -> Iterator[NDArray[np.int64]]:
        """Yield indices into `words`, in chunks of words of equal length, without those too long to vary."""
        num_symbols = np.diff(self._symbol_offsets)[words]
        by_length = np.argsort(num_symbols, kind="stable")
        edges = np.searchsorted(num_symbols[by_length], np.arange(1, _MAX_WORD_SYMBOLS + 2))
        for length, (begin, end) in enumerate(pairwise(edges), start=1):
            size = _CHUNK_SYMBOLS // length
            for i in range(begin, end, size):
                yield by_length[i : min(i + size, end)]

    def _merge(
        self, words: NDArray[np.integer], dropout: MergeDropout | None
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        starts = self._symbol_offsets[words]
        length = self._symbol_offsets[words[0] + 1] - starts[0]
        return self._table.merge(self._symbols[np.arange(length)[:, None] + starts], dropout)

    def _fill_unvaried(self, sampled: NDArray[np.int32], offsets: NDArray[np.int64], varied: NDArray[np.int64]) -> None:
        unvaried = np.ones(len(self._word_of), dtype=np.bool_)
        unvaried[varied] = False
        for begin in range(0, len(unvaried), _CHUNK_WORDS):
            occurrences = begin + np.flatnonzero(unvaried[begin : begin + _CHUNK_WORDS])
            words = self._word_of[occurrences]
            starts = self._offsets[words]
            counts = self._offsets[words + 1] - starts
            sampled[ragged_positions(offsets[occurrences], counts)] = self._input_ids[ragged_positions(starts, counts)]

    def _cut_to_max_tokens(self, input_ids: NDArray[np.int32], offsets: NDArray[np.int64]) -> TokenSequences:
        lengths = np.diff(offsets)
        if self._max_tokens is None or lengths.max(initial=0) <= self._max_tokens:
            return TokenSequences(input_ids, offsets, self._text_cut)
        kept = np.minimum(lengths, self._max_tokens)
        input_ids = input_ids[ragged_positions(offsets[:-1], kept)]
        return TokenSequences(input_ids, offsets_of(kept), self._text_cut | (kept < lengths))


def _split_words(normalized: str) -> list[str]:
    """Split like the pre-tokenizer of kind bpe: a mark before every word, and every mark starts a word."""
    marked = normalized.replace(" ", SPACE)
    return [SPACE + word for word in marked.removeprefix(SPACE).split(SPACE)] if marked else []
