"""The words that mattered most for each answer of a table, as a cell of their own."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sentiment.bulk.answers import Predictor
from sentiment.inference.inside.deletion import Effects, Probabilities, Question, effects_of, forwards_and_backwards
from sentiment.probabilities import most_probable
from sentiment.tables import Cell
from sentiment.text.encoding import replace_surrogates
from sentiment.text.words import Word, phrases_of, words_of

MOST_PARTS = 12
"""Words whose part in an answer is computed; a longer text is taken in as many phrases. Each costs a prediction."""
MOST_NAMED = 3
LEAST_SHARE = 0.01
"""Of a probability; a word that matters less is not named."""
LONGEST_NAME = 30
_CHUNK = 512
"""Texts explained together, so that memory stays flat."""


def reasons_of(texts: Sequence[str], probabilities: NDArray[np.float32], predict: Probabilities) -> list[str | None]:
    """Name the words that mattered most, as in `지루 (+0.41); 최고 (-0.22)`: for the label, or against it.

    A number is what the word adds to the probability of the label, read forwards after those before it and backwards
    after those behind it: the mean of the two. All of them add up to the probability minus 1 / classes.

    Args:
        texts: n texts.
        probabilities: Of them, (n, classes); NaN where a text is empty, for which there is no reason.
        predict: Predicts further texts: parts of these.
    """
    reasons: list[str | None] = []
    for begin in range(0, len(texts), _CHUNK):
        chunk = slice(begin, begin + _CHUNK)
        reasons += _reasons_of_few(texts[chunk], probabilities[chunk], predict)
    return reasons


def reasons_by_model(
    texts: Sequence[str],
    probabilities: NDArray[np.float32],
    labels: Sequence[str],
    predictors: Sequence[tuple[Sequence[int], Predictor]],
    batch_size: int,
) -> list[Cell]:
    """Name the words that mattered most; the parts of a text are predicted by the model that predicted it.

    Args:
        texts: n texts.
        probabilities: As for `reasons_of`.
        labels: The names of the classes.
        predictors: The rows that each model predicts; it may have some of the classes only.
        batch_size: Most texts per batch.
    """
    reasons: list[Cell] = [None] * len(texts)
    for rows, model in predictors:
        predict = partial(model.probabilities, batch_size=batch_size)
        columns = [labels.index(label) for label in model.labels]
        found = probabilities[np.array(rows, dtype=np.int64)][:, columns]
        own = reasons_of([texts[row] for row in rows], found, predict)
        for row, reason in zip(rows, own, strict=True):
            reasons[row] = reason
    return reasons


def _reasons_of_few(
    texts: Sequence[str], probabilities: NDArray[np.float32], predict: Probabilities
) -> list[str | None]:
    reasons: list[str | None] = [None] * len(texts)
    rows, questions = [], []
    for row, (text, label) in enumerate(zip(texts, most_probable(probabilities).tolist(), strict=True)):
        words = phrases_of(text, words_of(text), MOST_PARTS)
        probability = float(probabilities[row, label])
        if words and not np.isnan(probability):
            rows.append(row)
            questions.append(Question(label, probability, words, forwards_and_backwards(range(len(words)))))
    effects = effects_of(questions, predict, probabilities.shape[1]) if questions else []
    for row, question, effect in zip(rows, questions, effects, strict=True):
        reasons[row] = _named(question.words, effect)
    return reasons


def _named(words: Sequence[Word], effects: Effects) -> str:
    strongest = np.argsort(-np.abs(effects.shares), kind="stable")[:MOST_NAMED].tolist()
    named = [number for number in strongest if abs(effects.shares[number]) >= LEAST_SHARE]
    return "; ".join(f"{_name(words[number].text)} ({effects.shares[number]:+.2f})" for number in named)


def _name(text: str) -> str:
    """Return a word, or the beginning of a phrase, on one line and as valid Unicode."""
    name = " ".join(replace_surrogates(text).split())
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."
