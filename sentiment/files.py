"""Untrusted files: opened once, checked before they are read, and JSON parsed with limits."""

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

CHECKSUM_KEY: Final = "checksum"
MAX_DEPTH: Final = 32
"""Most levels of nested JSON; none of our own files has more than eight."""
MAX_STRUCTURE: Final = 1_000_000
"""Most commas, colons and opening brackets of a JSON text. Each takes about 100 bytes in memory."""
MAX_DIGITS: Final = 300
"""Most digits of an integer; a longer one is out of the range of float."""

# Opening must not wait for a writer, as for a pipe, nor make the file the terminal of this process, nor follow a link
# in a directory from an untrusted source. Windows lacks all but O_BINARY, which no other system has.
_FLAGS: Final = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOFOLLOW", "O_NOCTTY", "O_BINARY")
)
_KINDS: Final = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISLNK, "a symbolic link"),
)

_ALL_BUT_BRACKETS_AND_QUOTES: Final = bytes(set(range(256)) - set(b'[]{}"'))
_BRACES_AS_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_STRING: Final = re.compile(rb'"[^"]*"?')
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


class UnreadableError(ValueError):
    """A file cannot be read, or has unexpected content. The message names the fault but not the file."""


class TooLargeError(UnreadableError):
    """A file is larger than any valid one of its kind."""


def read_file(path: Path, max_bytes: int) -> bytes:
    """Read a whole regular file, opened with `open_file`.

    Args:
        path: The file.
        max_bytes: The largest size that such a file can have.

    Raises:
        OSError: It cannot be opened or read.
        UnreadableError: It is not a regular file, or too large, or changes while it is read.
    """
    with open_file(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        if size_bytes > max_bytes:
            raise TooLargeError(f"has {size_bytes:,} bytes, but such a file has at most {max_bytes:,}")
        content = file.read(size_bytes + 1)
    if len(content) != size_bytes:
        raise UnreadableError("changed while it was read")
    return content


def redirected_file(stream: BinaryIO) -> os.stat_result | None:
    """Return the status of the regular file behind a stream, as opened by the shell for < and >; None otherwise."""
    with suppress(OSError, ValueError):
        status = os.fstat(stream.fileno())
        return status if stat.S_ISREG(status.st_mode) else None
    return None


def open_file(path: Path) -> BufferedReader:
    """Open a regular file for reading.

    A symbolic link as the file is refused, as it may point anywhere; parent folders may be links.

    Raises:
        OSError: It cannot be opened.
        UnreadableError: It is not a regular file.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if fault := not_regular(path):
            raise UnreadableError(fault) from error
        raise
    if fault := _find_kind_fault(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableError(fault)
    return os.fdopen(descriptor, "rb")


def not_regular(path: Path) -> str | None:
    """Describe what is at a path instead of a regular file; None for a regular file, or nothing."""
    try:
        return _find_kind_fault(path.lstat().st_mode)
    except OSError:
        return None


def _find_kind_fault(mode: int) -> str | None:
    if stat.S_ISREG(mode):
        return None
    kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "a device")
    return f"{kind}, not a regular file"


def parse_json(
    content: bytes, *, max_structure: int = MAX_STRUCTURE, allow_nan: bool = False, allow_surrogates: bool = False
) -> Any:
    """Parse untrusted JSON. Integers in the result are within the range of float.

    Args:
        content: In UTF-8.
        max_structure: Most commas, colons and opening brackets.
        allow_nan: Whether to allow NaN and Infinity, which are not JSON but written by Python.
        allow_surrogates: Whether to allow lone surrogates, as in file names that are not UTF-8.

    Raises:
        UnreadableError: It is not JSON, nested too deeply, too large, or has a duplicate key in an object, a lone
            surrogate or an integer of too many digits.
    """
    check_json(content, max_structure)
    try:
        value = json.loads(
            content.decode(),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_constant=float if allow_nan else refuse_constant,
        )
        if not allow_surrogates and _SURROGATE.search(content):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise UnreadableError(f"not valid JSON (line {error.lineno}: {error.msg})") from error
    except UnicodeDecodeError as error:
        raise UnreadableError("not valid JSON (not UTF-8)") from error
    except UnicodeEncodeError as error:
        raise UnreadableError("not valid JSON (half a surrogate pair)") from error
    return value


def check_json(content: bytes, max_structure: int = MAX_STRUCTURE) -> None:
    """Refuse a JSON text that would take much time or memory to parse, without parsing it, in time O(n).

    Raises:
        UnreadableError: It is nested too deeply or has too many values.
    """
    if sum(map(content.count, (b",", b":", b"[", b"{"))) > max_structure:
        raise TooLargeError(f"contains more than the {max_structure:,} values and keys of such a file")
    # Remove escaped quotes before everything but brackets and quotes, or "\n" would leave a backslash before a quote.
    unescaped = content.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in content else content
    marks = unescaped.translate(_BRACES_AS_BRACKETS, _ALL_BUT_BRACKETS_AND_QUOTES)
    # Most strings contain no bracket. Removing two adjacent quotes keeps what is inside a string inside.
    brackets = _STRING.sub(b"", marks.replace(b'""', b""))
    for _ in range(MAX_DEPTH):
        if b"[]" not in brackets:
            break
        brackets = brackets.replace(b"[]", b"")
    # Truncated JSON leaves unmatched brackets, and a parser nests as deep as the number of opening ones.
    if b"[]" in brackets or brackets.count(b"[") > MAX_DEPTH:
        raise UnreadableError(f"nested too deeply (more than {MAX_DEPTH} levels)")


def checksum_of(fields: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a JSON object without its key `checksum`, independent of spacing, order and escapes."""
    covered = {key: value for key, value in fields.items() if key != CHECKSUM_KEY}
    return hashlib.sha256(json.dumps(covered, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def refuse_constant(name: str) -> NoReturn:
    """Raise ValueError for NaN, Infinity or -Infinity; for `parse_constant` of `json.loads`."""
    raise UnreadableError(f"{name} is not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise UnreadableError(f"contains an integer of {len(digits):,} digits")
    return int(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise UnreadableError(f"contains the key {repeated[:80]!a} twice")
    return content
