"""What each word of a text does for its answer, found by leaving words out.

The answer to some of a text's words is the probability of its label for those words alone; v of none is 1 / classes. A
word's share is its Shapley value: its gain v(S with the word) - v(S), averaged over orders in which the words may have
been written, S being those before it. In every order the gains add up to v(all) - v(none), so the shares do too. A
word that counts only because others say the same gets its part, which leaving out one word at a time does not show.

Sources: Shapley 1953; Strumbelj and Kononenko 2010, "An efficient explanation of individual classifications using game
theory"; Castro et al. 2009, "Polynomial calculation of the Shapley value based on sampling".
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from sentiment.text.words import Word

Probabilities = Callable[[Sequence[str]], NDArray[np.float32]]
"""From texts to the probability of every class, (texts, classes); NaN for an empty text."""

Order = Sequence[int]

MOST_WORDS_FOR_ALL_ORDERS = 5
ORDERS = 8
"""Orders that are tried for longer texts, half of them the reverse of others, which evens out chance."""


@dataclass(frozen=True)
class Question:
    """A text whose words are left out in turn.

    Attributes:
        label: Number of the class whose probability is explained.
        probability: Of that class, for the whole text.
        words: Of the text, or phrases; one or more.
        orders: In which the words are added to nothing; each a permutation of their numbers.
        one_by_one: Whether the probability without each single word is needed too.
    """

    label: int
    probability: float
    words: Sequence[Word]
    orders: Sequence[Order]
    one_by_one: bool = False


@dataclass(frozen=True)
class Effects:
    """The result for one text.

    Attributes:
        shares: (words,), float64; they sum to the probability of the label minus 1 / classes.
        without: (words,), the probability of the label without each word, 1 / classes where none is left; empty
            if not asked for.
    """

    shares: NDArray[np.float64]
    without: NDArray[np.float64]


def orders_of(num_words: int) -> list[Order]:
    """Return the orders for a careful explanation: all of them if there are few, otherwise drawn ones in pairs."""
    if num_words <= MOST_WORDS_FOR_ALL_ORDERS:
        return list(permutations(range(num_words)))
    rng = np.random.default_rng(num_words)
    drawn = [forwards_and_backwards(rng.permutation(num_words).tolist()) for _ in range(ORDERS // 2)]
    return [order for pair in drawn for order in pair]


def forwards_and_backwards(order: Order) -> list[Order]:
    """Return an order and its reverse: of the words as written, a quick explanation needs no others."""
    return [order, order[::-1]]


def effects_of(questions: Sequence[Question], probabilities: Probabilities, num_classes: int) -> list[Effects]:
    """Leave out words of every text, and predict all the rest together.

    Args:
        questions: About n texts.
        probabilities: Predicts texts.
        num_classes: Of the model.

    Returns:
        n results.
    """
    kept = [sorted(_word_sets(question)) for question in questions]
    texts = [_joined(question, words) for question, sets in zip(questions, kept, strict=True) for words in sets]
    predicted = probabilities(texts)
    results, begin = [], 0
    for question, sets in zip(questions, kept, strict=True):
        rows = predicted[begin : begin + len(sets), question.label].astype(np.float64)
        begin += len(sets)
        # Without words, and without visible ones, no class is likelier than another.
        values = dict(zip(sets, np.nan_to_num(rows, nan=1 / num_classes).tolist(), strict=True))
        values |= {0: 1 / num_classes, _all(question): question.probability}
        results.append(_effects(question, values))
    return results


def _effects(question: Question, values: dict[int, float]) -> Effects:
    shares = np.zeros(len(question.words))
    for order in question.orders:
        grown = [values[words] for words in _growing(order)]
        shares[list(order)] += np.diff(grown)
    shares /= len(question.orders)
    without = [values[words] for words in _one_left_out(question)] if question.one_by_one else []
    return Effects(shares, np.array(without))


def _word_sets(question: Question) -> set[int]:
    """Return the sets of words to predict, each as bits: bit i stands for word i."""
    sets = {words for order in question.orders for words in _growing(order)}
    if question.one_by_one:
        sets.update(_one_left_out(question))
    return sets - {0, _all(question)}


def _growing(order: Order) -> Iterable[int]:
    words = 0
    yield words
    for number in order:
        words |= 1 << number
        yield words


def _one_left_out(question: Question) -> list[int]:
    return [_all(question) ^ (1 << number) for number in range(len(question.words))]


def _all(question: Question) -> int:
    return (1 << len(question.words)) - 1


def _joined(question: Question, words: int) -> str:
    return " ".join([word.text for number, word in enumerate(question.words) if words >> number & 1])
