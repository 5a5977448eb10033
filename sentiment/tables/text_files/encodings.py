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
_KOREAN, _LATIN = "cp949", "cp1252"
_FEWEST_ZEROS = 4  # a stray NUL or two do not indicate an encoding

_CP949_RUN = re.compile(rb"(?:[\x81-\xfe][A-Za-z\x81-\xfe])+|[\x80-\xff]")
_COMMON_PAIR = re.compile(rb"[\xa1-\xc8][\xa1-\xfe]")
"""Symbols and the 2,350 common syllables, in KS X 1001; Hanja would also be two accented letters, as in *größer*."""

_LATIN_PAIR = re.compile(rb"[\x81-\xfe][A-Za-z]|[\x80-\x9f]{2}|[\x80-\xff]")
"""A rare syllable, but in cp1252 a quotation mark or an accented letter before a letter, or two marks."""

_LATIN_TEXT = re.compile(r"(?=.*[\u2013-\u2026])[\u2013-\u2026€™«»¡¿§°·£©®´\xa0À-ÖØ-öø-üŒœŠšŽž]+")
"""What is not ASCII in a Western text, with a quotation mark, a dash or an ellipsis."""


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

    A byte order mark decides. Without one it is UTF-8 if the head is valid UTF-8, UTF-16 if every other byte is zero.
    Otherwise, what is not UTF-8 is cp949 (which contains EUC-KR) if it is valid and looks Korean, or cp1252 if it has
    quotation marks or dashes among Latin letters. If neither fits, or more lines are UTF-8, it is UTF-8.

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
    *lines, last = head.split(b"\n")
    others = [line for line in lines if not _reads_as(line, "utf-8", is_whole=True)]
    others += [] if _reads_as(last, "utf-8") else [last]
    num_utf8 = sum(not line.isascii() for line in [*lines, last]) - len(others)
    if _looks_korean(b"\n".join(others)):
        if _reads_as(head, _KOREAN):
            return TextEncoding(_KOREAN, origin="its bytes are not UTF-8")
        # UTF-8 is often valid cp949, as garbage.
        if sum(_reads_as(line, _KOREAN, is_whole=True) for line in others) > num_utf8:
            return TextEncoding(_KOREAN, origin="most of its lines are not UTF-8")
    elif len(others) > num_utf8 and _looks_like_cp1252(b"\n".join(others)):
        return TextEncoding(_LATIN, origin="its bytes are neither UTF-8 nor Korean; `encoding` chooses another")
    return TextEncoding("utf-8")


def _looks_korean(content: bytes) -> bool:
    """Return whether cp949 gives common Korean, not rare syllables where cp1252 has an apostrophe before a letter.

    A rare syllable that stands alone counts against Korean, one among other syllables does not.
    """
    num_common = num_latin = 0
    for run in _CP949_RUN.findall(content):
        if len(run) > 2:
            num_common += sum(bool(_COMMON_PAIR.match(run, place)) for place in range(0, len(run), 2))
        else:
            num_common += bool(_COMMON_PAIR.match(run))
            num_latin += bool(_LATIN_PAIR.fullmatch(run))
    return num_common >= num_latin


def _looks_like_cp1252(content: bytes) -> bool:
    """Return whether cp1252 gives its quotation marks or dashes, and apart from them mostly ASCII letters.

    In the other encodings of one byte a character, the bytes of these marks are control characters. A few accented
    letters alone would fit many encodings.
    """
    try:
        text = content.decode(_LATIN)
    except UnicodeDecodeError:
        return False
    high = "".join(character for character in text if not character.isascii())
    num_letters = sum(character.isascii() and character.isalpha() for character in text)
    return bool(_LATIN_TEXT.fullmatch(high)) and 2 * len(high) <= num_letters


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
