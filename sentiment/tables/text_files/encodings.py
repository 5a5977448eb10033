"""Which encoding a file of text is in, and a way into characters that leads back to the same bytes."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sentiment.errors import DataError

_BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UTF16 = {"utf-16-le", "utf-16-be"}
# Of several bytes a character, those in which every character has one spelling: what is decoded is encoded as it was.
_EXACT_MULTIBYTE = {"utf-8", *_UTF16, "cp949", "euc_kr", "gb18030"}
_KOREAN = "cp949"
_FEWEST_ZEROS = 4  # a stray NUL or two are no encoding


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """How characters stand in a file.

    Attributes:
        codec: Python's name of it.
        mark: The byte order mark that the file begins with, or several; b"" if there is none.
        origin: Why it was chosen, for people; empty for UTF-8, which needs no word.
    """

    codec: str
    mark: bytes = b""
    origin: str = ""

    @property
    def shown(self) -> str:
        """Its name, for people."""
        return self.codec.upper().replace("_", "-")

    def decode(self, blocks: Iterable[bytes], name: str) -> Iterator[str]:
        """Yield the characters of blocks, byte order mark aside; an empty block gives an empty string.

        Bytes that the encoding lacks become lone surrogates (PEP 383), by which their row is known; `encode` turns them
        back.

        Raises:
            DataError: The last bytes are half a character of UTF-16.
        """
        decoder = codecs.getincrementaldecoder(self.codec)(self._errors)
        skip = len(self.mark)
        for block in blocks:
            yield decoder.decode(block[skip:])
            skip = max(0, skip - len(block))
        try:
            # The decoder of gb18030, told that this is the end, would drop bytes that stand behind one that is none.
            last = decoder.getstate()[0].decode(self.codec, self._errors)
        except UnicodeDecodeError as error:
            raise DataError(f"{name}: ends in half a character of {self.shown}; get a complete copy of it") from error
        if last:  # an empty string would stand for a pause
            yield last

    def encode(self, text: str) -> bytes:
        """Return the bytes that `decode` came from."""
        return text.encode(self.codec, self._errors)

    def can_encode(self, text: str) -> bool:
        """Whether the encoding has every character of a text; a lone surrogate is none."""
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

    A byte order mark decides. Without one it is UTF-8 if the head reads as such, UTF-16 if every other byte is zero,
    cp949 (which contains EUC-KR) if the head reads as that; else, of UTF-8 and cp949, the one that more lines are of.

    Args:
        head: How the file begins.
        wanted: What the user named; None to find out.
        name: Of the file, for messages.

    Raises:
        DataError: The encoding that was named is none, or one whose characters have several spellings.
    """
    marked = _leading_marks(head)
    if wanted is not None:
        return _named(wanted, marked, name)
    if marked is not None:
        return TextEncoding(marked[1], marked[0], "" if marked[1] == "utf-8" else "its byte order mark says so")
    return _guessed(head)


def _leading_marks(head: bytes) -> tuple[bytes, str] | None:
    """Return the byte order mark that a file begins with, as often as it stands there, and its encoding."""
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
    """Whether an encoding of text has one byte a character, and each its own."""
    every_byte = bytes(range(256))
    try:
        text = every_byte.decode(codec, "surrogateescape")
    except UnicodeError:
        return False
    return len(text) == len(set(text)) == 256 and text.encode(codec, "surrogateescape") == every_byte


def _zero_bytes(head: bytes) -> str | None:
    """Recognise UTF-16 without its mark by the ASCII in it: line ends and delimiters at least."""
    pairs = len(head) // 2
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    wanted = max(_FEWEST_ZEROS, pairs // 10)
    # 가 is U+AC00: a few zeros stand on the other side, too.
    if odd >= wanted and odd > 3 * even:
        return "utf-16-le"
    return "utf-16-be" if even >= wanted and even > 3 * odd else None


def _reads_as(content: bytes, codec: str, *, is_whole: bool = False) -> bool:
    """Whether bytes are of an encoding; the head of a file may end in the middle of a character."""
    try:
        codecs.getincrementaldecoder(codec)().decode(content, is_whole)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_korean(head: bytes) -> bool:
    """Whether more lines read as cp949 alone than as UTF-8; many a line of UTF-8 reads as cp949, too, to no sense."""
    lines = [line for line in head.split(b"\n")[:-1] if not line.isascii()]
    others = [line for line in lines if not _reads_as(line, "utf-8", is_whole=True)]
    num_korean = sum(_reads_as(line, _KOREAN, is_whole=True) for line in others)
    return num_korean > len(lines) - len(others)
