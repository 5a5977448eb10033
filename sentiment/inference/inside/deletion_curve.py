"""How far explanations can be trusted: what the answers lose with the words that are said to carry them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sentiment.inference.inside.deletion import Order, Probabilities, Question, effects_of, orders_of
from sentiment.probabilities import most_probable
from sentiment.text.words import Word, phrases_of, words_of

DELETION_CURVE = "deletion_curve"
"""Its key in metrics.json."""
REMOVED = (0.1, 0.2, 0.3, 0.4, 0.5)
MIN_TEXTS = 100
"""With fewer, the curve says more of these texts than of the model."""
MAX_TEXTS = 200
MOST_PARTS = 12
RANDOM_DRAWS = 3

Orders = Callable[[int], Sequence[Order]]


@dataclass(frozen=True)
class DeletionCurve:
    """How much the probability of an answer falls when words are left out: the strongest for it, or random ones.

    Attributes:
        n: Number of texts.
        removed: Shares of the words that are left out, at least one word of each text.
        strongest: Mean fall of the probability without the words of the largest shares, for each of `removed`.
        at_random: Mean fall without as many random words.
    """

    n: int
    removed: tuple[float, ...]
    strongest: tuple[float, ...]
    at_random: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_record(cls, record: object) -> Self | None:
        """Read `to_dict` again; None if it is something else."""
        match record:
            case {"n": int(n), "removed": list(removed), "strongest": list(strongest), "at_random": list(at_random)}:
                columns = [removed, strongest, at_random]
                is_number = all(isinstance(value, int | float) for column in columns for value in column)
                if is_number and len({len(column) for column in columns}) == 1 and 0.2 in removed:
                    return cls(n, *map(tuple, columns))
        return None

    def summary(self) -> str:
        """Return it as a sentence for people."""
        place = self.removed.index(0.2)
        return (
            f"On {self.n:,} texts, leaving out the strongest fifth of the words lowers the probability by "
            f"{self.strongest[place]:.2f}, as many random words by {self.at_random[place]:.2f}."
        )


def deletion_curve(
    texts: Sequence[str], probabilities: Probabilities, orders: Orders = orders_of, seed: int = 0
) -> DeletionCurve | None:
    """Measure the curve on some texts; None if there are fewer than `MIN_TEXTS`.

    Args:
        texts: Texts that the model was not trained on; some of them are drawn if there are many.
        probabilities: Predicts texts.
        orders: Returns the orders in which the words of a text are added.
        seed: Of the texts and of the random words.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(len(texts))[:MAX_TEXTS].tolist()
    return curve_of([texts[row] for row in drawn], probabilities, orders, rng) if len(texts) >= MIN_TEXTS else None


def curve_of(
    texts: Sequence[str],
    probabilities: Probabilities,
    orders: Orders,
    rng: np.random.Generator,
    most_parts: int = MOST_PARTS,
) -> DeletionCurve:
    """Measure the curve on all of some texts.

    Args:
        texts: Texts that the model was not trained on.
        probabilities: Predicts texts.
        orders: Returns the orders in which the words of a text are added.
        rng: Draws the random words.
        most_parts: Words that are told apart; a longer text is taken in as many phrases.
    """
    predicted = probabilities(texts)
    labels = most_probable(predicted).tolist()
    questions = []
    for text, label, row in zip(texts, labels, predicted, strict=True):
        words = phrases_of(text, words_of(text), most_parts)
        if words and not np.isnan(row[label]):
            questions.append(Question(label, float(row[label]), words, orders(len(words))))
    effects = effects_of(questions, probabilities, predicted.shape[1])
    strongest = _curve(questions, [np.argsort(-effect.shares, kind="stable") for effect in effects], probabilities)
    draws = [
        _curve(questions, [rng.permutation(len(question.words)) for question in questions], probabilities)
        for _ in range(RANDOM_DRAWS)
    ]
    return DeletionCurve(len(questions), REMOVED, tuple(strongest), tuple(np.mean(draws, axis=0).tolist()))


def _curve(
    questions: Sequence[Question], orders: Sequence[NDArray[np.int64]], probabilities: Probabilities
) -> list[float]:
    """Return the mean falls without the first words of each order, for each of `REMOVED`."""
    return [_fall(questions, orders, probabilities, removed) for removed in REMOVED]


def _fall(
    questions: Sequence[Question], orders: Sequence[NDArray[np.int64]], probabilities: Probabilities, removed: float
) -> float:
    """Return the mean fall without the first words of each order."""
    texts = [
        _without(question.words, order[: max(1, round(removed * len(order)))].tolist())
        for question, order in zip(questions, orders, strict=True)
    ]
    predicted = probabilities(texts)
    rows = np.arange(len(questions)), [question.label for question in questions]
    # Of no word, no class is likelier than another.
    left = np.nan_to_num(predicted[rows], nan=1 / predicted.shape[1])
    return float(np.mean([question.probability for question in questions] - left))


def _without(words: Sequence[Word], left_out: Sequence[int]) -> str:
    return " ".join([word.text for number, word in enumerate(words) if number not in left_out])
