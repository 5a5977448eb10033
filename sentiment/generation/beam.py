"""The likeliest texts of a language model."""

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
    """Look for the likeliest texts of the forward model, keeping the `width` likeliest beginnings of each length.

    It ends when no beginning is likelier than the texts that have ended, as a text only loses probability on its way,
    or after `max_tokens`; the search is exhaustive where the width is that of all beginnings. No text is favoured for
    its length, so the likeliest are short.

    Args:
        model: whose words they are.
        rules: which words may come.
        prompt_ids: tokens to continue; none begins a text.
        number: texts, at most the width.
        width: beginnings that are kept.
        max_tokens: tokens of the longest continuation.

    Returns:
        Texts that ended, the likeliest first; where they are too few, the likeliest that were cut behind them. Fewer
        than `number` where there are no more.
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
