"""A linear model of character and word n-grams: the content of a text, independent of order."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

BASE = 1_000_003
"""Base of the polynomials that number words and n-grams; a prime, whose product with the modulus fits 64 bits."""

MODULUS = 2**31 - 1
"""Words and n-grams are numbered below it; a prime whose square fits 64 bits."""

CHARACTER_SHARE = 0.75
"""Share of the buckets for characters: a text has more n-grams of them than of words."""


class Ngrams(NamedTuple):
    """The n-grams of one kind in a batch of texts, each (batch, n-grams of the longest).

    Attributes:
        buckets: int64, the table rows of their weights.
        present: bool, False past the end of a shorter text.
    """

    buckets: Tensor
    present: Tensor


class NgramScores(nn.Module):
    """Sums a weight per class for each character n-gram and each word n-gram of a text.

        scores = bias + (0, Σ_kind Σ_g w[hash(g)] / sqrt(number of n-grams of that kind))

    An n-gram of the characters c_1 ... c_n is hashed to the bucket h² mod M mod `num_buckets`, where
    h = (B^n + c_1 B^(n-1) + ... + c_n) mod M; n-grams that collide share their weights. Without the square, those that
    differ by little would share buckets wherever B is near a simple fraction of a multiple of `num_buckets`. A word, a
    run of letters and digits, is numbered by the squares of its characters, each with its neighbours, and n-grams of
    words like those of characters. Words have separate buckets.

    The root bounds the score of a long text, like the unit length of TF-IDF vectors. Characters are taken from the
    tokens, across their boundaries, so that this part has the same input as the recurrent one, `input_ids`, also in
    ONNX.

    The first class scores 0 plus its bias, as only differences count: so two classes share one column of weights. The
    weights are fitted, not trained, so they are buffers. Data derived from the tokenizer is not part of the state.

    Sources: Wang and Manning 2012, "Baselines and bigrams"; Weinberger et al. 2009, "Feature hashing for large scale
    multitask learning"; Joulin et al. 2017, "Bag of tricks for efficient text classification".

    Attributes:
        weight: (num_buckets, num_classes - 1).
        bias: (num_classes,).
        characters: (vocab_size, characters of the longest token), from `spell_tokens`.
        in_word: (characters + 1,), whether each number in `characters` is a letter or a digit.
    """

    weight: Tensor
    bias: Tensor
    characters: Tensor
    in_word: Tensor

    def __init__(
        self,
        characters: Tensor,
        in_word: Tensor,
        longest_characters: int,
        longest_words: int,
        num_buckets: int,
        num_classes: int,
    ) -> None:
        super().__init__()
        self.longest_characters = longest_characters
        self.longest_words = longest_words
        self.num_buckets = num_buckets
        self.num_character_buckets = num_buckets
        if longest_words:
            self.num_character_buckets = int(CHARACTER_SHARE * num_buckets) if longest_characters else 0
        self.register_buffer("weight", torch.zeros(num_buckets, num_classes - 1))
        self.register_buffer("bias", torch.zeros(num_classes))
        self.register_buffer("characters", characters, persistent=False)
        self.register_buffer("in_word", in_word, persistent=False)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Score sequences of equal length.

        Args:
            input_ids: (batch, time), int64, time >= 1.

        Returns:
            (batch, num_classes), float32.
        """
        sums = torch.zeros(())
        for buckets, present in self.kinds(input_ids):
            share = present.to(self.weight.dtype)
            share = share / share.sum(dim=1, keepdim=True).clamp(min=1.0).sqrt()
            weighted = functional.embedding(buckets, self.weight) * share.unsqueeze(2)
            # Rows are as long as that of the longest text, and a sum may group its terms by their number. In float64,
            # what that changes is lost in rounding, and a text has the same score in any company.
            summed = weighted if weighted.is_mps else weighted.double()  # which mps does not have
            sums = sums + summed.sum(dim=1).to(weighted.dtype)
        return functional.pad(sums, (1, 0)) + self.bias

    def kinds(self, input_ids: Tensor) -> list[Ngrams]:
        """Return the n-grams of characters and of words, if enabled, of `input_ids`, (batch, time)."""
        spelled = self._spell(input_ids)
        kinds = []
        if self.longest_characters:
            kinds.append(_joined(spelled, self.longest_characters, self.num_character_buckets))
        if self.longest_words:
            num_buckets = self.num_buckets - self.num_character_buckets
            buckets, present = _joined(self._words(spelled), self.longest_words, num_buckets)
            kinds.append(Ngrams(buckets + self.num_character_buckets, present))
        return kinds

    def _spell(self, input_ids: Tensor) -> Tensor:
        """Return the characters of texts, (batch, characters of the longest), 0 after the end of a shorter one."""
        scattered = self.characters[input_ids].long().flatten(1)
        return _gathered(scattered, (scattered != 0).long())

    def _words(self, spelled: Tensor) -> Tensor:
        """Return a number, 1 or more, for each word of texts, (batch, words of the longest), 0 after the last."""
        inside = self.in_word[spelled]
        letters = functional.pad(spelled * inside, (1, 1))
        before, here, after = letters[:, :-2], letters[:, 1:-1], letters[:, 2:]
        mixed = _squared(((before * BASE + here) * BASE + after) % MODULUS)
        sums = (mixed * inside).cumsum(dim=1)
        continues = (here == 0).long() + (after != 0).long()
        at_ends = _gathered(sums + 1, (continues == 0).long())  # plus 1, as 0 means none
        previous = functional.pad(at_ends, (1, 0), value=1)[:, :-1]
        return ((at_ends - previous) % (MODULUS - 1) + 1) * (at_ends != 0).long()


def _gathered(values: Tensor, kept: Tensor) -> Tensor:
    """Move the kept values of each row to its start, followed by 0: (batch, most values kept in a row).

    Args:
        values: (batch, size), int64.
        kept: (batch, size), int64, 1 or 0.
    """
    # Values that are not kept go to position 0, which is dropped.
    place = kept.cumsum(dim=1)
    moved = torch.zeros_like(functional.pad(values, (1, 0))).scatter(1, place * kept, values)
    # The longest is a tensor, not a number: an export must not fix the value of its example.
    longest: Any = place.max() + 1
    return moved.index_select(1, torch.arange(1, longest, device=values.device))


def _joined(items: Tensor, longest: int, num_buckets: int) -> Ngrams:
    """Return the n-grams, n = 1 to `longest`, of items, (batch, items), that are 0 after the end of a text."""
    numbers, present = [], []
    number = torch.ones_like(items)
    for n in range(longest):
        following = functional.pad(items, (0, n))[:, n:]
        number = (number * BASE + following) % MODULUS
        numbers.append(number)
        present.append(following != 0)
    return Ngrams(_squared(torch.cat(numbers, dim=1)) % num_buckets, torch.cat(present, dim=1))


def _squared(numbers: Tensor) -> Tensor:
    """Scatter numbers below the modulus, int64, so that sums and remainders of near ones are no longer alike."""
    return numbers * numbers % MODULUS
