"""The figures of `metrics.json` that are read again, and their types."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir.directory import ModelDirectory
from sentiment.model_dir.manifest import METRICS_FILE

Count = Annotated[int, Field(ge=0, lt=2**63)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class _Part(BaseModel):
    """Some fields of an object in the file; the others are ignored."""

    model_config: ClassVar[ConfigDict] = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


class _RowCounts(_Part):
    used: Count | None = None


class _Rows(_Part):
    name: str | None = None
    sha256: str | None = None
    counts: _RowCounts = _RowCounts()


class _Data(_Part):
    asked_source: str | None = None
    is_fallback: bool | None = None
    train: _Rows = _Rows()
    validation: _Rows = _Rows()


class _ClassFigures(_Part):
    precision: Share
    recall: Share
    f1: Share
    support: Count


class _Validation(_Part):
    n: Count | None = None
    accuracy: Share | None = None
    accuracy_interval: Annotated[list[Share], Field(min_length=2, max_length=2)] | None = None
    macro_f1: Share | None = None
    per_class: dict[str, _ClassFigures] | None = None


class _Fit(_Part):
    ece: Share | None = None


class _Calibration(_Part):
    data: str | None = None
    n: Count | None = None
    before: _Fit | None = None
    after: _Fit | None = None


class _MajorityClass(_Part):
    validation_accuracy: Share | None = None


class _Origin(_Part):
    path: str | None = None


class Figures(_Part):
    """The metrics of a training that are read again; None where there are none.

    Attributes:
        data: the rows that a classifier was trained on.
        ratings: the grades that an encoder was trained on, ascending.
        epochs: figures of each epoch, by name.
    """

    data: _Data = _Data()
    started_from: _Origin | None = None
    validation: _Validation | None = None
    cross_validation: _Validation | None = None
    calibration: _Calibration | None = None
    majority_class: _MajorityClass | None = None
    parameters: Count | None = None
    vocab_size: Count | None = None
    training_texts: Count | None = None
    sources: dict[str, Any] | None = None
    ratings: list[int] | None = None
    epochs: list[dict[str, float | bool | None]] | None = None
    training_seconds: Annotated[float, Field(ge=0.0, lt=2**63)] | None = None
    seed: int | None = None
    threads: Count | None = None
    versions: dict[str, str] | None = None
    command: list[str] | None = None

    @classmethod
    def read(cls, directory: ModelDirectory) -> Self:
        """Read them from a model directory and check them.

        Raises:
            ModelDirectoryError: the file is missing, altered or not a JSON object, or one of them has a wrong type.
        """
        return cls.of(directory.metrics(), directory.path / METRICS_FILE)

    @classmethod
    def of(cls, metrics: Mapping[str, Any], path: Path) -> Self:
        """Check the content of the file at `path`.

        Raises:
            ModelDirectoryError: a figure has a wrong type or an impossible value.
        """
        try:
            return cls.model_validate(metrics)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            key = ".".join(map(str, fault["loc"]))[:80]
            raise ModelDirectoryError(f"{path}: {key!r}: {fault['msg']}; train the model again") from error


def metrics_json(metrics: dict[str, Any]) -> str:
    """Return the text of metrics.json."""
    return json.dumps(metrics, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
