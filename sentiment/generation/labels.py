"""Judges of how well a label fits a text: the ratings of an encoder, or a classifier."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import ModelDirectoryError

if TYPE_CHECKING:
    from sentiment.generation.sampling import Written

LabelJudge = Callable[[Sequence[str]], NDArray[np.float64]]
"""Takes texts and returns the probability of the requested label, (texts,); NaN for a text without tokens."""

NEGATIVE, POSITIVE = "negative", "positive"


def columns_of_label(label: str, grades: Sequence[int], where: Path) -> slice:
    """Return the grades of a label: the one of that number, the lowest third for negative, the highest for positive.

    Args:
        label: the requested label.
        grades: ascending.
        where: the encoder, for the message.

    Raises:
        ModelDirectoryError: the label matches none.
    """
    third = max(1, len(grades) // 3)
    if label == NEGATIVE:
        return slice(0, third)
    if label == POSITIVE:
        return slice(len(grades) - third, len(grades))
    names = [str(grade) for grade in grades]
    if label not in names:
        known = ", ".join([NEGATIVE, POSITIVE, *names])
        raise ModelDirectoryError(f"{where}: its ratings have no {label!r}; choose one of {known}, or a `classifier`")
    return slice(names.index(label), names.index(label) + 1)


def judge_by_classifier(path_or_name: str, label: str) -> LabelJudge:
    """Load a classifier as the judge of one of its labels.

    Raises:
        ModelDirectoryError: it is invalid, or has no such label.
    """
    from sentiment.inference import Classifier

    classifier = Classifier.load(path_or_name)
    if label not in classifier.labels:
        known = ", ".join(classifier.labels)
        raise ModelDirectoryError(f"{path_or_name}: has no label {label!r}; choose one of {known}")
    column = classifier.labels.index(label)
    return lambda texts: classifier.probabilities(texts)[:, column].astype(np.float64)


def resample(probabilities: NDArray[np.float64], number: int, rng: np.random.Generator) -> list[int]:
    """Choose among samples without replacement, with probabilities proportional to their weights.

    Samples of p(text), weighted by p(label | text), approach samples of p(text | label) as their number grows (sampling
    importance resampling: Rubin 1988). Drawn by the Gumbel-top-k trick (Kool et al. 2019).

    Args:
        probabilities: (samples,), p(label | text); NaN is never chosen.
        number: of choices; all if there are fewer.
        rng: of the draws.

    Returns:
        Their positions, in drawing order.
    """
    noise = rng.gumbel(size=len(probabilities))
    keys = np.log(np.maximum(probabilities, np.finfo(np.float64).tiny)) + noise
    order = np.argsort(-np.where(np.isnan(keys), -np.inf, keys), kind="stable")
    return [position for position in order.tolist() if not np.isnan(keys[position])][:number]


def distinct(texts: Sequence[str], written: "Sequence[Written]") -> tuple[list[str], "list[Written]"]:
    """Leave out duplicates and empty texts."""
    first = dict(zip(reversed(texts), reversed(written), strict=True))
    kept = [text for text in dict.fromkeys(texts) if text]
    return kept, [first[text] for text in kept]
