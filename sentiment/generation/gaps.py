"""Candidates for a gap of a text, from both directions of a language model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.generation.network.language_model import BACKWARD, FORWARD, LanguageModel, Reading

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class GapRules:
    """Which words are allowed in a gap; each is (size + 1,).

    Attributes:
        anywhere: inside it.
        first: at its beginning.
        last: at its end.
    """

    anywhere: Mask
    first: Mask
    last: Mask


@dataclass(frozen=True)
class _Beam:
    """The likeliest token sequences from one side of a gap."""

    tokens: list[tuple[int, ...]]
    scores: NDArray[np.float64]
    reading: Reading


def gap_candidates(
    model: LanguageModel,
    left: Sequence[int],
    right: Sequence[int],
    rules: GapRules,
    *,
    max_tokens: int,
    width: int,
) -> dict[tuple[int, ...], float]:
    """Propose fillings of a gap, with their scores.

    The score of a single word w is a product of experts (Hinton 2002):

        log p_forward(w | left) + log p_backward(w | right)

    Of several words, the first a come from the forward model, the last b from the backward one, each by a beam of
    `width`, and the word between them, where they meet, is scored by both as above. All a + b < `max_tokens` are tried.
    Do not compare candidates of different lengths by these scores, but by those of the whole text (see `filling`).

    Args:
        model: with both directions.
        left: tokens before the gap.
        right: tokens after it.
        rules: which words are allowed in it.
        max_tokens: of the longest filling.
        width: of the beams, and number of candidates kept for each a and b.
    """
    forward = _beams(model, FORWARD, left, rules.first, rules.anywhere, max_tokens, width)
    backward = _beams(model, BACKWARD, right, rules.last, rules.anywhere, max_tokens, width)
    found: dict[tuple[int, ...], float] = {}
    for a, before in enumerate(forward):
        for b, behind in enumerate(backward[: max_tokens - a]):
            allowed = (rules.anywhere if a else rules.first) & (rules.anywhere if b else rules.last)
            for tokens, score in _meet(before, behind, allowed, width):
                found[tokens] = max(score, found.get(tokens, -np.inf))
    return found


def _beams(
    model: LanguageModel, direction: int, context: Sequence[int], first: Mask, later: Mask, number: int, width: int
) -> list[_Beam]:
    """Return the beams of 0, 1, ... tokens with which one direction continues its context."""
    beams = [_Beam([()], np.zeros(1), model.begin_with(direction, context))]
    while len(beams) < number:
        last = beams[-1]
        allowed = first if len(beams) == 1 else later
        totals = last.scores[:, np.newaxis] + np.where(allowed, last.reading.log_probabilities, -np.inf)
        best = _best(totals, width)
        if not len(best):
            break
        rows, words = np.divmod(best, totals.shape[1])
        tokens = [
            (word, *last.tokens[row]) if direction == BACKWARD else (*last.tokens[row], word)
            for row, word in zip(rows.tolist(), words.tolist(), strict=True)
        ]
        beams.append(_Beam(tokens, totals.ravel()[best], last.reading.select(rows).advance(words)))
    return beams


def _meet(before: _Beam, behind: _Beam, allowed: Mask, width: int) -> list[tuple[tuple[int, ...], float]]:
    """Join the beams of both sides by one more word; return the best fillings and their scores.

    The best `width` of a row use at most `width` different words, which rank highest by their best other side: only
    these are combined with every other side.
    """
    ahead = before.scores[:, np.newaxis] + np.where(allowed, before.reading.log_probabilities, -np.inf)
    back = behind.scores[:, np.newaxis] + behind.reading.log_probabilities
    best_back = back.max(axis=0)
    joined: list[tuple[tuple[int, ...], float]] = []
    for row, scores in enumerate(ahead):
        words = _best(scores + best_back, width)
        totals = back[:, words] + scores[words]
        for place in _best(totals, width).tolist():
            other, column = divmod(place, totals.shape[1])
            tokens = (*before.tokens[row], int(words[column]), *behind.tokens[other])
            joined.append((tokens, float(totals.flat[place])))
    return sorted(joined, key=lambda filling: -filling[1])[:width]


def _best(totals: NDArray[np.floating], number: int) -> NDArray[np.int64]:
    """Return the flat indices of the highest totals, the highest first; none of -inf."""
    flat = totals.ravel()
    size = min(number, len(flat))
    best = np.argpartition(flat, len(flat) - size)[len(flat) - size :]
    best = best[np.isfinite(flat[best])]
    order: NDArray[np.int64] = best[np.lexsort((best, -flat[best]))]
    return order
