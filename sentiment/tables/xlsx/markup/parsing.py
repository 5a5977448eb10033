"""XML parsing with expat, refusing what an attacker could abuse: DTDs, deep nesting, endless tags."""

import codecs
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from xml.parsers import expat

from sentiment.tables.xlsx.faults import WorkbookFaultError

_MAX_DEPTH = 256
_MAX_TAG_BYTES = 4 << 20
_MAX_NAMESPACE_CHARACTERS = 1_000
Edit = Callable[[Iterator[bytes]], Iterable[bytes]]
"""Transforms the bytes of a part, in UTF-8."""

_ENCODINGS = {None, "utf-8", "utf8", "utf-16", "us-ascii", "ascii"}


class Markup(ABC):
    """A push parser over expat; a subclass implements `start` and `end`, and keeps `depth`.

    Attributes:
        part: the name of the part, for messages.
        depth: of the open element, 1 for the root.
    """

    def __init__(self, part: str) -> None:
        self.part = part
        self.depth = 0
        self._num_fed = 0
        self._position = 0
        self.expat = expat.ParserCreate("utf-8", " ")
        self.expat.buffer_text = True
        self.expat.StartElementHandler = self.start
        self.expat.EndElementHandler = self.end
        self.expat.StartDoctypeDeclHandler = self._refuse_dtd
        self.expat.StartNamespaceDeclHandler = self._check_namespace
        self.expat.XmlDeclHandler = self._check_declaration

    @abstractmethod
    def start(self, name: str, attributes: dict[str, str], /) -> None:
        """Handle the start of an element; `name` is its namespace, a space, and its local name."""

    @abstractmethod
    def end(self, name: str, /) -> None:
        """Handle the end of an element."""

    @property
    def position(self) -> int:
        """The byte at which the current token begins; everything before it is done."""
        # Expat returns -1 while it waits for the rest of a tag.
        self._position = max(self._position, self.expat.CurrentByteIndex)
        return self._position

    def feed(self, data: bytes, *, is_final: bool = False) -> None:
        """Parse the next bytes, which are UTF-8.

        Raises:
            WorkbookFaultError: they are not well-formed, or hostile.
        """
        try:
            self.expat.Parse(data, is_final)
        except expat.ExpatError as error:
            raise WorkbookFaultError(
                f"{self.part} is damaged XML ({error}); open the file in a spreadsheet program and save it again"
            ) from error
        self._num_fed += len(data)
        if self.depth > _MAX_DEPTH:
            raise self.hostile(f"nests elements more than {_MAX_DEPTH} deep")
        if not is_final and self._num_fed - self.position > _MAX_TAG_BYTES:
            raise self.hostile(f"has a tag or comment of more than {_MAX_TAG_BYTES >> 20} MiB")

    def feed_all(self, chunks: Iterable[bytes]) -> None:
        """Parse a whole part in any encoding."""
        for chunk in to_utf8(chunks)[1]:
            self.feed(chunk)
        self.feed(b"", is_final=True)

    def hostile(self, fault: str) -> WorkbookFaultError:
        """Return the error for content that no spreadsheet program writes."""
        return WorkbookFaultError(f"{self.part} {fault}, which no spreadsheet program writes; do not trust the file")

    def _refuse_dtd(self, *_: object) -> None:
        raise self.hostile("has a document type declaration")

    def _check_namespace(self, _prefix: str | None, uri: str | None) -> None:
        if uri and len(uri) > _MAX_NAMESPACE_CHARACTERS:
            raise self.hostile("has an endless namespace")

    def _check_declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding and encoding.lower()) not in _ENCODINGS:
            raise WorkbookFaultError(
                f"{self.part} is written in {encoding}, but a workbook in UTF-8 or UTF-16; "
                "open the file in a spreadsheet program and save it again"
            )


def to_utf8(chunks: Iterable[bytes]) -> tuple[str, Iterator[bytes]]:
    """Return the encoding of a part, UTF-8 or UTF-16, and its bytes as UTF-8; a byte order mark is kept."""
    rest = iter(chunks)
    beginning = b""
    for chunk in rest:
        beginning += chunk
        if len(beginning) >= 2:
            break
    if beginning.startswith((codecs.BOM_UTF16_LE, b"<\0")):
        encoding = "utf-16-le"
    elif beginning.startswith((codecs.BOM_UTF16_BE, b"\0<")):
        encoding = "utf-16-be"
    else:
        return "utf-8", chain([beginning], rest)
    return encoding, transcoded(chain([beginning], rest), encoding, "utf-8")


def edited(chunks: Iterable[bytes], edit: Edit) -> Iterator[bytes]:
    """Yield a part that was edited in UTF-8, in its original encoding."""
    encoding, as_utf8 = to_utf8(chunks)
    pieces = edit(as_utf8)
    yield from pieces if encoding == "utf-8" else transcoded(pieces, "utf-8", encoding)


def transcoded(chunks: Iterable[bytes], source: str, target: str) -> Iterator[bytes]:
    """Yield bytes in another encoding; chunks may end inside a character."""
    decoder = codecs.getincrementaldecoder(source)()
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode(target)
        yield decoder.decode(b"", final=True).encode(target)
    except UnicodeError as error:
        raise WorkbookFaultError(
            f"its XML is not {source.upper()} throughout ({error.args[-1]}); "
            "open the file in a spreadsheet program and save it again"
        ) from error
