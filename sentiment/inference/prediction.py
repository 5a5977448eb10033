"""What a model says about one text, and about many as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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


@dataclass(frozen=True, eq=False)
class Scores:
    """The answers to n texts, in their order.

    Attributes:
        probabilities: (n, classes), float32; a row sums to 1, or is NaN where the text is empty. Of a text that was
            read in several windows, the mean of theirs, weighted by their tokens.
        num_tokens: (n,), tokens of each text, all of which were read.
        num_windows: (n,), windows in which it was read; 0 if it is empty, 1 if it is no longer than `max_tokens`.
    """

    probabilities: NDArray[np.float32]
    num_tokens: NDArray[np.int64]
    num_windows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.num_tokens)
