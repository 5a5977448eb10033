"""Unfinished files: each has a temporary name, and is renamed to its target when complete."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

from sentiment.bulk.output.attributes import keep_attributes
from sentiment.bulk.output.paths import lock, output_error, part_of, whole_of
from sentiment.errors import OutputError
from sentiment.writing import sync

_PRIVATE = 0o600
_BLOCK_BYTES = 1 << 20


class PartFile:
    """An unfinished file; `place` renames it to its target.

    It is locked while its run is alive, and only files opened by this run are ever renamed or deleted.

    Attributes:
        path: Its temporary path.
        target: Its final path.
        size: Bytes written.
    """

    def __init__(self, path: Path, target: Path, mode: int, descriptor: int) -> None:
        self.path = path
        self.target = target
        self.size = 0
        self._mode = mode
        self._digest = hashlib.sha256()
        self._file = os.fdopen(descriptor, "r+b")
        self._identity = os.fstat(descriptor)
        try:
            lock(descriptor, path)
        except OutputError:
            self._file.close()
            raise

    @classmethod
    def create(cls, target: Path, mode: int) -> Self:
        """Create an empty file at `<target>.part`, where no file or link may exist.

        Args:
            target: Its final path.
            mode: Permission bits, if it replaces nothing; until it replaces another, the file is private.

        Raises:
            OutputError: It can't be made.
        """
        return cls._create(part_of(target), target, mode)

    @classmethod
    def reopen(cls, target: Path, mode: int, size: int, sha256: str) -> Self:
        """Open the file of an earlier run at `<target>.part`, and truncate it to the last valid state.

        Args:
            target: Its final path.
            mode: As for `create`, if nothing is kept.
            size: Bytes to keep.
            sha256: Their digest.

        Raises:
            OutputError: It cannot be opened, or its first `size` bytes differ from what the earlier run wrote.
        """
        path = part_of(target)
        try:
            if not size:  # no content to verify, so it could be any file
                path.unlink(missing_ok=True)
                return cls.create(target, mode)
            part = cls(path, target, mode, os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK))
            if not part._holds(size, sha256):
                part.close()
                raise OutputError(f"{path}: does not contain what the earlier run wrote; start over with `force`")
            os.ftruncate(part._file.fileno(), size)
            part._file.seek(size)
        except OSError as error:
            raise output_error(path, error) from error
        return part

    def for_whole(self) -> Self:
        """Create an empty file at `<target>.whole`, to be written from this one.

        Raises:
            OutputError: It can't be made.
        """
        return self._create(whole_of(self.target), self.target, self._mode)

    @property
    def sha256(self) -> str:
        """Digest of everything written."""
        return self._digest.hexdigest()

    @property
    def file(self) -> BinaryIO:
        """The file itself, for writers that need to seek; call `measure` afterwards."""
        return self._file

    def measure(self) -> None:
        """Compute size and digest of what was written to `file`.

        Raises:
            OSError: It cannot be read.
        """
        self._file.seek(0)
        digest = hashlib.file_digest(self._file, "sha256")
        self.size, self._digest = self._file.tell(), digest

    def lines(self) -> Iterator[bytes]:
        """Yield what was written, line by line."""
        self._file.seek(0)
        yield from self._file

    def write(self, content: bytes) -> None:
        """Append bytes."""
        try:
            self._file.write(content)
        except OSError as error:
            raise output_error(self.path, error) from error
        self._digest.update(content)
        self.size += len(content)

    def sync(self) -> None:
        """Return when everything written is on disk.

        Raises:
            OutputError: It cannot be written, or another file is at its path.
        """
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise output_error(self.path, error) from error
        if not self._is_in_place():
            raise OutputError(
                f"{self.path}: was deleted or replaced during the run; start over with `force`, and do not touch it"
            )

    def close(self) -> None:
        """Close the unfinished file and keep it."""
        with suppress(OSError):  # data that did not fit on a full disk is not part of a valid state
            self._file.close()

    def place(self, *, may_replace: bool) -> None:
        """Rename the file to its target, and return when that is on disk.

        Args:
            may_replace: Whether it may replace an existing file, whose attributes it then gets.

        Raises:
            OutputError: It cannot be renamed, or a file exists there that may not be replaced.
        """
        self.sync()
        try:
            if os.path.lexists(self.target):
                if not may_replace:
                    raise OutputError(
                        f"{self.target}: was created by something else during the run; move it away and "
                        "continue with `resume`, or replace it with `resume` `force`"
                    )
                if stat.S_ISREG(self.target.lstat().st_mode):
                    keep_attributes(self._file.fileno(), self.target)
            self.path.replace(self.target)
            sync(self.target.parent)
        except OSError as error:
            raise output_error(self.target, error) from error
        self.close()

    def discard(self) -> None:
        """Delete the unfinished file."""
        if self._is_in_place():
            self.path.unlink(missing_ok=True)
        self.close()

    @classmethod
    def _create(cls, path: Path, target: Path, mode: int) -> Self:
        bits = _PRIVATE if os.path.lexists(target) else mode
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, bits)
        except OSError as error:
            raise output_error(path, error) from error
        return cls(path, target, mode, descriptor)

    def _holds(self, size: int, sha256: str) -> bool:
        if not stat.S_ISREG(self._identity.st_mode) or self._identity.st_nlink > 1:
            return False
        while block := self._file.read(min(_BLOCK_BYTES, size - self.size)):
            self._digest.update(block)
            self.size += len(block)
        return self.size == size and self.sha256 == sha256

    def _is_in_place(self) -> bool:
        """Return whether the open file is still at its path."""
        try:
            return os.path.samestat(self._identity, self.path.lstat())
        except OSError:
            return False
