"""A zip file with some members replaced. The others are copied as they are packed, not unpacked and packed again."""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.reading.package import Member, Package

_COPY_BYTES = 1 << 20
_MAX_OFFSET = (1 << 32) - 1
_MAX_MEMBERS = 0xFFFF
_VERSION = 20  # of the format: deflate and folders
_KEPT_FLAGS = 0x0806  # how it was deflated, and names in UTF-8; sizes stand in front of the data, not behind them


def write_package(package: Package, file: BinaryIO, replaced: Mapping[str, Iterable[bytes]]) -> None:
    """Write a package again with other content for some members.

    Args:
        package: to copy from.
        file: empty, open for writing and seekable.
        replaced: pieces of the new content, by the name of the member that gets it.

    Raises:
        WorkbookFaultError: it grows beyond what a workbook may be.
    """
    if len(package.members) > _MAX_MEMBERS:
        raise WorkbookFaultError(f"holds more than {_MAX_MEMBERS:,} files; do not trust it")
    directory = []
    for member in package.members:
        offset = file.tell()
        name = _encoded_name(member.info)
        if member.info.filename in replaced:
            fields = _write_new(file, member.info, name, replaced[member.info.filename])
        else:
            info = member.info
            fields = _fields(info, info.compress_type, info.CRC, info.compress_size, info.file_size)
            file.write(_local_header(fields, name))
            _copy(package.file, file, member)
        directory.append(_directory_entry(member.info, fields, name, offset))
        if file.tell() > _MAX_OFFSET:
            raise WorkbookFaultError("grows beyond 4 GiB with the answers in it; split it")
    start = file.tell()
    file.write(b"".join(directory))
    counts = (0, 0, len(directory), len(directory), file.tell() - start, start, len(package.comment))
    file.write(struct.pack("<4s4H2LH", b"PK\x05\x06", *counts) + package.comment)


_Fields = tuple[int, int, int, int, int, int, int, int]


def _fields(info: zipfile.ZipInfo, method: int, crc: int, packed: int, unpacked: int) -> _Fields:
    """Return what a local header and an entry of the directory have in common, in its order."""
    year, month, day, hour, minute, second = info.date_time
    date, time = (year - 1980) << 9 | month << 5 | day, hour << 11 | minute << 5 | second // 2
    return _VERSION, info.flag_bits & _KEPT_FLAGS, method, time, date, crc, packed, unpacked


def _local_header(fields: _Fields, name: bytes) -> bytes:
    return struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields, len(name), 0) + name


def _directory_entry(info: zipfile.ZipInfo, fields: _Fields, name: bytes, offset: int) -> bytes:
    made_by = info.create_system << 8 | _VERSION
    attributes = (info.internal_attr, info.external_attr, offset)
    return struct.pack("<4s6H3L5H2L", b"PK\x01\x02", made_by, *fields, len(name), 0, 0, 0, *attributes) + name


def _write_new(file: BinaryIO, info: zipfile.ZipInfo, name: bytes, pieces: Iterable[bytes]) -> _Fields:
    start = file.tell()
    file.write(_local_header(_fields(info, zipfile.ZIP_DEFLATED, 0, 0, 0), name))
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    crc = packed = unpacked = 0
    for piece in pieces:
        crc = zlib.crc32(piece, crc)
        unpacked += len(piece)
        packed += file.write(deflate.compress(piece))
    packed += file.write(deflate.flush())
    if max(packed, unpacked) > _MAX_OFFSET:
        raise WorkbookFaultError("its sheet grows beyond 4 GiB with the answers in it; split it")
    fields = _fields(info, zipfile.ZIP_DEFLATED, crc, packed, unpacked)
    end = file.tell()
    file.seek(start)
    file.write(_local_header(fields, name))
    file.seek(end)
    return fields


def _copy(source: BinaryIO, target: BinaryIO, member: Member) -> None:
    source.seek(member.data_start)
    left = member.info.compress_size
    while left:
        block = source.read(min(left, _COPY_BYTES))
        if not block:
            raise WorkbookFaultError("became shorter while it was copied; run again on a file that rests")
        target.write(block)
        left -= len(block)


def _encoded_name(info: zipfile.ZipInfo) -> bytes:
    return info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
