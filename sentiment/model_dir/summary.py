"""A summary of a model or an encoder, read from its directory without its weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir.directory import ModelDirectory, OversizedFileError
from sentiment.model_dir.manifest import METRICS_FILE

if TYPE_CHECKING:
    from sentiment.config import Config


@dataclass(frozen=True)
class ModelSummary:
    """A model or an encoder at a glance.

    Attributes:
        path: Its directory.
        kind: Which of the two it is.
        labels: Names of its classes; for an encoder those it was trained on, often none.
        max_tokens: Tokens that it reads at once.
        created: When it was written, with its time zone.
        sentiment_version: The version that wrote it.
        file_sizes: The size of every file except the manifest in bytes, by name.
        metrics: The content of `metrics.json`; empty if the model was written without it, or if it is `unread`.
        unread: Why the metrics were not read though the model may be fine; None if they were.
    """

    path: Path
    kind: str
    labels: tuple[str, ...]
    max_tokens: int
    created: datetime
    sentiment_version: str
    file_sizes: Mapping[str, int]
    metrics: Mapping[str, Any]
    unread: str | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a model directory's manifest and metrics, and check the sizes of all its files.

        Raises:
            ModelDirectoryError: It is not a model directory, a file is missing or has another size, or the metrics are
                altered or not a JSON object.
        """
        directory = ModelDirectory.open(path, allow_encoder=True)
        directory.check_lengths()
        manifest = directory.manifest
        metrics, unread = {}, None
        try:
            metrics = directory.metrics() if METRICS_FILE in manifest.files else {}
        except OversizedFileError as error:
            unread = str(error)
        return cls(
            path=path,
            kind=manifest.kind,
            labels=manifest.labels,
            max_tokens=manifest.max_tokens,
            created=manifest.created,
            sentiment_version=manifest.sentiment_version,
            file_sizes={name: record.size_bytes for name, record in manifest.files.items()},
            metrics=metrics,
            unread=unread,
        )

    @property
    def size_bytes(self) -> int:
        """Total size of all files except the manifest, in bytes."""
        return sum(self.file_sizes.values())

    @property
    def validation_accuracy(self) -> float | None:
        """Accuracy on the validation rows, 0 to 1; None if the metrics have none.

        Raises:
            ModelDirectoryError: It is not a number from 0 to 1.
        """
        accuracy = self.figure("validation", "accuracy")
        if accuracy is None:
            return None
        if isinstance(accuracy, bool) or not isinstance(accuracy, int | float) or not 0 <= accuracy <= 1:
            path = self.path / METRICS_FILE
            raise ModelDirectoryError(
                f"{path}: 'validation.accuracy' is not a number from 0 to 1; train the model again"
            )
        return float(accuracy)

    @property
    def weakness(self) -> str | None:
        """Why it must not be the default model; None if the metrics give no reason."""
        if self.figure("data", "is_fallback") is True:
            asked = self.figure("data", "asked_source")
            return f"it was trained only on the sample that ships with sentiment, because {asked} could not be reached"
        validated = self.figure("majority_class", "validation_accuracy")
        for how, majority in (("validation", validated), ("cross_validation", self._largest_class())):
            interval = self.figure(how, "accuracy_interval")
            figures = [self.figure(how, "accuracy"), *(interval if isinstance(interval, list) else ()), majority]
            shares = [share for figure in figures if (share := _share(figure)) is not None]
            if len(shares) == len(figures) == 4 and shares[1] <= shares[3]:
                return (
                    "its {} accuracy of {:.2%} ({:.2%} to {:.2%}) is not clearly better than the {:.2%} of always "
                    "predicting one label"
                ).format(how.replace("_", "-"), *shares)
        return None

    def _largest_class(self) -> float | None:
        """Return the share of the most frequent label among the rows of cross-validation."""
        rows, per_class = self.figure("cross_validation", "n"), self.figure("cross_validation", "per_class")
        if not isinstance(rows, int) or rows < 1 or not isinstance(per_class, Mapping):
            return None
        supports = [self.figure("cross_validation", "per_class", label, "support") for label in per_class]
        return max((support / rows for support in supports if isinstance(support, int)), default=None)

    def figure(self, *keys: str) -> Any:
        """Look up one of the metrics, as in `figure("data", "train", "name")`; None if it is missing."""
        value: Any = self.metrics
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def check_figures(self) -> None:
        """Check the types of all figures that are shown to people; a list of models, which shows one, need not.

        Raises:
            ModelDirectoryError: One has a wrong type.
        """
        from sentiment.model_dir.figures import Figures  # imports pydantic

        Figures.of(self.metrics, self.path / METRICS_FILE)

    def read_config(self) -> "Config":
        """Read the experiment that made the model.

        Raises:
            ModelDirectoryError: The file is truncated or altered.
            ConfigError: It is not an experiment that this version supports.
        """
        return ModelDirectory.open(self.path, allow_encoder=True).config


def _share(value: object) -> float | None:
    """Return a number from 0 to 1, and None for anything else."""
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None
