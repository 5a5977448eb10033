"""The zip file of a workbook: find and decompress its parts, with limits."""

import os
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from sentiment.tables.xlsx.faults import WorkbookFaultError

MAX_PART_BYTES = (1 << 32) - 1
_MAX_RATIO = 200
_BYTES_BEFORE_RATIO = 64 << 20
_MAX_DIRECTORY_BYTES = 16 << 20
_CHUNK_BYTES = 1 << 16

_LOCAL_HEADER_BYTES = 30
_END, _END_BYTES = b"PK\x05\x06", 22
_ZIP64_END, _ZIP64_LOCATOR_BYTES = b"PK\x06\x06", 20
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_SAVE_AGAIN = "open it in a spreadsheet program and save it as .xlsx"


@dataclass(frozen=True)
class Package:
    """An open zip file.

    Attributes:
        members: in the order of the file.
        comment: at its end.
    """

    members: tuple[zipfile.ZipInfo, ...]
    comment: bytes
    _zip: zipfile.ZipFile
    _by_name: dict[str, zipfile.ZipInfo]

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> "Iterator[Package]":
        """Open a file, and check that its members do not overlap and are not encrypted.

        Raises:
            WorkbookFaultError: it cannot be read or is not such a zip file.
        """
        try:
            file = path.open("rb")
        except OSError as error:
            raise WorkbookFaultError(f"cannot be read ({error.strerror}); pass an XLSX file") from error
        with file:
            _check_beginning(file)
            try:
                _check_directory_size(file)
                zip_ = zipfile.ZipFile(file)
                members = _located(file, zip_)
            except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError, struct.error) as error:
                raise WorkbookFaultError(f"is a damaged zip file ({error}); copy or save it again") from error
            with zip_:
                yield cls(members, zip_.comment, zip_, _by_part_name(members))

    def find(self, part: str) -> zipfile.ZipInfo | None:
        """Return the member of a part, ignoring case and percent-encoding."""
        return self._by_name.get(_part_name(part))

    def chunks(self, member: zipfile.ZipInfo, max_bytes: int = MAX_PART_BYTES) -> Iterator[bytes]:
        """Yield the decompressed bytes of a member.

        Raises:
            WorkbookFaultError: it is damaged, or unpacks to more than `max_bytes` or 200 times its size.
        """
        num_bytes = 0
        most = min(max_bytes, max(_BYTES_BEFORE_RATIO, member.compress_size * _MAX_RATIO))
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise WorkbookFaultError(f"{member.filename} uses a compression that workbooks do not use; {_SAVE_AGAIN}")
        try:
            with self._zip.open(member) as unpacked:
                while chunk := unpacked.read(_CHUNK_BYTES):
                    num_bytes += len(chunk)
                    if num_bytes > most:
                        raise WorkbookFaultError(
                            f"{member.filename} unpacks to over {most:,} bytes, like a zip bomb; do not trust the file"
                        )
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError, struct.error) as error:
            raise WorkbookFaultError(f"{member.filename} is damaged ({error}); copy or save the file again") from error
        if num_bytes != member.file_size:
            raise WorkbookFaultError(f"{member.filename} is truncated; copy or save the file again")


def _check_beginning(file: BinaryIO) -> None:
    try:
        beginning = file.read(8)
    except OSError as error:  # for a directory, on systems where it can be opened
        raise WorkbookFaultError(f"cannot be read ({error.strerror}); pass an XLSX file") from error
    if beginning == _OLE:
        raise WorkbookFaultError(f"is password-protected, or an old .xls file; {_SAVE_AGAIN}, without a password")
    if not beginning:
        raise WorkbookFaultError("is empty; pass an XLSX file")
    if not beginning.startswith(b"PK"):
        raise WorkbookFaultError(f"is not an XLSX file, despite its name; {_SAVE_AGAIN}")


def _check_directory_size(file: BinaryIO) -> None:
    """Refuse a directory that would fill the memory: zipfile reads all of it before returning an entry."""
    size = file.seek(0, os.SEEK_END)
    tail_start = max(0, size - _END_BYTES - 0xFFFF - _ZIP64_LOCATOR_BYTES - 56)
    file.seek(tail_start)
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + _END_BYTES:
        raise zipfile.BadZipFile("it has no directory at its end, as if truncated")
    directory_bytes = int.from_bytes(tail[end + 12 : end + 16], "little")
    zip64_end = tail.rfind(_ZIP64_END, 0, end)
    if directory_bytes == 0xFFFFFFFF and zip64_end >= 0:
        directory_bytes = int.from_bytes(tail[zip64_end + 40 : zip64_end + 48], "little")
    if directory_bytes > _MAX_DIRECTORY_BYTES:
        raise zipfile.BadZipFile(f"its directory takes {directory_bytes:,} bytes")
    file.seek(0)


def _located(file: BinaryIO, zip_: zipfile.ZipFile) -> tuple[zipfile.ZipInfo, ...]:
    members = []
    free_from = 0
    for info in sorted(zip_.infolist(), key=lambda info: info.header_offset):
        if info.flag_bits & 1:
            raise WorkbookFaultError(f"is password-protected; {_SAVE_AGAIN}, without a password")
        if info.header_offset < free_from:
            raise zipfile.BadZipFile(f"{info.filename} overlaps with another file in it")
        file.seek(info.header_offset)
        header = file.read(_LOCAL_HEADER_BYTES)
        if len(header) < _LOCAL_HEADER_BYTES or not header.startswith(b"PK\x03\x04"):
            raise zipfile.BadZipFile(f"{info.filename} is not where the directory says")
        name_bytes, extra_bytes = struct.unpack("<HH", header[26:])
        free_from = info.header_offset + _LOCAL_HEADER_BYTES + name_bytes + extra_bytes + info.compress_size
        if free_from > zip_.start_dir:
            raise zipfile.BadZipFile(f"{info.filename} reaches into the directory")
        members.append(info)
    return tuple(members)


def _by_part_name(members: tuple[zipfile.ZipInfo, ...]) -> dict[str, zipfile.ZipInfo]:
    by_name: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        if by_name.setdefault(_part_name(member.filename), member) is not member:
            raise WorkbookFaultError(f"contains {member.filename} twice; do not trust the file")
    return by_name


def _part_name(name: str) -> str:
    """Return the key to compare part names by: some programs write backslashes or %20, and case does not matter."""
    return posixpath.normpath("/" + unquote(name).replace("\\", "/").lstrip("/")).casefold()
