"""Sample texts from a language model, word by word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.generation.network.language_model import FORWARD, LanguageModel
from sentiment.generation.vocabulary import WritingRules

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class SamplingSettings:
    """Settings for drawing the next word.

    Attributes:
        temperature: divides the scores; 1 draws from the model's distribution, lower values favour likely words.
            Above 0.
        top_k: draw from this many likeliest words; None for all.
        top_p: draw from the smallest set of likeliest words with this total probability (the nucleus), 0 to 1.
    """

    temperature: float = 0.8
    top_k: int | None = None
    top_p: float = 0.95


@dataclass(frozen=True)
class Written:
    """A generated continuation of a prompt.

    Attributes:
        input_ids: its tokens.
        log_probability: of them and of the edge under the model, in nats, independent of the settings.
        ended: whether the edge was reached; otherwise the text was cut.
    """

    input_ids: tuple[int, ...]
    log_probability: float
    ended: bool


def word_probabilities(log_probabilities: NDArray[np.floating], settings: SamplingSettings) -> NDArray[np.float64]:
    """Return the probabilities for drawing words, (batch, words); a row sums to 1.

    Applies the temperature, then the k likeliest, then the nucleus of the rest; the likeliest word always stays.
    Source: Holtzman et al. 2020, "The curious case of neural text degeneration" (https://arxiv.org/abs/1904.09751).

    Args:
        log_probabilities: (batch, words), -inf for a forbidden word; at least one per row is allowed.
        settings: for drawing.
    """
    scores = log_probabilities.astype(np.float64)
    scores = (scores - scores.max(axis=1, keepdims=True)) / settings.temperature
    probabilities: NDArray[np.float64] = np.exp(scores)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    if settings.top_k is None and settings.top_p >= 1.0:
        return probabilities
    order = np.argsort(-probabilities, axis=1, kind="stable")
    ranked = np.take_along_axis(probabilities, order, axis=1)
    if settings.top_k is not None:
        ranked[:, settings.top_k :] = 0.0
        ranked /= ranked.sum(axis=1, keepdims=True)
    if settings.top_p < 1.0:
        before = ranked.cumsum(axis=1) - ranked
        # The first word has cumulative probability 0 before it: it stays even if top_p is 0.
        before[:, 0] = -1.0
        ranked[before >= settings.top_p] = 0.0
        ranked /= ranked.sum(axis=1, keepdims=True)
    kept: NDArray[np.float64] = np.zeros_like(ranked)
    np.put_along_axis(kept, order, ranked, axis=1)
    return kept


def draw_words(probabilities: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw one word per row, (batch,), by inverting the cumulative distribution; never one of probability 0."""
    cumulative = probabilities.cumsum(axis=1)
    points = rng.random(len(probabilities)) * cumulative[:, -1]
    drawn = (cumulative <= points[:, np.newaxis]).sum(axis=1)
    # Rounding may carry a point past the last allowed word.
    last = probabilities.shape[1] - 1 - (probabilities[:, ::-1] > 0.0).argmax(axis=1)
    words: NDArray[np.int64] = np.minimum(drawn, last)
    return words


def sample(
    model: LanguageModel,
    rules: WritingRules,
    prompt_ids: Sequence[int],
    number: int,
    settings: SamplingSettings,
    *,
    max_tokens: int,
    rng: np.random.Generator,
) -> list[Written]:
    """Draw texts from the forward model, all at once.

    Args:
        model: the language model.
        rules: which words are allowed next.
        prompt_ids: tokens to continue; empty to begin a text.
        number: of texts.
        settings: for drawing a word.
        max_tokens: of the longest continuation; a longer one is cut.
        rng: of the draws.
    """
    tokens: list[list[int]] = [[] for _ in range(number)]
    totals = np.zeros(number)
    ended = np.zeros(number, np.bool_)
    active = np.arange(number)
    reading = model.begin_with(FORWARD, prompt_ids).select(np.zeros(number, np.int64))
    for _ in range(max_tokens):
        believed = reading.log_probabilities
        allowed = np.where(rules.allowed([tokens[row] for row in active]), believed, -np.inf)
        drawn = draw_words(word_probabilities(allowed, settings), rng)
        totals[active] += believed[np.arange(len(active)), drawn]
        going_on = np.flatnonzero(drawn != model.edge_id)
        ended[np.delete(active, going_on)] = True
        active = active[going_on]
        if not len(active):
            break
        for row, token in zip(active.tolist(), drawn[going_on].tolist(), strict=True):
            tokens[row].append(token)
        reading = reading.select(going_on).advance(drawn[going_on])
    return [Written(tuple(tokens[row]), float(totals[row]), bool(ended[row])) for row in range(number)]
