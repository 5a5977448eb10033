"""Recognise files that are not text by their first bytes, whatever their name."""

import codecs

from sentiment.errors import DataError

_KINDS = {
    b"PK\x03\x04": "a zip file or a workbook; unpack it, or set its format with `format`",
    b"\x1f\x8b": "compressed with gzip more than once; decompress it",
    b"PAR1\x15": "a Parquet file; end its name with .parquet, or set `format`",
    bytes.fromhex("d0cf11e0a1b11ae1"): "an old office file; save it as CSV or XLSX",
    b"BZh91AY&SY": "compressed with bzip2; decompress it",
    b"\xfd7zXZ\0": "compressed with xz; decompress it",
    b"7z\xbc\xaf'\x1c": "compressed with 7-Zip; decompress it",
    b"\x28\xb5\x2f\xfd": "compressed with zstd; decompress it",
    b"%PDF-1.": "a PDF file; save its table as CSV",
    b"\x89PNG": "a picture; pass a table",
    b"\xff\xd8\xff": "a picture; pass a table",
    b"\x7fELF": "a program; pass a table",
    codecs.BOM_UTF32_LE: "in UTF-32; convert it to UTF-8",
    codecs.BOM_UTF32_BE: "in UTF-32; convert it to UTF-8",
}
_UTF32_HEAD_BYTES = 64


def refuse_foreign(head: bytes, name: str) -> None:
    """Refuse a file of a kind that could only be read as garbage.

    Args:
        head: The start of the file, after gzip decompression.
        name: Of the file, for messages.

    Raises:
        DataError: It is of such a kind, which the message names.
    """
    for signature, kind in _KINDS.items():
        if head.startswith(signature):
            raise DataError(f"{name}: is {kind}")
    if _looks_like_utf32(head[:_UTF32_HEAD_BYTES]):
        raise DataError(f"{name}: is in UTF-32; convert it to UTF-8")


def _looks_like_utf32(head: bytes) -> bool:
    """Return whether of every four bytes the highest is zero and the next is a Unicode plane, as only in UTF-32."""
    whole = len(head) // 4 * 4
    if whole < 8:
        return False
    orders = ((head[3:whole:4], head[2:whole:4], head[0:whole:4]), (head[0:whole:4], head[1:whole:4], head[3:whole:4]))
    return any(not any(highest) and max(plane) <= 16 and any(lowest) for highest, plane, lowest in orders)
