"""A linear model of character n-grams: what stands in a text, whatever its order."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

BASE = 1_000_003
"""Of the polynomial that numbers an n-gram; a prime, and times the largest number of buckets within 64 bits."""


class CharacterNgrams(nn.Module):
    """Sum a weight for each n-gram of a text's characters, n = 1 to `longest`, and each class.

        scores = Σ_g w[hash(g)] / sqrt(number of n-grams)

    An n-gram of the characters c_1 ... c_n is hashed to the bucket (c_1 B^(n-1) + ... + c_n) mod `num_buckets`; those
    that meet in one share their weights. The root keeps the score of a long text within bounds, as the length of 1 does
    that texts have as TF-IDF vectors. Characters are read from the tokens, across their borders, so that one input,
    `input_ids`, serves this part as it does the recurrent one, in ONNX too.

    Sources: Wang and Manning 2012, "Baselines and bigrams"; Weinberger et al. 2009, "Feature hashing for large scale
    multitask learning"; Joulin et al. 2017, "Bag of tricks for efficient text classification".

    Attributes:
        weight: (num_buckets, num_classes).
        characters: (vocab_size, characters of the longest token), as of `token_characters`. It follows from the
            tokenizer, and is no part of the state.
    """

    characters: Tensor

    def __init__(self, characters: Tensor, longest: int, num_buckets: int, num_classes: int, dropout: float) -> None:
        super().__init__()
        self.longest = longest
        self.num_buckets = num_buckets
        self.dropout = dropout
        self.weight = nn.Parameter(torch.zeros(num_buckets, num_classes))
        self.register_buffer("characters", characters, persistent=False)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Score sequences of one length.

        Args:
            input_ids: (batch, time), int64, time >= 1.

        Returns:
            (batch, num_classes), float32.
        """
        buckets, present = self._buckets(self._spell(input_ids))
        share = present.to(self.weight.dtype)
        root = share.sum(dim=1, keepdim=True).clamp(min=1.0).sqrt()
        share = functional.dropout(share, self.dropout, self.training) / root
        return (functional.embedding(buckets, self.weight) * share.unsqueeze(2)).sum(dim=1)

    def _spell(self, input_ids: Tensor) -> Tensor:
        """Return the characters of texts, (batch, characters of the longest), 0 behind the end of a shorter one."""
        scattered = self.characters[input_ids].long().flatten(1)
        is_character = (scattered != 0).long()
        place = is_character.cumsum(dim=1)
        # What is no character goes to place 0, which is left out.
        spelled = torch.zeros_like(functional.pad(scattered, (1, 0))).scatter(1, place * is_character, scattered)
        # The longest is a tensor, not a number: an export must not take that of its example for all texts.
        longest: Any = place.max() + 1
        return spelled.index_select(1, torch.arange(1, longest, device=input_ids.device))

    def _buckets(self, spelled: Tensor) -> tuple[Tensor, Tensor]:
        """Return the buckets of all n-grams, and whether there is an n-gram at all: (batch, longest * characters)."""
        buckets, present = [], []
        hashed = torch.zeros_like(spelled)
        for n in range(self.longest):
            following = functional.pad(spelled, (0, n))[:, n:]
            hashed = (hashed * BASE + following) % self.num_buckets
            buckets.append(hashed)
            present.append(following != 0)
        return torch.cat(buckets, dim=1), torch.cat(present, dim=1)
