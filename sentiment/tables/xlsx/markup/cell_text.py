"""The text of a cell, which the XML parser delivers in pieces."""

from abc import abstractmethod

from sentiment.tables.xlsx.markup.parsing import Markup

MAX_TEXT_CHARACTERS = 1 << 20
"""Spreadsheet programs allow at most 32,767 characters in a cell; other programs may write more."""


class CellTextMarkup(Markup):
    """Markup with texts: a subclass resets the text at its start, and sets `is_text` while characters are part of it.

    Attributes:
        is_text: whether the current characters belong to the text.
    """

    def __init__(self, part: str, *, cuts_texts: bool = False) -> None:
        """Start a part.

        Args:
            part: its name, for messages.
            cuts_texts: whether too long a text is cut, instead of being a fault in a cell that may not be needed.
        """
        super().__init__(part)
        self.is_text = False
        self._cuts_texts = cuts_texts
        self._pieces: list[str] = []
        self._num_characters = 0

    @abstractmethod
    def text_place(self) -> str:
        """Return the position of the current text, for messages."""

    def begin_text(self) -> None:
        """Discard the previous text."""
        self._pieces.clear()
        self._num_characters = 0

    def text(self) -> str:
        """Return the text so far."""
        return "".join(self._pieces)

    def take(self, characters: str) -> None:
        """Add characters to the text, if they are part of it.

        Raises:
            WorkbookFaultError: it is longer than any spreadsheet program writes.
        """
        if not self.is_text:
            return
        self._num_characters += len(characters)
        if self._num_characters <= MAX_TEXT_CHARACTERS:
            self._pieces.append(characters)
        elif not self._cuts_texts:
            raise self.hostile(f"contains more than {MAX_TEXT_CHARACTERS:,} characters in {self.text_place()}")
