"""The rows that a model was calibrated on, as they are kept in its directory: what its promises rest on."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from sentiment.errors import ModelDirectoryError
from sentiment.files import UnreadableError, parse_json
from sentiment.model_dir.directory import ModelDirectory
from sentiment.model_dir.manifest import CALIBRATION_FILE

MOST_CALIBRATION_ROWS = 20_000


@dataclass(frozen=True)
class CalibrationRows:
    """Rows with a true label, and what the calibrated model predicts for each; without their texts.

    Attributes:
        data: where they come from, for people.
        truth: the true class of each, as its position among the labels.
        predicted: the most probable class of each.
        confidence: its probability.
        num_tokens: tokens of each text.
        unknown_tokens: those of them that the model has never seen.
    """

    data: str
    truth: tuple[int, ...]
    predicted: tuple[int, ...]
    confidence: tuple[float, ...]
    num_tokens: tuple[int, ...]
    unknown_tokens: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.truth)

    def to_json(self) -> str:
        """Return the content of the file."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, directory: ModelDirectory) -> Self | None:
        """Read them from a model directory; None if it has none.

        Raises:
            ModelDirectoryError: the file is missing or altered, or has an impossible value.
        """
        if CALIBRATION_FILE not in directory.manifest.files:
            return None
        path = directory.path / CALIBRATION_FILE
        try:
            fields = parse_json(directory.read(CALIBRATION_FILE))
            return cls._parse(fields, len(directory.labels))
        except (UnreadableError, ValueError) as error:
            raise ModelDirectoryError(f"{path}: {error}; calibrate the model again") from error

    @classmethod
    def _parse(cls, fields: Any, num_classes: int) -> Self:
        if not isinstance(fields, dict) or not isinstance(fields.get("data"), str):
            raise ValueError("does not say what the model was calibrated on")
        highest = {"truth": num_classes - 1, "predicted": num_classes - 1, "confidence": 1.0}
        columns: dict[str, tuple[Any, ...]] = {}
        for name in ("truth", "predicted", "confidence", "num_tokens", "unknown_tokens"):
            values, kind = fields.get(name), float if name == "confidence" else int
            if not isinstance(values, list) or not 1 <= len(values) <= MOST_CALIBRATION_ROWS:
                raise ValueError(f"{name} is not a list of 1 to {MOST_CALIBRATION_ROWS:,} numbers")
            if not all(type(value) is kind and 0 <= value <= highest.get(name, 2**31) for value in values):
                raise ValueError(f"{name} has an impossible value")
            columns[name] = tuple(values)
        if len(set(map(len, columns.values()))) > 1:
            raise ValueError("its lists differ in length")
        return cls(fields["data"], **columns)
