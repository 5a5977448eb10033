"""What a model was trained on, according to its directory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pydantic import TypeAdapter, ValidationError

from sentiment.callbacks import Notify
from sentiment.config import DataConfig
from sentiment.data import (
    GIVEN,
    RANDOM,
    LabelledTexts,
    Splits,
    drawn_rows,
    is_file_name,
    known_spelling,
    load_splits,
    sha256_before_division,
    sha256_in_any_order,
)
from sentiment.errors import DataError, ModelDirectoryError
from sentiment.metrics import ClassificationMetrics
from sentiment.model_dir import METRICS_FILE, ModelDirectory
from sentiment.model_dir.figures import Figures

_Found = TypeAdapter(ClassificationMetrics | None)


@dataclass(frozen=True)
class TrainingOrigin:
    """Where a model's training rows came from, according to its directory.

    Attributes:
        config: how they were read and split.
        asked_source: the data set that was requested for the training.
        is_fallback: whether that could not be reached, so that the model was trained on the sample instead.
        sha256: of the training and of the validation rows.
        cross_validation: the metrics of cross-validation on them; None without it.
        is_cross_validated_on_drawn: whether those are only of the randomly drawn rows of a review sheet.
        labels: of the model.
        undivided_sha256: of the rows of a file before the training held some of them out, in any order; None if that
            is not known, as for a model of an earlier version.
    """

    config: DataConfig
    asked_source: str
    is_fallback: bool
    sha256: tuple[str, str]
    cross_validation: ClassificationMetrics | None = None
    is_cross_validated_on_drawn: bool = False
    labels: tuple[str, ...] = ()
    undivided_sha256: str | None = None

    @classmethod
    def read(cls, directory: ModelDirectory) -> Self:
        """Read it from the config and the metrics of a model directory.

        Raises:
            ModelDirectoryError: if a file is missing or altered, or the metrics lack it.
        """
        path, metrics = directory.path / METRICS_FILE, directory.metrics()
        data = Figures.of(metrics, path).data
        train, validation = data.train.sha256, data.validation.sha256
        if data.asked_source is None or data.is_fallback is None or train is None or validation is None:
            raise ModelDirectoryError(f"{path}: does not say what the model was trained on; train it again")
        try:
            found = _Found.validate_python(metrics.get("cross_validation"))
        except ValidationError as error:
            raise ModelDirectoryError(
                f"{path}: 'cross_validation' contains no metrics; train the model again"
            ) from error
        return cls(
            config=directory.config.data,
            asked_source=data.asked_source,
            is_fallback=data.is_fallback,
            sha256=(train, validation),
            cross_validation=found,
            is_cross_validated_on_drawn=metrics.get("cross_validated_rows") == RANDOM,
            labels=directory.labels,
            undivided_sha256=metrics["data"].get("undivided_sha256"),
        )

    def has_divided(self, rows: LabelledTexts) -> bool:
        """Return whether the training has divided these rows, whatever their file is called, and in any order."""
        return self.undivided_sha256 is not None and self.undivided_sha256 == sha256_in_any_order(rows)

    def load(self, notify: Notify, others: Sequence[str] = ()) -> Splits:
        """Load the rows again, split as they were.

        Args:
            notify: gets notes on downloads and on rows that cannot be used.
            others: further columns to keep.

        Raises:
            DataError: if they cannot be reached, or have changed: another split would mix test and training rows.
            MissingExtraError: if reading them needs a package that is not installed.
        """
        source = self.config.source
        if source == GIVEN:
            raise DataError(f"{source}: the model was trained on rows passed by a program; choose others with `data`")
        if is_file_name(source) and not Path(source).exists():
            raise DataError(
                f"{source}: the file that the model was trained on is not here; run in the folder of the "
                "training, or choose rows with `data`"
            )
        splits = load_splits(self.config, allow_fallback=False, others=others, notify=notify)
        if self.sha256 not in (_digests(splits), _digests(splits, self.labels)) and not self._is_reordered(splits):
            raise DataError(
                f"{self.config.source}: the rows have changed since the model was trained on them; train it "
                "again, or choose a file of other rows with `data`"
            )
        return splits

    def _is_reordered(self, splits: Splits) -> bool:
        """Return whether only the order of the rows is another, on which the texts of a part do not depend."""
        return self.undivided_sha256 is not None and self.undivided_sha256 == sha256_before_division(splits)

    def cross_validated(self, train: LabelledTexts) -> LabelledTexts:
        """Return the training rows that the metrics of cross-validation are of."""
        return drawn_rows(train) if self.is_cross_validated_on_drawn else train


def _digests(splits: Splits, labels: Sequence[str] = ()) -> tuple[str, str]:
    """Return the digests of training and validation rows, with labels spelled as in an older model."""
    spelling = known_spelling({*splits.train.labels, *splits.validation.labels}, labels)
    train, validation = (
        replace(rows, labels=[spelling.get(label, label) for label in rows.labels]).sha256
        for rows in (splits.train, splits.validation)
    )
    return train, validation
