"""Bytes from a file or from standard input, decompressed if they are gzip."""

import gzip
import io
import os
import select
import stat
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self, cast

from sentiment.errors import DataError

STANDARD_INPUT = "-"
BLOCK_BYTES = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"


class ByteSource:
    """Bytes that are read once, from the first to the last.

    Attributes:
        name: For messages.
        size_bytes: Of the file on disk; None if unknown, as for a pipe.
    """

    def __init__(
        self, name: str, file: io.BufferedReader, size_bytes: int | None, *, is_standard_input: bool = False
    ) -> None:
        self.name = name
        self.size_bytes = size_bytes
        self._file = file
        self._is_standard_input = is_standard_input

    @classmethod
    def open(cls, path: str) -> Self:
        """Open a file, or standard input for `-`.

        Raises:
            DataError: It is missing, a folder, or may not be read.
        """
        if path == STANDARD_INPUT:
            return cls("standard input", _buffered(sys.stdin.buffer), None, is_standard_input=True)
        try:
            file = Path(path).open("rb")  # noqa: SIM115  (closed by close)
            status = os.fstat(file.fileno())
        except OSError as error:
            raise unreadable(path, error) from error
        except ValueError as error:  # a NUL in the path
            raise DataError(f"{path!r}: is not a path ({error}); check the name") from error
        return cls(path, file, status.st_size if stat.S_ISREG(status.st_mode) else None)

    @classmethod
    def of(cls, content: bytes, name: str) -> Self:
        """Make a source of bytes in memory."""
        return cls(name, _buffered(io.BytesIO(content)), len(content))

    @property
    def is_stream(self) -> bool:
        """Whether the bytes come from a writer that may still be active."""
        return self.size_bytes is None

    def bytes_read(self) -> int:
        """Return the number of bytes read, of `size_bytes`."""
        if self.size_bytes is None or self._file.closed:
            return self.size_bytes or 0
        return self._file.raw.tell()

    def blocks(self, *, live: bool = False) -> Iterator[bytes]:
        """Yield the decompressed bytes to their end, then close the file.

        Args:
            live: Whether to yield b"" before every wait for a writer, so that the rows so far can be processed.

        Raises:
            DataError: They cannot be read, or are damaged or truncated gzip.
        """
        try:
            if self._file.peek(len(GZIP_MAGIC)).startswith(GZIP_MAGIC):
                unpacked = gzip.GzipFile(fileobj=self._file)
                while block := unpacked.read1(BLOCK_BYTES):
                    yield block
            else:
                yield from self._plain_blocks(live=live and self.is_stream)
                if self.size_bytes is not None and self.bytes_read() < self.size_bytes:
                    raise DataError(f"{self.name}: became shorter while it was read; get a complete copy of it")
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"{self.name}: is damaged or truncated ({error}); get a complete copy of it") from error
        except OSError as error:
            raise unreadable(self.name, error) from error
        finally:
            self.close()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if not self._is_standard_input:
            self._file.close()

    def _plain_blocks(self, *, live: bool) -> Iterator[bytes]:
        is_buffered = True  # by peek, where select does not see it
        while True:
            if live and not is_buffered and _would_wait(self._file):
                yield b""
            block = self._file.read1(BLOCK_BYTES)
            if not block:
                return
            is_buffered = False
            yield block


def _would_wait(file: io.BufferedReader) -> bool:
    try:
        return not select.select([file], [], [], 0)[0]
    except io.UnsupportedOperation:  # bytes in memory in place of standard input
        return False


def unreadable(name: str, error: OSError) -> DataError:
    """Return a one-line error on why a file cannot be read."""
    if isinstance(error, FileNotFoundError):
        return DataError(f"{name}: no such file; check the name and the folder")
    if isinstance(error, IsADirectoryError):
        return DataError(f"{name}: is a folder; pass a file in it")
    return DataError(f"{name}: cannot be read ({error.strerror or error}); check the path and its permissions")


def _buffered(stream: BinaryIO) -> io.BufferedReader:
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, stream))
