"""Detect the encoding of a text file, and decode it so that encoding gives the same bytes."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sentiment.errors import DataError

_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UTF16 = {"utf-16-le", "utf-16-be"}
# Multi-byte encodings in which every character has a unique encoding, so that decoding can be reversed exactly.
_EXACT_MULTIBYTE = {"utf-8", *_UTF16, "cp949", "euc_kr", "gb18030"}
_KOREAN = "cp949"
_FEWEST_ZEROS = 4  # a stray NUL or two do not indicate an encoding


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """The encoding of a file.

    Attributes:
        codec: Python's name of it.
        mark: The byte order mark at the start of the file, possibly repeated; b"" if there is none.
        origin: Why it was chosen, for people; empty for UTF-8, which needs no note.
    """

    codec: str
    mark: bytes = b""
    origin: str = ""

    @property
    def shown(self) -> str:
        """Its name, for people."""
        return self.codec.upper().replace("_", "-")

    def decode(self, blocks: Iterable[bytes], name: str) -> Iterator[str]:
        """Yield the characters of blocks, without the byte order mark; an empty block gives an empty string.

        Invalid bytes become lone surrogates (PEP 383), which mark their row as broken; `encode` reverses that.

        Raises:
            DataError: The last bytes are half a character of UTF-16.
        """
        decoder = codecs.getincrementaldecoder(self.codec)(self._errors)
        skip = len(self.mark)
        for block in blocks:
            yield decoder.decode(block[skip:])
            skip = max(0, skip - len(block))
        try:
            # The gb18030 decoder with final=True would drop bytes that follow an invalid one.
            last = decoder.getstate()[0].decode(self.codec, self._errors)
        except UnicodeDecodeError as error:
            raise DataError(f"{name}: ends in half a character of {self.shown}; get a complete copy of it") from error
        if last:  # an empty string would mean a pause
            yield last

    def encode(self, text: str) -> bytes:
        """Return the bytes that `decode` came from."""
        return text.encode(self.codec, self._errors)

    def can_encode(self, text: str) -> bool:
        """Return whether the encoding has every character of a text; lone surrogates are not characters."""
        try:
            text.encode(self.codec)
        except UnicodeEncodeError:
            return False
        return True

    @property
    def _errors(self) -> str:
        return "surrogatepass" if self.codec in _UTF16 else "surrogateescape"


def choose_encoding(head: bytes, wanted: str | None, name: str) -> TextEncoding:
    """Return the encoding of a file.

    A byte order mark decides. Without one it is UTF-8 if the head is valid UTF-8, UTF-16 if every other byte is zero,
    cp949 (which contains EUC-KR) if the head is valid cp949; otherwise UTF-8 or cp949, whichever fits more lines.

    Args:
        head: The start of the file.
        wanted: The requested encoding; auto-detected if None.
        name: Of the file, for messages.

    Raises:
        DataError: The requested encoding is unknown, or not uniquely reversible.
    """
    marked = _leading_marks(head)
    if wanted is not None:
        return _named(wanted, marked, name)
    if marked is not None:
        return TextEncoding(marked[1], marked[0], "" if marked[1] == "utf-8" else "its byte order mark says so")
    return _guessed(head)


def _leading_marks(head: bytes) -> tuple[bytes, str] | None:
    """Return the byte order mark at the start of a file, with repetitions, and its encoding."""
    for mark, codec in _BYTE_ORDER_MARKS.items():
        if marks := re.match(b"(?:%b)+" % re.escape(mark), head):
            return marks[0], codec
    return None


def _guessed(head: bytes) -> TextEncoding:
    if codec := _zero_bytes(head):
        return TextEncoding(codec, origin="every other byte is zero")
    if _reads_as(head, "utf-8"):
        return TextEncoding("utf-8")
    if _reads_as(head, _KOREAN):
        return TextEncoding(_KOREAN, origin="its bytes are not UTF-8")
    if _is_mostly_korean(head):
        return TextEncoding(_KOREAN, origin="most of its lines are not UTF-8")
    return TextEncoding("utf-8")


def _named(wanted: str, marked: tuple[bytes, str] | None, name: str) -> TextEncoding:
    try:
        codec = codecs.lookup(wanted).name.removesuffix("-sig")
        is_exact = codec in _EXACT_MULTIBYTE | {"utf-16"} or _is_single_byte(codec)
    except (LookupError, UnicodeError, ValueError):
        raise DataError(f"{name}: unknown encoding {wanted!r}; try utf-8, cp949 or utf-16") from None
    if not is_exact:
        raise DataError(
            f"{name}: {wanted!r} is not an encoding that can be copied byte for byte; convert the file to UTF-8"
        )
    if codec == "utf-16":
        codec = marked[1] if marked and marked[1] in _UTF16 else "utf-16-le"
    return TextEncoding(codec, marked[0] if marked and marked[1] == codec else b"", "`encoding`")


def _is_single_byte(codec: str) -> bool:
    """Return whether an encoding is single-byte, with a distinct byte for each character."""
    every_byte = bytes(range(256))
    try:
        text = every_byte.decode(codec, "surrogateescape")
    except UnicodeError:
        return False
    return len(text) == len(set(text)) == 256 and text.encode(codec, "surrogateescape") == every_byte


def _zero_bytes(head: bytes) -> str | None:
    """Recognise UTF-16 without a mark by its ASCII characters, at least line ends and delimiters."""
    pairs = len(head) // 2
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    wanted = max(_FEWEST_ZEROS, pairs // 10)
    # 가 is U+AC00: the other bytes contain a few zeros, too.
    if odd >= wanted and odd > 3 * even:
        return "utf-16-le"
    return "utf-16-be" if even >= wanted and even > 3 * odd else None


def _reads_as(content: bytes, codec: str, *, is_whole: bool = False) -> bool:
    """Return whether bytes are valid in an encoding; the head of a file may end in the middle of a character."""
    try:
        codecs.getincrementaldecoder(codec)().decode(content, is_whole)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_korean(head: bytes) -> bool:
    """Return whether more lines are valid only in cp949 than in UTF-8; UTF-8 is often valid cp949, as garbage."""
    lines = [line for line in head.split(b"\n")[:-1] if not line.isascii()]
    others = [line for line in lines if not _reads_as(line, "utf-8", is_whole=True)]
    num_korean = sum(_reads_as(line, _KOREAN, is_whole=True) for line in others)
    return num_korean > len(lines) - len(others)
