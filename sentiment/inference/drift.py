"""Whether new rows look like those that a model was calibrated on."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from sentiment.inference.by_script import ClassifierByScript
from sentiment.inference.classifier import DEFAULT_BATCH_SIZE, Classifier
from sentiment.inference.prediction import Prediction, Scores
from sentiment.model_dir import CalibrationRows
from sentiment.probabilities import most_probable
from sentiment.stats.comparing import holm
from sentiment.stats.drift import gap_p_value, largest_gap

LEAST_ROWS = 50
"""With fewer new rows, only a difference that nobody could miss would be found."""
SAMPLE_ROWS = 2_000
SIGNIFICANCE = 0.01
LEAST_GAP = 0.1
"""Gap between the distributions from which it matters; many rows show smaller ones that change nothing."""

SCORES = "predicted classes and their probabilities"


@dataclass(frozen=True)
class Drift:
    """A property in which new rows differ from the calibration rows.

    Attributes:
        what: the property, for people.
        gap: largest gap between the two distribution functions, 0 to 1.
        means: of the property among the calibration rows and among the new ones; None if they say nothing.
    """

    what: str
    gap: float
    means: tuple[float, float] | None


@dataclass
class WatchedClassifier:
    """A classifier that remembers a random sample of what it predicted, to compare it with calibration rows.

    Attributes:
        classifier: predicts.
    """

    classifier: Classifier | ClassifierByScript
    _sample: list[tuple[str, float, int]] = field(default_factory=list)
    _num_seen: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311  (no secret)
    _lock: Lock = field(default_factory=Lock)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.classifier.labels

    @property
    def fingerprint(self) -> str:
        """That of the classifier."""
        return self.classifier.fingerprint

    def score(self, texts: Sequence[str], batch_size: int = DEFAULT_BATCH_SIZE) -> Scores:
        """Predict every text, as the classifier does."""
        scores = self.classifier.score(texts, batch_size)
        self.remember(texts, scores.probabilities, scores.num_tokens)
        return scores

    def predictors(self, texts: Sequence[str]) -> list[tuple[Sequence[int], Classifier]]:
        """Return the rows that each model predicts; what is asked of those is not remembered."""
        return self.classifier.predictors(texts)

    def remember(self, texts: Sequence[str], probabilities: NDArray[np.float32], num_tokens: NDArray[np.int64]) -> None:
        """Add predictions to the sample, each row with the same chance (Vitter 1985, algorithm R)."""
        answered = np.flatnonzero(num_tokens)
        values = _scores(most_probable(probabilities[answered]), probabilities[answered].max(axis=1, initial=0.0))
        with self._lock:
            for row, value in zip(answered.tolist(), values.tolist(), strict=True):
                self._num_seen += 1
                place = self._random.randrange(self._num_seen)
                if len(self._sample) < SAMPLE_ROWS:
                    self._sample.append((texts[row], value, int(num_tokens[row])))
                elif place < SAMPLE_ROWS:
                    self._sample[place] = (texts[row], value, int(num_tokens[row]))

    def remember_predictions(self, predictions: Sequence[Prediction]) -> None:
        """Add predictions that were made one by one."""
        answered = [one for one in predictions if one.probabilities is not None]
        if not answered:
            return
        probabilities = np.array([list((one.probabilities or {}).values()) for one in answered], dtype=np.float32)
        lengths = np.array([one.num_tokens for one in answered], dtype=np.int64)
        self.remember([one.text for one in answered], probabilities.reshape(len(answered), -1), lengths)

    def drift_from(self, rows: CalibrationRows) -> list[Drift]:
        """Return in what the predicted rows differ from calibration rows: scores, lengths or unknown tokens."""
        if len(self._sample) < LEAST_ROWS:
            return []
        texts, scores, lengths = zip(*self._sample, strict=True)
        unknown = self.classifier.unknown_tokens(texts)
        before = [_scores(np.array(rows.predicted), np.array(rows.confidence)), np.array(rows.num_tokens)]
        before.append(np.array(rows.unknown_tokens) / before[1].clip(1))
        after = [np.array(scores), np.array(lengths), unknown / np.array(lengths)]
        names = (SCORES, "tokens of a text", "share of unknown tokens")
        gaps = [largest_gap(one, other) for one, other in zip(before, after, strict=True)]
        adjusted = holm([gap_p_value(gap, len(rows), len(texts)) for gap in gaps])
        return [
            Drift(name, gap, None if name == SCORES else (float(one.mean()), float(other.mean())))
            for name, gap, p_value, one, other in zip(names, gaps, adjusted, before, after, strict=True)
            if p_value < SIGNIFICANCE and gap >= LEAST_GAP
        ]


def _scores(predicted: NDArray[np.int64], confidence: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return a number that orders rows by predicted class, and by confidence within each."""
    return np.asarray(predicted + confidence, dtype=np.float64)
