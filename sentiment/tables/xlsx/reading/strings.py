"""The shared texts, which cells refer to by index; and storage for them on disk."""

import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import IO

from sentiment.errors import OutputError
from sentiment.tables.xlsx.faults import WorkbookFaultError
from sentiment.tables.xlsx.markup.cell_text import CellTextMarkup
from sentiment.tables.xlsx.markup.escapes import unescape_text
from sentiment.tables.xlsx.markup.names import ELEMENTS
from sentiment.tables.xlsx.markup.parsing import to_utf8

_MAX_STRINGS = 1 << 24


class _StringsParser(CellTextMarkup):
    """Joins the runs of rich text, without phonetic hints (`rPh`)."""

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
    """Yield the shared texts in order.

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


class SpooledTexts:
    """Texts in a temporary file, with eight bytes in memory for each, whatever its length."""

    def __init__(self, part: str, texts: Iterable[str]) -> None:
        """Write the texts to the file, which is deleted with this object.

        Args:
            part: the name of their part, for messages.
            texts: in order.

        Raises:
            WorkbookFaultError: there are too many.
            OutputError: there is no space for the file.
        """
        self._ends = array("Q", [0])
        try:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  (kept open as long as this object)
            weakref.finalize(self, _discard, self._file)
            for text in texts:
                if len(self._ends) > _MAX_STRINGS:
                    raise WorkbookFaultError(f"{part} contains more than {_MAX_STRINGS:,} texts; split the workbook")
                self._ends.append(self._ends[-1] + self._file.write(text.encode()))
            self._file.flush()
        except OSError as error:
            folder = tempfile.tempdir or "the folder for temporary files"
            raise OutputError(
                f"{folder}: has no room for the texts of the workbook ({error.strerror}); free some space "
                "there, or choose another folder with TMPDIR"
            ) from error

    def __getitem__(self, index: int) -> str:
        """Return a text.

        Raises:
            LookupError: there is none with this index.
        """
        self._check(index)
        return self._read(index, self._ends[index + 1] - self._ends[index]).decode()

    def beginning(self, index: int, num_characters: int) -> str:
        """Return the first characters of a text, whatever its length.

        Raises:
            LookupError: there is none with this index.
        """
        self._check(index)
        size_bytes = min(self._ends[index + 1] - self._ends[index], 4 * num_characters)
        return self._read(index, size_bytes).decode(errors="ignore")[:num_characters]  # the last character may be cut

    def _check(self, index: int) -> None:
        if not 0 <= index < len(self._ends) - 1:
            raise LookupError(f"there is no shared text {index}")

    def _read(self, index: int, size_bytes: int) -> bytes:
        self._file.seek(self._ends[index])
        return self._file.read(size_bytes)


def _discard(file: IO[bytes]) -> None:
    with suppress(OSError):  # data that did not fit on a full disk is written once more
        file.close()
