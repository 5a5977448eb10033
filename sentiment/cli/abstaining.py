"""`predict --max-error` and `--unsure-below`: a label only where it is sure enough."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from sentiment.callbacks import Notify
from sentiment.cli.command import finite
from sentiment.cli.loading import LoadedModel

if TYPE_CHECKING:
    from sentiment.inference.abstention import Promise
    from sentiment.inference.drift import WatchedClassifier

MaxErrorOption = Annotated[
    float | None,
    typer.Option(
        "--max-error",
        metavar="R",
        min=0.0001,
        max=0.5,
        callback=finite,
        help="Leave unsure texts without a label, so that at most this share of the labels is wrong, with 95 % "
        "confidence; for a model from sentiment calibrate.",
    ),
]
UnsureBelowOption = Annotated[
    float | None,
    typer.Option(
        "--unsure-below",
        metavar="P",
        min=0.0,
        max=1.0,
        callback=finite,
        help="Leave texts without a label whose probability is below this; promises nothing.",
    ),
]


@dataclass(frozen=True)
class Abstaining:
    """When a text gets no label.

    Attributes:
        max_error: the largest share of wrong labels; None without a promise.
        unsure_below: the lowest probability of a label; None for none.
    """

    max_error: float | None = None
    unsure_below: float | None = None

    def check(self) -> None:
        """Refuse both at once.

        Raises:
            typer.BadParameter: Both are given.
        """
        if self.max_error is not None and self.unsure_below is not None:
            raise typer.BadParameter(
                "cannot be combined with --unsure-below: it finds the threshold itself", param_hint="--max-error"
            )

    def prepare(self, loaded: LoadedModel, notify: Notify) -> "tuple[LoadedModel, Watch | None]":
        """Return the model with its threshold, and what watches its predictions if there is a promise.

        Raises:
            DataError: No threshold is proved to keep the error.
            ModelDirectoryError: The model was not calibrated on rows of the user's.
        """
        if self.max_error is None:
            return replace(loaded, unsure_below=self.unsure_below), None
        from sentiment.inference.abstention import Promise
        from sentiment.inference.drift import WatchedClassifier
        from sentiment.model_dir import ModelDirectory

        promise = Promise.of(ModelDirectory.open(loaded.classifier.path), self.max_error)
        notify(promise.summary())
        watched = WatchedClassifier(loaded.classifier)
        return replace(loaded, unsure_below=promise.threshold, watched=watched), Watch(promise, watched)


@dataclass(frozen=True)
class Watch:
    """A promise, and the predictions that it is to hold for."""

    promise: "Promise"
    watched: "WatchedClassifier"

    def warn(self, notify: Notify) -> None:
        """Warn if the predicted rows look different from those that the promise rests on."""
        drifts = self.watched.drift_from(self.promise.rows)
        if not drifts:
            return
        found = "; ".join(
            one.what if one.means is None else f"{one.what} (mean {one.means[0]:.3g} there, {one.means[1]:.3g} here)"
            for one in drifts
        )
        notify(
            f"WARNING: these texts differ from the calibration rows of {self.promise.rows.data} in {found}: the "
            f"promised error of {self.promise.max_error:.1%} may not hold; calibrate on texts like these"
        )
