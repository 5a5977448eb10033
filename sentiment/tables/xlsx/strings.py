"""The texts that cells share: a cell holds the number of its text."""

import tempfile
from array import array
from collections.abc import Collection, Iterable, Iterator

from sentiment.tables.xlsx.cell_text import CellTextMarkup
from sentiment.tables.xlsx.escapes import unescape_text
from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.markup import to_utf8
from sentiment.tables.xlsx.names import ELEMENTS

_MAX_STRINGS = 1 << 24


class _StringsParser(CellTextMarkup):
    """Joins the runs of rich text, and leaves out how they are pronounced (`rPh`)."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.complete: list[str] = []
        self._is_run = False
        self.expat.CharacterDataHandler = self.take

    def start(self, name: str, _attributes: dict[str, str], /) -> None:
        self.depth += 1
        element = ELEMENTS.get(name)
        if self.depth == 3:
            self._is_run = element == "r"
        self.is_text = element == "t" and (self.depth == 3 or (self.depth == 4 and self._is_run))

    def end(self, name: str, /) -> None:
        self.is_text = False
        if self.depth == 2 and ELEMENTS.get(name) == "si":
            self.complete.append(unescape_text(self.text()))
            self.begin_text()
        self.depth -= 1

    def text_place(self) -> str:
        return "a shared text"


def read_strings(part: str, chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield the shared texts in their order.

    Raises:
        WorkbookFaultError: the part is damaged or hostile.
    """
    parser = _StringsParser(part)
    for chunk in to_utf8(chunks)[1]:
        parser.feed(chunk)
        yield from parser.complete
        parser.complete.clear()
    parser.feed(b"", is_final=True)
    yield from parser.complete


class SharedStrings:
    """Shared texts in a temporary file: memory holds eight bytes for each, however long they are. Close it."""

    def __init__(self, part: str, texts: Iterable[str]) -> None:
        self._part = part
        self._ends = array("Q", [0])
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (it lives as long as this object)
        try:
            for text in texts:
                if len(self._ends) > _MAX_STRINGS:
                    raise WorkbookFaultError(f"{part} holds more than {_MAX_STRINGS:,} texts; split the workbook")
                self._ends.append(self._ends[-1] + self._file.write(text.encode()))
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Delete the file."""
        self._file.close()

    def __getitem__(self, index: int) -> str:
        """Return a text.

        Raises:
            LookupError: there is none with this number.
        """
        if not 0 <= index < len(self._ends) - 1:
            raise LookupError(f"there is no shared text {index}")
        start, end = self._ends[index], self._ends[index + 1]
        self._file.seek(start)
        return self._file.read(end - start).decode()


def pick_strings(texts: Iterable[str], wanted: Collection[int]) -> dict[int, str]:
    """Return only the texts of these numbers; the rest is parsed, to know early that it is whole."""
    return {index: text for index, text in enumerate(texts) if index in wanted}
