"""Reading a model directory: every byte is checked before it is used."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BufferedReader
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Self

from sentiment.errors import ModelDirectoryError
from sentiment.files import TooLargeError, UnreadableError, open_file, parse_json
from sentiment.model_dir.known import called
from sentiment.model_dir.manifest import CONFIG_FILE, ENCODER, MAX_BYTES, METRICS_FILE, FileRecord, Manifest

if TYPE_CHECKING:
    from sentiment.config import Config

_MAX_METRICS = 4_000_000
"""Most values and keys of metrics.json; no confusion matrix is stored for many classes: it alone would have more."""
_COPY_AGAIN = "copy the directory again from an intact copy, or train it again"


class OversizedFileError(ModelDirectoryError):
    """A file is larger than is ever read, as metrics of older versions may be; the model itself may be fine."""


@dataclass(frozen=True)
class ModelDirectory:
    """A directory with a valid manifest; its files are checked one by one, as they are read.

    Attributes:
        path: Its path.
        manifest: Its manifest.
    """

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path, *, allow_encoder: bool = False) -> Self:
        """Read the manifest of a directory.

        Args:
            path: The directory.
            allow_encoder: Whether it may hold an encoder, which makes no predictions.

        Raises:
            ModelDirectoryError: There is no such directory, its manifest is missing, invalid or of a newer format, or
                it holds an encoder where a model is required.
        """
        manifest = Manifest.read(path)
        if manifest.kind == ENCODER and not allow_encoder:
            raise ModelDirectoryError(
                f"{called(path)}: an encoder, which has no classes; "
                f"train a model from it with: sentiment train --from {quote(called(path))}"
            )
        return cls(path, manifest)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the logits."""
        return self.manifest.labels

    @property
    def created(self) -> datetime:
        """When the directory was written, with its time zone."""
        return self.manifest.created

    def fingerprint(self) -> str:
        """Return a SHA-256 of the manifest, and so of every file of the model."""
        return self.manifest.fingerprint()

    @property
    def max_tokens(self) -> int:
        """Tokens that the model reads at once; a longer text is read in several windows."""
        return self.manifest.max_tokens

    @cached_property
    def config(self) -> "Config":
        """The experiment that made the model; parsed on first access.

        Raises:
            ModelDirectoryError: The file is truncated or altered.
            ConfigError: It is not an experiment that this version supports.
        """
        from sentiment.config import parse_config

        return parse_config(self.read(CONFIG_FILE), source=str(self.path / CONFIG_FILE), is_record=True)

    def metrics(self) -> dict[str, Any]:
        """Read the metrics of the training, checked only to be JSON; `Figures` checks the rest.

        Raises:
            ModelDirectoryError: The model was written without them, or the file is altered or not a JSON object.
        """
        path = self.path / METRICS_FILE
        try:
            metrics = parse_json(self.read(METRICS_FILE), max_structure=_MAX_METRICS, allow_surrogates=True)
        except UnreadableError as error:
            kind = OversizedFileError if isinstance(error, TooLargeError) else ModelDirectoryError
            raise kind(f"{path}: {error}; train the model again") from error
        if not isinstance(metrics, dict):
            raise ModelDirectoryError(f"{path}: not a JSON object; train the model again")
        return metrics

    def read(self, name: str) -> bytes:
        """Read a whole file and compare it with the manifest.

        Raises:
            ModelDirectoryError: The manifest does not list the file, or lists it as larger than such a file can be; it
                is missing, not a regular file, truncated or altered.
        """
        record = self.manifest.files.get(name)
        path = self.path / name
        if record is None:
            raise ModelDirectoryError(f"{path}: the model was written without this file; train it again to have one")
        if record.size_bytes > (most := MAX_BYTES.get(name, record.size_bytes)):
            fault = f"has {record.size_bytes:,} bytes, but such a file has at most {most:,}"
            raise OversizedFileError(f"{path}: {fault}; {_COPY_AGAIN}")
        with _open(path, record) as file:
            content = file.read(record.size_bytes + 1)
        _compare(path, FileRecord(len(content), hashlib.sha256(content).hexdigest()), record)
        return content

    def check_lengths(self) -> None:
        """Open all files and compare their sizes with the manifest, without reading them.

        Raises:
            ModelDirectoryError: One is missing or has another size.
        """
        for name, record in self.manifest.files.items():
            with _open(self.path / name, record):
                pass

    def verify(self) -> None:
        """Compare every file with the manifest.

        Raises:
            ModelDirectoryError: One is missing, truncated or altered.
        """
        for name, record in self.manifest.files.items():
            with _open(self.path / name, record) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                _compare(self.path / name, FileRecord(file.tell(), digest), record)


@contextmanager
def _open(path: Path, record: FileRecord) -> Iterator[BufferedReader]:
    """Open a file, and check its size against the manifest."""
    try:
        with open_file(path) as file:
            _check_size(path, os.fstat(file.fileno()).st_size, record)
            yield file
    except UnreadableError as error:
        raise ModelDirectoryError(f"{path}: {error}; {_COPY_AGAIN}") from error
    except FileNotFoundError as error:
        raise ModelDirectoryError(f"{path}: missing; {_COPY_AGAIN}") from error
    except OSError as error:
        raise ModelDirectoryError(f"{path}: cannot be read ({error.strerror}); {_COPY_AGAIN}") from error


def _check_size(path: Path, size_bytes: int, record: FileRecord) -> None:
    if size_bytes != record.size_bytes:
        fault = f"truncated or altered ({size_bytes:,} bytes, not {record.size_bytes:,})"
        raise ModelDirectoryError(f"{path}: {fault}; {_COPY_AGAIN}")


def _compare(path: Path, found: FileRecord, record: FileRecord) -> None:
    if found != record:
        raise ModelDirectoryError(f"{path}: altered (its SHA-256 does not match the manifest); {_COPY_AGAIN}")
