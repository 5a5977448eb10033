"""Byte-pair encoding merges, applied to many words at once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

_NO_MERGE: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class MergeDropout:
    """The random drops of merges for a chunk of words.

    Only the number of merges skipped before the applied one matters, so that is drawn, instead of a drop per merge:
    P(k) = p^k (1 - p). Given that it is not 0, it is geometric, starting at 1.

    Attributes:
        probability: p, of dropping a merge.
        first_drop: (words,), the step, counted from 0, of each word's first drop.
        rng: draws the later drops.
    """

    probability: float
    first_drop: NDArray[np.int64]
    rng: np.random.Generator

    def skipped(self, words: NDArray[np.int64], step: int) -> NDArray[np.int64]:
        """Draw how many merges are dropped, (words,), before one is kept."""
        skipped = self.rng.geometric(1.0 - self.probability, len(words)) - 1
        first_drop = self.first_drop[words]
        skipped[step < first_drop] = 0
        skipped[step == first_drop] += 1
        return skipped


class MergeTable:
    """The merges of a BPE model.

    Args:
        tokenizer: of kind bpe.

    Raises:
        ValueError: the tokenizer is of another kind.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        model = json.loads(tokenizer.to_str())["model"]
        if model["type"] != "BPE":
            raise ValueError(f"a model of type {model['type']} has no merges; wanted BPE")
        vocab: dict[str, int] = model["vocab"]
        merges: list[tuple[str, str]] = model["merges"]
        self._vocab_size = len(vocab)
        self._symbol_of_code_point = np.zeros(0x110000, dtype=np.int32)
        for token, symbol in vocab.items():
            if len(token) == 1:
                self._symbol_of_code_point[ord(token)] = symbol
        self._merged = np.array([vocab[left + right] for left, right in merges], dtype=np.int32)
        pairs = np.array([vocab[left] * len(vocab) + vocab[right] for left, right in merges], dtype=np.int64)
        self._rank_of_sorted = np.argsort(pairs, kind="stable")
        self._sorted_pairs = pairs[self._rank_of_sorted]

    def symbols(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Map the characters of all words, concatenated, to the initial symbols."""
        code_points = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32)
        return self._symbol_of_code_point[code_points]

    def ranks(self, left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the rank of the merge of each pair, counted from 0; a very large number where there is none."""
        if not len(self._sorted_pairs):
            return np.full(left.shape, _NO_MERGE)
        pairs = left.astype(np.int64) * self._vocab_size + right
        places = np.minimum(np.searchsorted(self._sorted_pairs, pairs), len(self._sorted_pairs) - 1)
        return np.where(self._sorted_pairs[places] == pairs, self._rank_of_sorted[places], _NO_MERGE)

    def merge(
        self, symbols: NDArray[np.int32], dropout: MergeDropout | None
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Merge words of one length until no merge is left.

        Args:
            symbols: (length, words), length >= 1.
            dropout: the drops; None for no dropout.

        Returns:
            The tokens of all words, one after the other, and how many each word has, (words,).
        """
        chunk = _Chunk(self, symbols)
        live = np.arange(symbols.shape[1])
        for step in range(len(symbols) - 1):
            first = chunk.first_in_line(live, None if dropout is None else dropout.skipped(live, step))
            live, first = live[first != _NO_MERGE], first[first != _NO_MERGE]
            if not len(live):
                break
            chunk.carry_out(live, first, self._merged)
        return chunk.tokens()


class _Chunk:
    """The merging state of words of equal length.

    A word is a column. Its tokens stay in the row where they begin and are linked in both directions; an extra last row
    represents both ends and holds <unk>, which no merge uses. `priority` is rank * length + row of the merge of a token
    with its successor: of two equal merges, the left one comes first, as in `tokenizers`.
    """

    def __init__(self, table: MergeTable, symbols: NDArray[np.int32]) -> None:
        self.table = table
        self.length, num_words = symbols.shape
        rows = np.arange(self.length + 1, dtype=np.int32)[:, None]
        self.symbols = np.concatenate([symbols, np.zeros((1, num_words), dtype=np.int32)])
        self.following = np.repeat(rows + 1, num_words, axis=1)
        self.preceding = np.repeat(np.roll(rows, 1), num_words, axis=1)
        self.priority = np.full(self.symbols.shape, _NO_MERGE)
        for row in range(self.length - 1):
            self.priority[row] = self._priority(symbols[row], symbols[row + 1], np.int64(row))

    def _priority(
        self, left: NDArray[np.int32], right: NDArray[np.int32], row: NDArray[np.integer] | np.int64
    ) -> NDArray[np.int64]:
        ranks = self.table.ranks(left, right)
        return np.where(ranks == _NO_MERGE, _NO_MERGE, ranks * self.length + row)

    def first_in_line(self, words: NDArray[np.int64], skipped: NDArray[np.int64] | None) -> NDArray[np.int64]:
        """Return the priority, (words,), of the merge to apply after skipping some."""
        line = self.priority[:-1, words]
        first: NDArray[np.int64] = line.min(axis=0)
        if skipped is not None and skipped.any():
            some = np.flatnonzero(skipped)
            rank = np.minimum(skipped[some], self.length - 1)
            first[some] = np.sort(line[:, some], axis=0)[rank, np.arange(len(some))]
        return first

    def carry_out(self, words: NDArray[np.int64], priority: NDArray[np.int64], merged: NDArray[np.int32]) -> None:
        """Merge, in each of `words`, the two tokens whose merge has this priority."""
        rank, row = np.divmod(priority, self.length)
        token = merged[rank]
        second = self.following[row, words]
        after = self.following[second, words]
        before = self.preceding[row, words]
        self.symbols[row, words] = token
        self.symbols[second, words] = -1
        self.following[row, words] = after
        self.preceding[after, words] = row
        self.priority[second, words] = _NO_MERGE
        self.priority[row, words] = self._priority(token, self.symbols[after, words], row)
        self.priority[before, words] = self._priority(self.symbols[before, words], token, before)

    def tokens(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the tokens of all words, one after the other, and how many each word has."""
        kept = self.symbols[:-1].T
        alive = kept >= 0
        return kept[alive], alive.sum(axis=1)
