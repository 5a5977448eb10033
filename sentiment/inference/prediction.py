"""The predictions of a model: for one text, and for many as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Prediction:
    """The prediction for one text; for an empty text, label and probabilities are None.

    Attributes:
        text: The text as it was given.
        label: The most probable class; the first in case of a tie. None if its probability is below `unsure_below`.
        probability: That of the most probable class, 0 to 1.
        probabilities: Of every class, in the model's order; they sum to 1.
        num_tokens: Tokens of the text, all of which were read; 0 if it is empty or only white space.
        num_windows: Windows in which it was read; 0 if it is empty, 1 if it has at most `max_tokens` tokens. With
            several, the probabilities are the mean of theirs, weighted by tokens.
    """

    text: str
    label: str | None
    probability: float | None
    probabilities: dict[str, float] | None
    num_tokens: int
    num_windows: int


@dataclass(frozen=True, eq=False)
class Scores:
    """The predictions for n texts, in order.

    Attributes:
        probabilities: (n, classes), float32; a row sums to 1, or is NaN where the text is empty. For a text read in
            several windows, the mean of theirs, weighted by their tokens.
        num_tokens: (n,), tokens of each text, all of which were read.
        num_windows: (n,), windows in which it was read; 0 if it is empty, 1 if it is no longer than `max_tokens`.
    """

    probabilities: NDArray[np.float32]
    num_tokens: NDArray[np.int64]
    num_windows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.num_tokens)
