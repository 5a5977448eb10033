"""What each word of one text did for its answer."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sentiment.inference.inside.deletion import Probabilities, Question, effects_of, orders_of
from sentiment.inference.inside.deletion_curve import DeletionCurve
from sentiment.inference.inside.shown import Mark, Shown
from sentiment.inference.prediction import Prediction
from sentiment.text.words import Word, phrases_of, words_of

NgramShares = Callable[[Sequence[Word], int], Sequence[float | None]]
"""From the words of the text, or phrases, and the number of the label to what the n-grams of each add."""

MANY_WORDS = 12_000
"""Product of a text's words and of the parts that it is explained in: keeps an explanation to some seconds."""
LEAST_PARTS = 8
"""Of a long text."""
NOT_MEASURED = "How far this model's explanations can be trusted was not measured when it was trained."
LEAST_SCALE = 0.2
"""Share of a word in full colour, at least: in a text whose words hardly matter none looks as if it did."""


@dataclass(frozen=True, slots=True)
class WordShare:
    """A word and what it did for the answer.

    Attributes:
        text: The word as written; of a very long text, a phrase of several words.
        start: Place of its first character in the text, from 0.
        end: Place after its last character.
        share: Probability that it adds to the label, below 0 if it takes some away.
        without: Probability of the label if this word alone is left out, as `predict` gives it; 1 / classes if nothing
            is left.
        ngrams: What its n-grams add to the log-odds of the label, against the mean of the other classes; exact, as they
            enter by a sum. None if the model has none.
    """

    text: str
    start: int
    end: int
    share: float
    without: float
    ngrams: float | None = None


@dataclass(frozen=True)
class Explanation(Shown):
    """The reasons for the answer to one text, word by word.

    `start` and all shares sum to `probability`. A share is the word's Shapley value: what it adds to the words before
    it, averaged over orders of the words.

    Attributes:
        text: The text as it was given.
        label: The most probable class; None if the text is empty.
        probability: Its probability; None if the text is empty.
        start: The probability before any word: 1 / classes.
        words: In order; none if the text is empty.
        trust: How far explanations of this model find what carries its answers; None if it was not measured.
    """

    text: str
    label: str | None
    probability: float | None
    start: float
    words: tuple[WordShare, ...]
    trust: DeletionCurve | None = None

    def strongest(self, number: int) -> list[WordShare]:
        """Return the words of the largest shares, for or against the answer, the largest first."""
        return sorted(self.words, key=lambda word: -abs(word.share))[:number]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        content = asdict(self)
        trust = None if self.trust is None else self.trust.to_dict()
        return content | {"words": list(content["words"]), "trust": trust}

    def to_svg(self) -> str:
        """Return a picture: the words, blue for the label and red against it, each with its share."""
        from sentiment.inference.inside.pictures.words_svg import words_svg

        return words_svg(self.marks(), self.answer(), self.reading())

    def marks(self) -> list[Mark]:
        """Return the words, each with its share as caption: the largest is at full strength."""
        largest = max((abs(word.share) for word in self.words), default=0.0)
        scale = max(largest, LEAST_SCALE)
        return [Mark(word.text, f"{word.share:+.2f}", word.share / scale) for word in self.words]

    def answer(self) -> str:
        """Return the answer in words."""
        return "no answer" if self.label is None else f"{self.label} ({self.probability:.1%})"

    def reading(self) -> str:
        """Return how the numbers of the words are to be read."""
        if self.label is None:
            return ""
        return (
            f"What each word adds to the probability of {self.label}, or takes from it: "
            f"{self.start:.1%} before any word, {self.probability:.1%} with all. "
            + (NOT_MEASURED if self.trust is None else self.trust.summary())
        )


def explain(
    prediction: Prediction,
    labels: Sequence[str],
    probabilities: Probabilities,
    ngrams: NgramShares | None = None,
    trust: DeletionCurve | None = None,
) -> Explanation:
    """Explain a prediction.

    Args:
        prediction: To explain.
        labels: Names of the classes.
        probabilities: Predicts further texts: those without some of the words.
        ngrams: Returns the exact part of n-grams; None if the model has none.
        trust: Of the model's explanations, if it was measured.
    """
    start = 1 / len(labels)
    words = words_of(prediction.text)
    if prediction.label is None or prediction.probability is None or not words:
        return Explanation(prediction.text, None, None, start, (), trust)
    parts = phrases_of(prediction.text, words, max(LEAST_PARTS, MANY_WORDS // len(words)))
    label = labels.index(prediction.label)
    question = Question(label, prediction.probability, parts, orders_of(len(parts)), one_by_one=True)
    (effects,) = effects_of([question], probabilities, len(labels))
    exact = [None] * len(parts) if ngrams is None else ngrams(parts, label)
    numbers = zip(parts, effects.shares.tolist(), effects.without.tolist(), exact, strict=True)
    shares = tuple(WordShare(part.text, part.start, part.end, *values) for part, *values in numbers)
    return Explanation(prediction.text, prediction.label, prediction.probability, start, shares, trust)
