"""What a model says about one text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one text; an empty text has none, and its three answers are None.

    Attributes:
        text: The text as it was given.
        label: The most probable class; of equals, the first.
        probability: Its probability, 0 to 1.
        probabilities: That of every class, in the model's order; they sum to 1.
        num_tokens: Tokens of the text, all of which were read; 0 if it is empty, or white space alone.
        num_windows: Windows in which it was read; 0 if it is empty, 1 if it has no more tokens than the model reads at
            once. Of several, the probabilities are the mean, weighted by tokens.
    """

    text: str
    label: str | None
    probability: float | None
    probabilities: dict[str, float] | None
    num_tokens: int
    num_windows: int
