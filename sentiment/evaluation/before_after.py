"""A model trained further, beside the model that it started from, on the same rows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentiment.callbacks import Notify
from sentiment.data import MIN_DRAWN, LabelledTexts, ReviewSheet, drawn_rows
from sentiment.errors import DataError
from sentiment.evaluation.answers import Answers
from sentiment.evaluation.training_origin import TrainingOrigin
from sentiment.inference import Classifier
from sentiment.metrics import accuracy_interval
from sentiment.model_dir import ModelDirectory, called
from sentiment.stats.comparing import mcnemar
from sentiment.wording import shown_p_value


@dataclass(frozen=True)
class BeforeAfter:
    """The accuracy of a model and of the one that it started from.

    Attributes:
        old: name of the model that it started from.
        rows: on which both are measured, for people.
        n: rows.
        before: accuracy of the old model.
        after: accuracy of the new one.
        before_interval: Wilson's 95 % interval.
        after_interval: the same of the new one.
        p_value: McNemar's, exact; None where the new one was measured by cross-validation.
    """

    old: str
    rows: str
    n: int
    before: float
    after: float
    before_interval: tuple[float, float]
    after_interval: tuple[float, float]
    p_value: float | None

    @property
    def is_worse(self) -> bool:
        """Whether the new model is right less often."""
        return self.after < self.before

    def summary(self) -> str:
        """Return it in one line."""
        p_value = "" if self.p_value is None else f"; McNemar, exact: {shown_p_value(self.p_value)}"
        return (
            f"on {self.n:,} {self.rows}: the new model {self.after:.2%} ({self.after_interval[0]:.2%} to "
            f"{self.after_interval[1]:.2%}), {self.old} before {self.before:.2%} ({self.before_interval[0]:.2%} to "
            f"{self.before_interval[1]:.2%}){p_value}"
        )


def before_and_after(new: Path, old: Path, notify: Notify) -> BeforeAfter | None:
    """Measure both models on rows that the new one was not fitted to: test, else validation, else training rows.

    By the training rows, the new model has its accuracy from cross-validation: of each row by a fit on the others. Of a
    review sheet, only the rows drawn at random count: on those of which a model was unsure, it does worse than on
    others, and so the next one seems better than it is.

    Args:
        new: the directory of the model that was trained.
        old: the directory of the model that it started from.
        notify: gets notes on reading the rows.

    Returns:
        None if there are no such rows, or the old model has other classes.

    Raises:
        DataError: the rows cannot be read again, or too few of a review sheet were drawn at random.
        ModelDirectoryError: a model cannot be read.
    """
    origin = TrainingOrigin.read(ModelDirectory.open(new))
    splits = origin.load(notify)
    for rows, kind in ((splits.test, "test rows"), (splits.validation, "validation rows")):
        if rows is not None and rows.texts:
            return _paired(new, old, *_fair(rows, kind))
    found = origin.cross_validation
    if found is None:
        return None
    rows, kind = _fair(splits.train, "training rows", is_known_fair=origin.is_cross_validated_on_drawn)
    before = _answers(old, rows)
    if before is None:
        return None
    right, n = int(np.count_nonzero(before.is_right)), len(before)
    predicted = "which" if found.n == n else f"{found.n:,} of which"
    return BeforeAfter(
        old=called(old),
        rows=f"{kind}, {predicted} the new model predicts by cross-validation",
        n=n,
        before=right / n,
        after=found.accuracy,
        before_interval=accuracy_interval(right, n),
        after_interval=found.accuracy_interval,
        p_value=None,
    )


def _fair(rows: LabelledTexts, kind: str, *, is_known_fair: bool | None = None) -> tuple[LabelledTexts, str]:
    """Return the rows that favour neither model, and what they are, for people.

    Args:
        rows: that the new model was not fitted to.
        kind: what they are.
        is_known_fair: whether of a review sheet only random rows were scored already; None where none were.

    Raises:
        DataError: they are of a review sheet, and too few were drawn at random.
    """
    sheet = ReviewSheet.of(rows)
    drawn, unsure = len(sheet.drawn), len(sheet.least_certain)
    if not unsure:
        return rows, kind
    if drawn < MIN_DRAWN or is_known_fair is False:
        raise DataError(
            f"only {drawn:,} of the {drawn + unsure:,} {kind} were drawn at random, at least {MIN_DRAWN} are needed; "
            "the others were chosen because a model was unsure, which favours the new one; compare them on other rows "
            "with sentiment compare"
        )
    return drawn_rows(rows), f"{kind} drawn at random, without {unsure:,} chosen because a model was unsure"


def _paired(new: Path, old: Path, rows: LabelledTexts, kind: str) -> BeforeAfter | None:
    before, after = _answers(old, rows), _answers(new, rows)
    if before is None or after is None or len(before) != len(after):
        return None
    n, was, now = len(before), before.is_right, after.is_right
    return BeforeAfter(
        old=called(old),
        rows=kind,
        n=n,
        before=float(was.mean()),
        after=float(now.mean()),
        before_interval=accuracy_interval(int(was.sum()), n),
        after_interval=accuracy_interval(int(now.sum()), n),
        p_value=mcnemar(int((now & ~was).sum()), int((was & ~now).sum())),
    )


def _answers(model: Path, rows: LabelledTexts) -> Answers | None:
    """Return the predictions of the rows that have one; None if a label is not among the model's, or there are none."""
    classifier = Classifier.load(model)
    try:
        return Answers.of(classifier.score(rows.texts), rows, classifier.labels).readable(rows.name)
    except DataError:
        return None
