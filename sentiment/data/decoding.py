"""Files of text: UTF-8 or UTF-16 in, characters out, and a clear word about anything else."""

import codecs
from pathlib import Path

from sentiment.errors import DataError

_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        DataError: it is missing, a folder, unreadable or empty.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; check the name and the folder") from None
    except IsADirectoryError:
        raise DataError(f"{path}: is a folder; name a file in it") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); check the path and its rights") from error
    except ValueError as error:  # a NUL in the path
        raise DataError(f"{str(path)!r}: is no path ({error}); check the name") from error
    if not content:
        raise DataError(f"{path}: the file is empty; it needs a header and rows")
    return content


def decode(content: bytes, name: str) -> str:
    """Return the characters of a file in UTF-8, with or without byte order mark, or in UTF-16 with one.

    Raises:
        DataError: the bytes are neither, or hold a NUL character.
    """
    encoding, start = "utf-8", 0
    for mark, marked_encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            encoding, start = marked_encoding, len(mark)
    try:
        text = codecs.decode(memoryview(content)[start:], encoding)
    except UnicodeDecodeError as error:
        raise _decoding_error(content, name, encoding, start + error.start) from None
    nul = text.find("\0")
    if nul >= 0:
        raise DataError(
            f"{name}:{line_number(text, nul)}: holds a NUL character, so this is no text in UTF-8; "
            "remove it, or convert the file to UTF-8"
        )
    return text


def line_number(text: str, position: int) -> int:
    """Return the number of the line, from 1, that holds the character at a position."""
    return text.count("\n", 0, position) + 1


def _decoding_error(content: bytes, name: str, encoding: str, offset: int) -> DataError:
    if encoding != "utf-8":
        fault = f"byte {offset:,} is not valid {encoding.upper()}"
        return DataError(f"{name}: {fault}; save the file as UTF-8")
    line = content.count(b"\n", 0, offset) + 1
    fault = f"byte {offset:,} (0x{content[offset]:02x}) is not valid UTF-8"
    try:
        content.decode("cp949")
    except UnicodeDecodeError:
        return DataError(f"{name}:{line}: {fault}; convert the file to UTF-8")
    return DataError(f"{name}:{line}: {fault}; it reads as cp949, so convert it: iconv -f cp949 -t utf-8 IN > OUT")
