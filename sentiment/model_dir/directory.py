"""A model directory as its readers see it: every byte checked before it is used."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sentiment.errors import ModelDirectoryError
from sentiment.model_dir.known import called
from sentiment.model_dir.manifest import CONFIG_FILE, ENCODER, FileRecord, Manifest

if TYPE_CHECKING:
    from sentiment.config import Config

_COPY_AGAIN = "copy the directory again from where it is whole, or train it again"


@dataclass(frozen=True)
class ModelDirectory:
    """A directory whose manifest has been read and found sound; its files are checked one by one, as they are read.

    Attributes:
        path: Where it is.
        manifest: What it must hold.
    """

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path, *, allow_encoder: bool = False) -> Self:
        """Read the manifest of a directory.

        Args:
            path: The directory.
            allow_encoder: Whether it may hold an encoder, which gives no answers.

        Raises:
            ModelDirectoryError: There is no such directory, or its manifest is missing, broken or of a newer format, or
                it holds an encoder where a model is wanted.
        """
        manifest = Manifest.read(path)
        if manifest.kind == ENCODER and not allow_encoder:
            raise ModelDirectoryError(
                f"{called(path)}: an encoder, which knows no classes; "
                f"make a model of it with: sentiment train --from {called(path)}"
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
        """Return a SHA-256 over the manifest, and so over every file of the model."""
        return hashlib.sha256(self.manifest.to_json().encode()).hexdigest()

    @property
    def max_tokens(self) -> int:
        """Tokens that the model reads at once; a longer text is read in several windows."""
        return self.manifest.max_tokens

    @cached_property
    def config(self) -> "Config":
        """The experiment that made the model; parsed when first asked for.

        Raises:
            ModelDirectoryError: The file is truncated or altered.
            ConfigError: It describes no experiment that this version knows.
        """
        from sentiment.config import parse_config

        return parse_config(self.read(CONFIG_FILE).decode(), source=str(self.path / CONFIG_FILE))

    def read(self, name: str) -> bytes:
        """Read a file whole and compare it with the manifest.

        Raises:
            ModelDirectoryError: The manifest does not list the file; it is missing, or truncated, or altered.
        """
        record = self.manifest.files.get(name)
        path = self.path / name
        if record is None:
            raise ModelDirectoryError(f"{path}: the model was written without this file; train it again to have one")
        # Asked first: opening a pipe would wait forever, and a wrong file may be larger than the memory.
        _check_length(path, record)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise _unreadable(path, error) from error
        if FileRecord(len(content), hashlib.sha256(content).hexdigest()) != record:
            raise ModelDirectoryError(f"{path}: altered (its SHA-256 is not the manifest's); {_COPY_AGAIN}")
        return content

    def check_lengths(self) -> None:
        """Compare the lengths of all files with the manifest, and read none.

        Raises:
            ModelDirectoryError: One is missing or has another length.
        """
        for name, record in self.manifest.files.items():
            _check_length(self.path / name, record)

    def verify(self) -> None:
        """Compare every file with the manifest.

        Raises:
            ModelDirectoryError: One is missing, truncated or altered.
        """
        for name in self.manifest.files:
            self.read(name)


def _check_length(path: Path, record: FileRecord) -> None:
    try:
        size_bytes = path.stat().st_size if path.is_file() else None
    except OSError as error:
        raise _unreadable(path, error) from error
    if size_bytes is None:
        raise ModelDirectoryError(f"{path}: missing; {_COPY_AGAIN}")
    if size_bytes != record.size_bytes:
        fault = f"truncated or altered ({size_bytes:,} bytes, not {record.size_bytes:,})"
        raise ModelDirectoryError(f"{path}: {fault}; {_COPY_AGAIN}")


def _unreadable(path: Path, error: OSError) -> ModelDirectoryError:
    return ModelDirectoryError(f"{path}: cannot be read ({error.strerror}); {_COPY_AGAIN}")
