"""Beam search for the likeliest texts of a language model."""

from collections.abc import Sequence

import numpy as np

from sentiment.generation.network.language_model import FORWARD, LanguageModel
from sentiment.generation.sampling import Written
from sentiment.generation.vocabulary import WritingRules


def beam_search(
    model: LanguageModel,
    rules: WritingRules,
    prompt_ids: Sequence[int],
    number: int,
    width: int,
    *,
    max_tokens: int,
) -> list[Written]:
    """Search for the likeliest texts of the forward model, keeping the `width` likeliest prefixes of each length.

    It stops when no prefix is likelier than the finished texts, since extending a text only lowers its probability, or
    after `max_tokens`; it is exhaustive if the width covers all prefixes. There is no length normalisation, so the
    likeliest texts are short.

    Args:
        model: the language model.
        rules: which words are allowed next.
        prompt_ids: tokens to continue; empty to begin a text.
        number: of texts, at most the width.
        width: number of prefixes kept.
        max_tokens: of the longest continuation.

    Returns:
        Finished texts, the likeliest first; if there are too few, followed by the likeliest of those that were cut.
        Fewer than `number` if there are no more.
    """
    edge = model.edge_id
    ended: list[Written] = []
    live: list[tuple[int, ...]] = [()]
    scores = np.zeros(1)
    reading = model.begin_with(FORWARD, prompt_ids)
    for _ in range(max_tokens):
        totals = scores[:, np.newaxis] + np.where(rules.allowed(live), reading.log_probabilities, -np.inf)
        ending = np.flatnonzero(np.isfinite(totals[:, edge]))
        ended += [Written(live[row], float(totals[row, edge]), ended=True) for row in ending.tolist()]
        ended = sorted(ended, key=_likeliest_first)[:width]
        flat = totals[:, :edge].ravel()
        best = np.argsort(-flat, kind="stable")[:width]
        best = best[np.isfinite(flat[best])]
        if not len(best):
            live = []
            break
        scores = flat[best]
        rows, words = np.divmod(best, edge)
        live = [(*live[row], word) for row, word in zip(rows.tolist(), words.tolist(), strict=True)]
        if len(ended) >= number and scores[0] <= ended[number - 1].log_probability:
            break
        reading = reading.select(rows).advance(words)
    cut = [Written(tokens, float(score), ended=False) for tokens, score in zip(live, scores, strict=False)]
    return (ended + sorted(cut, key=_likeliest_first))[:number]


def _likeliest_first(written: Written) -> float:
    return -written.log_probability
