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
        num_tokens: Tokens that were read; 0 if the text is empty, or white space alone.
        truncated: Whether it has more tokens than the model reads, so that its end had no say in the answer.
    """

    text: str
    label: str | None
    probability: float | None
    probabilities: dict[str, float] | None
    num_tokens: int
    truncated: bool
