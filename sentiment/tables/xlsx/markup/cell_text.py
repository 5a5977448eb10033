"""The text of a cell, which XML brings in pieces."""

from abc import abstractmethod

from sentiment.tables.xlsx.markup.parsing import Markup

MAX_TEXT_CHARACTERS = 1 << 20
"""A cell of a spreadsheet holds at most 32,767 characters; other programs may write some more."""


class CellTextMarkup(Markup):
    """Markup with texts: a subclass says when one begins, and sets `is_text` where characters are part of it.

    Attributes:
        is_text: whether the characters that come now belong to the text.
    """

    def __init__(self, part: str, *, cuts_texts: bool = False) -> None:
        """Begin a part.

        Args:
            part: its name, for messages.
            cuts_texts: whether the end of a text that is too long is dropped, so that no fault is found in what nobody
                may want.
        """
        super().__init__(part)
        self.is_text = False
        self._cuts_texts = cuts_texts
        self._pieces: list[str] = []
        self._num_characters = 0

    @abstractmethod
    def text_place(self) -> str:
        """Name the place of the text that is read now, for messages."""

    def begin_text(self) -> None:
        """Forget the text before."""
        self._pieces.clear()
        self._num_characters = 0

    def text(self) -> str:
        """Return what the text holds so far."""
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
