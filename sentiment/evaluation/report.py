"""The report of an evaluation."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from sentiment.data import RowCounts
from sentiment.evaluation.answers import Answers
from sentiment.evaluation.comparison import PairedComparison
from sentiment.evaluation.slices import Slice
from sentiment.evaluation.systems import Comparison
from sentiment.metrics import ClassificationMetrics, accuracy_interval, classification_metrics


@dataclass(frozen=True)
class UnseenAccuracy:
    """Accuracy on the rows whose exact text is not one of a training or a validation row of the model.

    Attributes:
        n: rows that it has not seen.
        seen: rows that it has seen.
        accuracy: on the n rows; None if n is 0.
        accuracy_interval: Wilson's 95 % interval; None if n is 0.
    """

    n: int
    seen: int
    accuracy: float | None
    accuracy_interval: tuple[float, float] | None

    @classmethod
    def of(cls, answers: Answers, known_texts: frozenset[str]) -> Self:
        """Score predictions without the texts that the model was trained on."""
        seen = np.array([text in known_texts for text in answers.texts], dtype=np.bool_)
        n, right = int(np.count_nonzero(~seen)), int(np.count_nonzero(answers.is_right & ~seen))
        return cls(n, len(answers) - n, right / n if n else None, accuracy_interval(right, n) if n else None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; every number is finite."""
        interval = self.accuracy_interval
        return {**asdict(self), "accuracy_interval": None if interval is None else list(interval)}


@dataclass(frozen=True)
class Score:
    """Scores on the evaluated rows; `without_seen` is None if the training rows were not read."""

    metrics: ClassificationMetrics
    without_seen: UnseenAccuracy | None

    @classmethod
    def of(cls, answers: Answers, known_texts: frozenset[str] | None) -> Self:
        """Score rows that all have a prediction.

        Args:
            answers: the rows, one or more.
            known_texts: the texts that the model was trained on; None if unknown.
        """
        metrics = classification_metrics(answers.truth, answers.probabilities, answers.labels)
        return cls(metrics, None if known_texts is None else UnseenAccuracy.of(answers, known_texts))


@dataclass(frozen=True)
class ChosenRowsAccuracy:
    """Accuracy on rows that a review sheet holds because the model is unsure of them; it is lower than on others.

    Attributes:
        n: rows.
        accuracy: on them.
        accuracy_interval: Wilson's 95 % interval.
    """

    n: int
    accuracy: float
    accuracy_interval: tuple[float, float]

    @classmethod
    def of(cls, answers: Answers) -> Self:
        """Score rows that all have a prediction, one or more."""
        right = int(np.count_nonzero(answers.is_right))
        return cls(len(answers), right / len(answers), accuracy_interval(right, len(answers)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {**asdict(self), "accuracy_interval": list(self.accuracy_interval)}


@dataclass(frozen=True)
class BaselineResult:
    """The score of a simple classifier on the same rows, trained on the same rows.

    Attributes:
        name: of the classifier.
        score: None if it is not available.
        reason: why not, in words; None if it is available.
    """

    name: str
    score: Score | None
    reason: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types; `metrics` and `without_seen` are null if there is a `reason`."""
        unseen = self.score.without_seen if self.score else None
        return {
            "metrics": self.score.metrics.to_dict() if self.score else None,
            "without_seen": unseen.to_dict() if unseen else None,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class EvaluatedData:
    """Where the evaluated rows came from.

    Attributes:
        source: as given by the user.
        name: for people.
        split: which part; None for all.
        sha256: of the rows.
        text_column: the column with the texts.
        label_column: the column with the labels.
        counts: rows read, used, and left out by kind of fault.
    """

    source: str
    name: str
    split: str | None
    sha256: str
    text_column: str
    label_column: str
    counts: RowCounts


@dataclass(frozen=True)
class TrainedOn:
    """What the model was trained on.

    Attributes:
        source: the data set.
        is_fallback: whether that is the sample, because `asked_source` could not be reached.
        asked_source: the requested data set.
        reason: why these rows were not read, in words; None if they were.
    """

    source: str
    is_fallback: bool
    asked_source: str
    reason: str | None


@dataclass(frozen=True)
class EvaluationReport:
    """A model measured on rows, with its baselines.

    Attributes:
        model: the model directory.
        model_sha256: its fingerprint, over every file of it.
        labels: names of the classes.
        data: the rows.
        trained_on: what the model was trained on.
        score: of the model.
        without_tokens: used rows that have no token for the model, and so no prediction; not scored. None of those of a
            cross-validation, which may leave rows out.
        baselines: majority class and character n-gram linear, in this order; empty before they are computed.
        paired: the model against the linear baseline; None without that.
        against: the model against other models; None without any.
        least_certain: the rows of a review sheet that were not drawn at random; None without any. No other figure
            includes them.
        slices: the accuracy by tokens of a text, and by the values of each requested column.
        answers: the scored rows with their predictions; None if they were scored by cross-validation.
    """

    model: Path
    model_sha256: str
    labels: tuple[str, ...]
    data: EvaluatedData
    trained_on: TrainedOn
    score: Score
    without_tokens: int
    baselines: tuple[BaselineResult, ...] = ()
    paired: PairedComparison | None = None
    against: Comparison | None = None
    least_certain: ChosenRowsAccuracy | None = None
    slices: Mapping[str, tuple[Slice, ...]] = field(default_factory=dict)
    answers: Answers | None = field(default=None, compare=False, repr=False)

    @property
    def skipped(self) -> dict[str, int]:
        """Rows that were read but not scored, by kind of fault.

        Together with `n` they add up to the rows read, unless these were too many to cross-validate all.
        """
        counts = self.data.counts
        return {
            "empty": counts.empty,
            "unlabelled": counts.unlabelled,
            "malformed": counts.malformed,
            "without_tokens": self.without_tokens,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the object that `sentiment eval --json` prints: plain JSON types, every number finite."""
        unseen = self.score.without_seen
        return {
            **self.score.metrics.to_dict(),
            "labels": list(self.labels),
            "model": str(self.model),
            "model_sha256": self.model_sha256,
            "data": asdict(self.data),
            "trained_on": asdict(self.trained_on),
            "skipped": self.skipped,
            "without_seen": unseen.to_dict() if unseen else None,
            "baselines": {baseline.name: baseline.to_dict() for baseline in self.baselines},
            "paired": self.paired.to_dict() if self.paired else None,
            "against": self.against.to_dict() if self.against else None,
            "slices": {column: [one.to_dict() for one in slices] for column, slices in self.slices.items()},
            "least_certain": self.least_certain.to_dict() if self.least_certain else None,
        }
