"""The manifest of a model directory: its files, their checksums, and what a prediction needs to know."""

import glob
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import MAXYEAR, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from sentiment.errors import ModelDirectoryError
from sentiment.files import CHECKSUM_KEY, checksum_of, parse_json, read_file

FORMAT_VERSION = 2
"""The format that this version writes, and the newest that it reads. Every older one stays readable."""

FORMAT_MINOR_KEY = "format_minor"
"""For format 1 only: from revision 1 on, the manifest has its own checksum, as every manifest of format 2 has."""

CONFIG_FILE = "config.yaml"
TOKENIZER_FILE = "tokenizer.json"
WEIGHTS_FILE = "model.safetensors"
ONNX_FILE = "model.onnx"
METRICS_FILE = "metrics.json"
README_FILE = "README.md"
CURVES_FILE = "curves.svg"
CALIBRATION_FILE = "calibration.json"
MANIFEST_FILE = "manifest.json"

CLASSIFIER, ENCODER = "classifier", "encoder"
"""The kind of a directory: a model that predicts, or an encoder for `train --from`."""

SINGLE_LABEL = "single_label"
TASKS = (SINGLE_LABEL,)
"""The tasks of classifiers: one label per text, by softmax."""

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 1 / 64, 64.0
LARGEST_SCALE = 1e4
"""Largest size of a scale or a bias of a class."""

REQUIRED_FILES = {
    CLASSIFIER: (CONFIG_FILE, TOKENIZER_FILE, ONNX_FILE),
    ENCODER: (CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE),
}
"""The files that a directory of each kind must have."""

KNOWN_FILES = frozenset(
    {
        CONFIG_FILE,
        TOKENIZER_FILE,
        ONNX_FILE,
        WEIGHTS_FILE,
        METRICS_FILE,
        README_FILE,
        CURVES_FILE,
        CALIBRATION_FILE,
        MANIFEST_FILE,
    }
)

MAX_MANIFEST_BYTES = 16 * 2**20
MAX_BYTES: Mapping[str, int] = {
    CONFIG_FILE: 64 * 2**10,
    TOKENIZER_FILE: 128 * 10**6,  # of a million tokens with their merges, some 80
    METRICS_FILE: 64 * 2**20,  # the confusion matrix of 2,000 classes takes 40
    CALIBRATION_FILE: 4 * 2**20,
    ONNX_FILE: 2**31,  # no protobuf is larger
}
"""Size limits of files that are parsed; files that are only hashed are read in blocks."""
MOST_TOKENS = 2**31 - 1
"""Most tokens that a model may read at once."""
_T = TypeVar("_T")
_TRAIN_AGAIN = "train it again, or copy it again from an intact copy"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """The exact size and checksum of a file.

    Attributes:
        size_bytes: Its size.
        sha256: Its digest, 64 lower-case hexadecimal digits.
    """

    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """Measure a file; raises OSError if it cannot be read."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return cls(size_bytes=file.tell(), sha256=digest)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of `manifest.json`.

    Attributes:
        labels: Names of the classes, in the order of the logits; for an encoder those it was trained on, often none.
        max_tokens: Tokens that the model reads at once. It is in the config as well; here it saves a prediction the
            YAML reader and the schema, a third of its start-up.
        sentiment_version: The version that wrote the directory.
        created: When it was written, with its time zone.
        files: Every file of the directory except the manifest, by its plain name.
        kind: The kind of the directory, a key of `REQUIRED_FILES`. If missing, as in files from before encoders, a
            classifier.
        task: The task of a classifier, one of `TASKS`; an encoder has none.
        temperature: Divides a classifier's logits before the softmax. In format 1 the graph divides them itself, and
            this is 1.
        scales: Of each class, for `scaled_softmax` in place of the temperature; None for the temperature alone.
        biases: Of each class, with `scales`.
        format_version: The format that it was read from.
    """

    labels: tuple[str, ...]
    max_tokens: int
    sentiment_version: str
    created: datetime
    files: Mapping[str, FileRecord]
    kind: str = CLASSIFIER
    task: str = SINGLE_LABEL
    temperature: float = 1.0
    scales: tuple[float, ...] | None = None
    biases: tuple[float, ...] | None = None
    format_version: int = FORMAT_VERSION

    @property
    def class_scales(self) -> tuple[float, ...]:
        """What multiplies the logit of each class."""
        return self.scales or (1.0 / self.temperature,) * len(self.labels)

    def fingerprint(self) -> str:
        """Return a SHA-256 of its content, and so of every file of the model."""
        return hashlib.sha256(_rendered(self._fields()).encode()).hexdigest()

    def to_json(self) -> str:
        """Return the text of the file: indented, keys in a fixed order, ending with the checksum and a newline."""
        fields = self._fields()
        return _rendered(fields | {CHECKSUM_KEY: checksum_of(fields)})

    def _fields(self) -> dict[str, Any]:
        has_task = self.kind == CLASSIFIER and self.format_version > 1
        return {
            "format_version": self.format_version,
            "sentiment_version": self.sentiment_version,
            "created": self.created.isoformat(),
            "kind": self.kind,
            **({"task": self.task, "temperature": self.temperature} if has_task else {}),
            **({"scales": list(self.scales), "biases": list(self.biases)} if self.scales and self.biases else {}),
            "labels": list(self.labels),
            "max_tokens": self.max_tokens,
            "files": {name: asdict(record) for name, record in sorted(self.files.items())},
        }

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the manifest of a model directory and check every field.

        Raises:
            ModelDirectoryError: There is no such directory or it has no manifest, or the manifest is not JSON, is of a
                newer format, lacks a field, or has a value that no model can have.
        """
        path = directory / MANIFEST_FILE
        try:
            return cls._parse(parse_json(read_file(path, MAX_MANIFEST_BYTES)))
        except OSError as error:
            raise _missing(directory, error) from error
        except _NewerFormatError as error:
            raise ModelDirectoryError(f"{path}: {error}; upgrade sentiment") from error
        except ValueError as error:
            raise ModelDirectoryError(f"{path}: {error}; {_TRAIN_AGAIN}") from error

    @classmethod
    def _parse(cls, fields: object) -> Self:
        if not isinstance(fields, dict):
            raise ValueError("not a JSON object")
        version = _field(fields, "format_version", int)
        if version > FORMAT_VERSION:
            raise _NewerFormatError(f"format {version} is newer than the {FORMAT_VERSION} that this version reads")
        if version < 1:
            raise ValueError(f"format_version is {version}, but formats start at 1")
        _check_checksum(fields, version)
        kind = _field({"kind": CLASSIFIER} | fields, "kind", str)
        if kind not in REQUIRED_FILES:
            raise ValueError(f"kind is {kind[:80]!r}, not one of {', '.join(REQUIRED_FILES)}")
        has_task = kind == CLASSIFIER and version > 1
        task, temperature = _parse_task(fields) if has_task else (SINGLE_LABEL, 1.0)
        labels = check_labels(_field(fields, "labels", list), kind)
        scales, biases = (_parse_vector(fields, key, len(labels)) if has_task else None for key in ("scales", "biases"))
        if (scales is None) != (biases is None):
            raise ValueError("scales and biases must both be there, or none of them")
        max_tokens = _field(fields, "max_tokens", int)
        if not 1 <= max_tokens <= MOST_TOKENS:
            raise ValueError(f"max_tokens is {max_tokens}, not 1 to {MOST_TOKENS}")
        return cls(
            labels=labels,
            max_tokens=max_tokens,
            sentiment_version=_field(fields, "sentiment_version", str),
            created=_parse_created(_field(fields, "created", str)),
            files=_parse_files(_field(fields, "files", dict), kind),
            kind=kind,
            task=task,
            temperature=temperature,
            scales=scales,
            biases=biases,
            format_version=version,
        )


def _check_checksum(fields: dict[str, Any], version: int) -> None:
    """Compare the checksum with all other fields, known or not.

    The version at the start of the file implies that a checksum is at its end: no single cut loses both.
    """
    minor = _field({FORMAT_MINOR_KEY: 0} | fields, FORMAT_MINOR_KEY, int) if version == 1 else 1
    if not minor and CHECKSUM_KEY not in fields:
        return
    if _field(fields, CHECKSUM_KEY, str) != checksum_of(fields):
        raise ValueError("altered (its checksum does not match its content)")


def _rendered(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"


class _NewerFormatError(ValueError):
    """The directory was written by a later version."""


def check_labels(labels: list[Any], kind: str = CLASSIFIER) -> tuple[str, ...]:
    """Return the labels as a tuple of two or more distinct, non-empty strings. An encoder may have no labels at all.

    Raises:
        ValueError: They are not.
    """
    if kind == ENCODER and not labels:
        return ()
    if not all(isinstance(label, str) and label for label in labels):
        raise ValueError("labels must be non-empty strings")
    if len(labels) < 2:
        raise ValueError(f"labels must be at least two, got {len(labels)}")
    if len(set(labels)) != len(labels):
        raise ValueError("labels must all differ")
    return tuple(labels)


def _missing(directory: Path, error: OSError) -> ModelDirectoryError:
    """Return an error that names what is at the path of a model directory."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        if directory.is_dir():
            return ModelDirectoryError(f"{directory}: not a model directory (no {MANIFEST_FILE}); pass one")
        if directory.exists():
            return ModelDirectoryError(
                f"{directory}: a file, not a model directory; pass the directory that contains it"
            )
        if aside := interrupted_replacement(directory):
            return ModelDirectoryError(
                f"{directory}: a replacement was interrupted; its old model is {aside.name}, rename it back"
            )
        return ModelDirectoryError(
            f"{directory}: no such model directory; check the path, or train one with: sentiment train quick"
        )
    return ModelDirectoryError(f"{directory / MANIFEST_FILE}: cannot be read ({error.strerror}); check its permissions")


def interrupted_replacement(directory: Path) -> Path | None:
    """Return the path of the old model if a process was killed between the two renames of a replacement.

    The next replacement puts it back.
    """
    return next(directory.parent.glob(f".{glob.escape(directory.name)}.old-*"), None)


def _field(fields: dict[str, Any], key: str, kind: type[_T]) -> _T:
    if key not in fields:
        raise ValueError(f"{key} is missing")
    value = float(fields[key]) if kind is float and type(fields[key]) is int else fields[key]
    if type(value) is not kind:  # isinstance would accept true as an int
        raise ValueError(f"{key} must be {_JSON_KINDS[kind]}")
    return value


_JSON_KINDS: Mapping[type, str] = {
    int: "an integer",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}


def _parse_created(text: str) -> datetime:
    try:
        created = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"created is not an ISO 8601 time: {text[:80]!r}") from None
    if created.tzinfo is None:
        raise ValueError(f"created has no time zone: {text!r}")
    if not 1970 < created.year < MAXYEAR:  # the first and the last year that exist have no local time everywhere
        raise ValueError(f"created is not a possible time: {text!r}")
    return created


def _parse_files(files: dict[str, Any], kind: str) -> dict[str, FileRecord]:
    records = {}
    for name, fields in files.items():
        if not _is_plain_name(name):
            raise ValueError(f"files lists {name[:80]!r}, which is not a plain file name")
        if not isinstance(fields, dict):
            raise ValueError(f"files: {name} must be an object")
        size_bytes, sha256 = _field(fields, "size_bytes", int), _field(fields, "sha256", str)
        if not 0 <= size_bytes < 2**63 or len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError(f"files: {name} has an invalid size or SHA-256")
        records[name] = FileRecord(size_bytes, sha256)
    for name in REQUIRED_FILES[kind]:
        if name not in records:
            raise ValueError(f"files does not list {name}")
    return records


def _parse_task(fields: dict[str, Any]) -> tuple[str, float]:
    """Return the task of a classifier, and its temperature."""
    task = _field(fields, "task", str)
    if task not in TASKS:
        raise _NewerFormatError(f"task is {task[:80]!r}, but this version supports {', '.join(TASKS)}")
    temperature = _field(fields, "temperature", float)
    if not LOWEST_TEMPERATURE <= temperature <= HIGHEST_TEMPERATURE:
        raise ValueError(f"temperature is {temperature:g}, not {LOWEST_TEMPERATURE:g} to {HIGHEST_TEMPERATURE:g}")
    return task, temperature


def _parse_vector(fields: dict[str, Any], key: str, length: int) -> tuple[float, ...] | None:
    """Return a number for each class; None if the field is missing."""
    if key not in fields:
        return None
    numbers = [_field({key: number}, key, float) for number in _field(fields, key, list)]
    if len(numbers) != length or not all(abs(number) <= LARGEST_SCALE for number in numbers):
        raise ValueError(f"{key} must be {length} numbers of at most {LARGEST_SCALE:g}")
    return tuple(numbers)


def _is_plain_name(name: str) -> bool:
    """Return whether a name is inside the directory on every system: no separator, drive, parent or control code."""
    return name not in {"", ".", "..", MANIFEST_FILE} and name.isprintable() and not set(name) & set("/\\:")
