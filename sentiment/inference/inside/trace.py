"""The answer after every word of a text: one output for each input, where `predict` gives one for all."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.inference.inside.opened import OpenedNetwork
from sentiment.inference.inside.placed_tokens import PlacedTokens
from sentiment.inference.inside.shown import Mark, Shown
from sentiment.inference.prediction import Prediction
from sentiment.text.words import Word


@dataclass(frozen=True, slots=True)
class TraceStep:
    """The answer after a word.

    Attributes:
        text: The word as written.
        start: Place of its first character in the text, from 0.
        end: Place after its last character.
        probabilities: Of every class, from this word and those before it.
    """

    text: str
    start: int
    end: int
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Trace(Shown):
    """The answer to a text while it is read, and at the end.

    Attributes:
        text: The text as it was given.
        label: The most probable class for the whole text, as in `predict`; None if the text is empty.
        probability: Its probability; None if the text is empty.
        probabilities: Of every class, for the whole text; None if it is empty.
        steps: After every word, in order. They are read forward only: a bidirectional network's backward half, which
            would have to begin at the end of the text, counts as 0. Without one, the last step is the whole.
        is_bidirectional: Whether there is a backward half, which only the whole has.
    """

    text: str
    label: str | None
    probability: float | None
    probabilities: dict[str, float] | None
    steps: tuple[TraceStep, ...]
    is_bidirectional: bool

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        content = asdict(self)
        return content | {"steps": list(content["steps"])}

    def to_svg(self) -> str:
        """Return a picture: the probability of the label after every word, as a curve and beside the words."""
        from sentiment.inference.inside.pictures.words_svg import words_svg

        curve = [] if self.probability is None else [*self._after_words(), self.probability]
        return words_svg(self.marks(), self.answer(), self.reading(), curve)

    def marks(self) -> list[Mark]:
        """Return the words, each with the probability of the final label after it as caption.

        The strength is full at 0 and 1, and none where no class is likelier than another.
        """
        even = 1 / max(1, len(self.probabilities or ()))
        return [
            Mark(step.text, f"{value:.0%}", (value - even) / ((1 - even) if value > even else even))
            for step, value in zip(self.steps, self._after_words(), strict=True)
        ]

    def _after_words(self) -> list[float]:
        return [] if self.label is None else [step.probabilities[self.label] for step in self.steps]

    def answer(self) -> str:
        """Return the answer to the whole text in words."""
        return "no answer" if self.label is None else f"{self.label} ({self.probability:.1%})"

    def reading(self) -> str:
        """Return how the numbers of the words are to be read."""
        if self.probability is None:
            return ""
        if not self.is_bidirectional:
            return f"Probability of {self.label} after each word."
        whole = f"Read in both directions, the whole text gets {self.probability:.1%}."
        return f"Probability of {self.label} after each word, read forward only. {whole}"


def trace(
    prediction: Prediction,
    tokens: PlacedTokens,
    of_windows: NDArray[np.float32],
    opened: OpenedNetwork,
    calibrated: Callable[[NDArray[np.float32]], NDArray[np.float64]],
) -> Trace:
    """Trace a prediction.

    Args:
        prediction: To trace.
        tokens: Of the text.
        of_windows: (windows, classes), the probabilities of each whole window.
        opened: The network.
        calibrated: Returns the probabilities of logits, (n, classes).
    """
    steps = () if prediction.probabilities is None else _steps(tokens, _means(tokens, of_windows, opened, calibrated))
    return Trace(
        prediction.text,
        prediction.label,
        prediction.probability,
        prediction.probabilities,
        tuple(
            TraceStep(word.text, word.start, word.end, dict(zip(prediction.probabilities or (), row, strict=True)))
            for word, row in steps
        ),
        opened.is_bidirectional,
    )


def _steps(tokens: PlacedTokens, after_tokens: NDArray[np.float64]) -> Iterable[tuple[Word, list[float]]]:
    """Return every word with the row of its last token."""
    last_tokens = np.append(np.flatnonzero(np.diff(tokens.word_of)), len(after_tokens) - 1)
    return zip(tokens.words, after_tokens[last_tokens].tolist(), strict=True)


def _means(
    tokens: PlacedTokens,
    of_windows: NDArray[np.float32],
    opened: OpenedNetwork,
    calibrated: Callable[[NDArray[np.float32]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return the probabilities after every token, (tokens, classes).

    As for the whole text, they are the mean of the windows read so far, weighted by their tokens.
    """
    means = np.empty((len(tokens.input_ids), of_windows.shape[1]))
    read = np.zeros(of_windows.shape[1])
    for window, whole in zip(tokens.spans, of_windows, strict=True):
        input_ids = tokens.input_ids[window]
        prefixes = calibrated(opened.prefix_logits(input_ids))
        lengths = np.arange(1, len(input_ids) + 1)[:, np.newaxis]
        means[window] = (read + lengths * prefixes) / (window.start + lengths)
        read += len(input_ids) * whole
    return means
