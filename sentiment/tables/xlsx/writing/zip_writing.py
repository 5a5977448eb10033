"""Write a zip file with some members replaced."""

import zipfile
from collections.abc import Iterable, Mapping
from typing import BinaryIO

from sentiment.tables.xlsx.reading.package import Package

_MAY_GROW_LARGE = 2**28
"""A sheet from this size on may grow beyond 2 GiB: predictions make one of short rows several times as long."""


def write_package(package: Package, file: BinaryIO, replaced: Mapping[str, Iterable[bytes]]) -> None:
    """Copy a package with new content for some members.

    Args:
        package: to copy from.
        file: empty, open for writing and seekable.
        replaced: chunks of the new content, by the name of the member.

    Raises:
        WorkbookFaultError: a member is damaged, or unpacks like a zip bomb.
    """
    with zipfile.ZipFile(file, "w") as written:
        written.comment = package.comment
        for info in package.members:
            new = replaced.get(info.filename)
            is_large = info.file_size > _MAY_GROW_LARGE
            with written.open(_like(info, is_new=new is not None), "w", force_zip64=is_large) as unpacked:
                for piece in package.chunks(info) if new is None else new:
                    unpacked.write(piece)


def _like(info: zipfile.ZipInfo, *, is_new: bool) -> zipfile.ZipInfo:
    """Return the directory entry of a member, without the fields that depend on its content."""
    copy = zipfile.ZipInfo(info.filename, info.date_time)
    copy.compress_type = zipfile.ZIP_DEFLATED if is_new else info.compress_type
    copy.create_system = info.create_system
    copy.internal_attr, copy.external_attr = info.internal_attr, info.external_attr
    return copy
